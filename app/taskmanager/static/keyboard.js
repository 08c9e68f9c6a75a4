/** The board without a mouse: arrows move the focus, Space lifts a card and drops it. */

import { moveTask } from "./actions.js";
import { cardOf } from "./cards.js";
import { announce } from "./notices.js";
import { open as openQuickAdd } from "./quick_add.js";

const ARROWS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
let lifted = null;

/** Listen for keys, but not while somebody types. */
export function install(store) {
  const sheet = document.querySelector(".shortcuts");
  document.querySelector(".keys").addEventListener("click", () => sheet.showModal());
  addEventListener("keydown", (event) => {
    if (event.target.closest("input, textarea, select, dialog, .drawer") || event.ctrlKey || event.metaKey || event.altKey) return;
    const card = event.target.closest(".card");
    if (card && onCard(store, card, event)) event.preventDefault();
    else if (onPage(event.key, sheet, card)) event.preventDefault();
  });
}

function onPage(key, sheet, card) {
  if (key === "/") document.getElementById("search").focus();
  else if (key === "?") sheet.showModal();
  else if (key === "n") openQuickAdd(card?.closest(".column") ?? document.querySelector(".column"));
  else if (ARROWS[key] && document.activeElement === document.body) document.querySelector(".card-title")?.focus();
  else return false;
  return true;
}

function onCard(store, card, event) {
  if (event.key === " ") return lifted ? drop(store, card) : lift(card);
  if (event.key === "Escape" && lifted) return putBack(store);
  const step = ARROWS[event.key];
  if (!step) return false;
  return lifted ? carry(card, step) : focusFrom(card, step);
}

function lift(card) {
  lifted = card;
  card.classList.add("lifted");
  announce("Lifted. Arrows move it, Space drops it, Escape puts it back.");
  return true;
}

function carry(card, [across, down]) {
  const target = across ? neighbourColumn(card, across)?.querySelector(".cards") : card.parentElement;
  if (!target) return true;
  const others = [...target.children].filter((child) => child !== card);
  const index = across ? Math.min([...card.parentElement.children].indexOf(card), others.length) : others.length;
  const at = across ? index : Math.max(0, Math.min(others.length, [...target.children].indexOf(card) + down));
  target.insertBefore(card, others[at] ?? null);
  card.querySelector(".card-title").focus();
  card.scrollIntoView({ block: "nearest", inline: "nearest" });
  announce(`${card.closest(".column").dataset.columnName}, place ${at + 1}`);
  return true;
}

function drop(store, card) {
  const section = card.closest(".column");
  const next = card.nextElementSibling?.dataset.taskId ?? null;
  release();
  moveTask(store, card.dataset.taskId, section.dataset.columnId, next);
  announce(`Dropped in ${section.dataset.columnName}`);
  return true;
}

function putBack(store) {
  const id = lifted.dataset.taskId;
  release();
  store.listener();
  cardOf(id)?.querySelector(".card-title").focus();
  announce("Put back");
  return true;
}

function release() {
  lifted.classList.remove("lifted");
  lifted = null;
}

function focusFrom(card, [across, down]) {
  const cards = [...(across ? (neighbourColumn(card, across)?.querySelectorAll(".card") ?? []) : card.parentElement.children)];
  const index = [...card.parentElement.children].indexOf(card);
  const next = across ? cards[Math.min(index, cards.length - 1)] : cards[index + down];
  next?.querySelector(".card-title").focus();
  return true;
}

function neighbourColumn(card, step) {
  let section = card.closest(".column");
  do section = step > 0 ? section.nextElementSibling : section.previousElementSibling;
  while (!lifted && section && !section.querySelector(".card"));
  return section;
}
