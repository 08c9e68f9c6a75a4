/** Dragging cards with the mouse, or with a finger after a moment's hold. */

import { moveTask } from "./actions.js";
import { announce } from "./notices.js";

const HOLD_MS = 250;
const SLOP_PX = 6;

/** Let cards be dragged; a drag is no click. */
export function install(store) {
  const board = document.querySelector(".columns");
  let drag = null;
  board.addEventListener("pointerdown", (event) => {
    const card = event.target.closest(".card");
    if (card && event.button === 0) drag = begin(card, event);
  });
  addEventListener("pointermove", (event) => {
    if (drag) move(drag, event);
  });
  addEventListener("pointerup", () => {
    if (drag) finish(store, drag);
    drag = null;
  });
  addEventListener("pointercancel", () => {
    if (drag) clear(drag);
    drag = null;
  });
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !drag) return;
    clear(drag);
    drag = null;
  });
  // While a card hangs on the finger the page must not scroll.
  board.addEventListener("touchmove", (event) => drag?.ghost && event.preventDefault(), { passive: false });
}

function begin(card, event) {
  const box = card.getBoundingClientRect();
  const drag = { card, box, x: event.clientX, y: event.clientY, ghost: null, held: event.pointerType === "mouse" };
  if (!drag.held) drag.timer = setTimeout(() => ((drag.held = true), lift(drag)), HOLD_MS);
  return drag;
}

function move(drag, event) {
  const far = Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > SLOP_PX;
  if (!drag.ghost && far && !drag.held) clearTimeout(drag.timer);
  if (!drag.ghost && far && drag.held) lift(drag);
  if (!drag.ghost) return;
  drag.ghost.style.translate = `${event.clientX - drag.x}px ${event.clientY - drag.y}px`;
  const section = columnAt(event.clientX);
  if (section) show(drag, section, event.clientY);
}

function lift(drag) {
  drag.ghost = drag.card.cloneNode(true);
  drag.ghost.classList.add("ghost");
  drag.ghost.removeAttribute("data-task-id");
  drag.ghost.setAttribute("aria-hidden", "true");
  Object.assign(drag.ghost.style, { left: `${drag.box.left}px`, top: `${drag.box.top}px`, width: `${drag.box.width}px` });
  document.body.append(drag.ghost);
  drag.place = document.createElement("div");
  drag.place.className = "drop-place";
  drag.place.style.height = `${drag.box.height}px`;
  drag.card.after(drag.place);
  drag.card.hidden = true;
}

function columnAt(x) {
  return [...document.querySelectorAll(".column")].find((section) => {
    const box = section.getBoundingClientRect();
    return x >= box.left && x <= box.right;
  });
}

function show(drag, section, y) {
  const cards = [...section.querySelectorAll(".card:not([hidden])")];
  const next = cards.find((card) => {
    const box = card.getBoundingClientRect();
    return y < box.top + box.height / 2;
  });
  section.querySelector(".cards").insertBefore(drag.place, next ?? null);
}

function finish(store, drag) {
  if (!drag.ghost) return clear(drag);
  addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => removeEventListener("click", swallow, { capture: true }), 0);
  const section = drag.place.closest(".column");
  const next = nextCard(drag.place);
  clear(drag);
  const id = drag.card.dataset.taskId;
  moveTask(store, id, section.dataset.columnId, next?.dataset.taskId ?? null);
  announce(`Moved to ${section.dataset.columnName}`);
  return undefined;
}

function nextCard(place) {
  let next = place.nextElementSibling;
  while (next?.hidden) next = next.nextElementSibling;
  return next;
}

function swallow(event) {
  event.stopPropagation();
  event.preventDefault();
}

function clear(drag) {
  clearTimeout(drag.timer);
  drag.ghost?.remove();
  drag.place?.remove();
  drag.card.hidden = false;
}
