/** The board without a mouse: arrows move the focus, Space lifts a card and drops it, letters act. */

import { archiveTask, changeTask, moveTask, placed, placeOf } from "./actions.js";
import { focusCard } from "./cards.js";
import { announce, undoLast } from "./notices.js";
import { open as openQuickAdd } from "./quick_add.js";
import { showShortcuts } from "./shortcuts.js";
import { t } from "./texts.js";

const ARROWS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
const FIELDS = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";
let lifted = null;

/** Listen for keys, but not while somebody types. */
export function install(store, { views, filters }) {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.target.closest(`${FIELDS}, dialog, [popover]`)) return;
    if (event.altKey || ((event.ctrlKey || event.metaKey) && event.key !== "z")) return;
    const card = event.target.closest(".card");
    if (event.key === "z" ? undoLast() : (card && onCard(store, card, event)) || onPage(store, event, card, { views, filters })) {
      event.preventDefault();
    }
  });
}

function onPage(store, { key, target }, card, { views, filters }) {
  const inDrawer = Boolean(target.closest(".drawer"));
  if (key === "/") filters.focusSearch();
  else if (key === "?") showShortcuts();
  else if (inDrawer) return false;
  else if (key === "n" && store.canEdit) addHere(store, card, views);
  else if (key === "m") filters.toggleMine();
  else if (["1", "2", "3"].includes(key)) views.show(["board", "list", "calendar"][key - 1]);
  else if (ARROWS[key] && target === document.body && views.current === "board") focusFirst();
  else return false;
  return true;
}

function addHere(store, card, views) {
  views.show("board");
  openQuickAdd(store, card?.closest(".column") ?? columnInView());
}

function columnInView() {
  const sections = [...document.querySelectorAll(".column")];
  return sections.find((section) => section.getBoundingClientRect().left >= 0) ?? sections[0];
}

function focusFirst() {
  document.querySelector(".card:not(.filtered) .card-title")?.focus();
}

function onCard(store, card, event) {
  const id = card.dataset.taskId;
  const step = ARROWS[event.key];
  if (step) return lifted ? carry(store, step) : focusFrom(card, step);
  if (event.key === "Home" || event.key === "End") return focusEnd(card, event.key === "End");
  if (event.key === "Escape" && lifted) return putBack(store);
  if (!store.canEdit) return false;
  if (event.key === " ") return lifted ? drop(store) : lift(store, id);
  if (event.key === "x") return Boolean(changeTask(store, id, { completed: !store.tasks.get(id).completed }));
  if (event.key === "a") {
    focusFrom(card, [0, 1]);
    return Boolean(archiveTask(store, id));
  }
  return false;
}

function lift(store, id) {
  lifted = { id, from: placeOf(store, id), original: store.tasks.get(id) };
  markLifted(store);
  announce(t("Lifted. Arrows move it, Space drops it, Escape puts it back."));
  return true;
}

function markLifted(store) {
  store.changed();
  for (const card of document.querySelectorAll(".card.lifted")) card.classList.remove("lifted");
  if (lifted) document.querySelector(`.card[data-task-id="${lifted.id}"]`)?.classList.add("lifted");
}

function carry(store, [across, down]) {
  const { id } = lifted;
  const { column_id: columnId } = store.tasks.get(id);
  const column = store.columns[store.columns.findIndex((one) => one.id === columnId) + across];
  if (!column) return true;
  const index = store.tasksIn(columnId).findIndex((task) => task.id === id);
  const others = store.tasksIn(column.id).filter((task) => task.id !== id);
  const at = Math.max(0, Math.min(others.length, index + down));
  store.guess(id, placed(store, id, column.id, others[at]?.id ?? null));
  markLifted(store);
  focusCard(id);
  announce(t("{column}, place {n}", { column: column.name, n: at + 1 }));
  return true;
}

function drop(store) {
  const { id, from } = lifted;
  const to = placeOf(store, id);
  lifted = null;
  markLifted(store);
  moveTask(store, id, to, { from });
  announce(t("Dropped in {column}", { column: store.column(to.columnId).name }));
  return true;
}

function putBack(store) {
  const { id, original } = lifted;
  lifted = null;
  if (store.tasks.get(id)?.guessed) store.tasks.set(id, original);
  markLifted(store);
  focusCard(id);
  announce(t("Put back"));
  return true;
}

function focusFrom(card, [across, down]) {
  const cards = visibleCards(across ? neighbourColumn(card, across) : card.closest(".column"));
  const index = visibleCards(card.closest(".column")).indexOf(card);
  const next = across ? cards[Math.min(index, cards.length - 1)] : cards[index + down];
  if (next) focusCard(next.dataset.taskId);
  return true;
}

function focusEnd(card, last) {
  const cards = visibleCards(card.closest(".column"));
  focusCard((last ? cards.at(-1) : cards[0]).dataset.taskId);
  return true;
}

function visibleCards(section) {
  return [...(section?.querySelectorAll(".card:not(.filtered)") ?? [])];
}

function neighbourColumn(card, step) {
  let section = card.closest(".column");
  do section = step > 0 ? section.nextElementSibling : section.previousElementSibling;
  while (section && !visibleCards(section).length);
  return section;
}
