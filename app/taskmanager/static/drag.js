/** Dragging cards with the mouse, or with a finger after a moment's hold, so that a swipe still scrolls. */

import { moveTask } from "./actions.js";
import { announce } from "./notices.js";
import { t } from "./texts.js";

const HOLD_MS = 280;
const SLOP_PX = 6;
const EDGE_PX = 56;
const SPEED_PX = 14;
let drag = null;

/** Let cards be dragged; a drag is no click. */
export function install(store) {
  const board = document.querySelector(".columns");
  board.addEventListener("pointerdown", (event) => {
    const card = event.target.closest(".card");
    if (card && store.canEdit && event.button === 0 && event.isPrimary) drag = begin(card, event);
  });
  addEventListener("pointermove", (event) => drag && move(event));
  addEventListener("pointerup", () => drag && finish(store));
  addEventListener("pointercancel", () => drag && cancel(store));
  addEventListener("keydown", (event) => event.key === "Escape" && drag?.ghost && cancel(store));
  // While a card hangs on the finger the page must not scroll, and no menu opens under it.
  board.addEventListener("touchmove", (event) => drag?.ghost && event.cancelable && event.preventDefault(), { passive: false });
  board.addEventListener("contextmenu", (event) => drag?.ghost && event.preventDefault());
}

function begin(card, event) {
  const box = card.getBoundingClientRect();
  const begun = { card, box, x: event.clientX, y: event.clientY, ghost: null, held: event.pointerType === "mouse" };
  if (!begun.held) {
    begun.timer = setTimeout(() => {
      begun.held = true;
      lift();
      navigator.vibrate?.(8);
    }, HOLD_MS);
  }
  return begun;
}

function move(event) {
  const far = Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > SLOP_PX;
  if (far && !drag.held) {
    clearTimeout(drag.timer);
    drag = null;
    return;
  }
  if (!drag.ghost && far) lift();
  if (!drag.ghost) return;
  drag.at = { x: event.clientX, y: event.clientY };
  drag.ghost.style.translate = `${event.clientX - drag.x}px ${event.clientY - drag.y}px`;
  show();
}

function lift() {
  drag.ghost = drag.card.cloneNode(true);
  drag.ghost.classList.add("ghost");
  drag.ghost.removeAttribute("data-task-id");
  drag.ghost.setAttribute("aria-hidden", "true");
  drag.ghost.inert = true;
  Object.assign(drag.ghost.style, { left: `${drag.box.left}px`, top: `${drag.box.top}px`, width: `${drag.box.width}px` });
  document.body.append(drag.ghost);
  document.body.classList.add("dragging");
  drag.at = { x: drag.x, y: drag.y };
  drag.place = document.createElement("div");
  drag.place.className = "drop-place";
  drag.place.style.height = `${drag.box.height}px`;
  drag.card.after(drag.place);
  drag.card.hidden = true;
  drag.scroller = requestAnimationFrame(scrollAtEdges);
}

function show() {
  const section = sectionAt(drag.at.x);
  if (!section) return;
  const cards = [...section.querySelectorAll(".card:not([hidden], .filtered)")];
  const next = cards.find((card) => {
    const box = card.getBoundingClientRect();
    return drag.at.y < box.top + box.height / 2;
  });
  const list = section.querySelector(".cards");
  if (drag.place.parentElement !== list || drag.place.nextElementSibling !== (next ?? null)) list.insertBefore(drag.place, next ?? null);
}

function sectionAt(x) {
  return [...document.querySelectorAll(".column")].find((section) => {
    const box = section.getBoundingClientRect();
    return x >= box.left - 6 && x <= box.right + 6;
  });
}

function scrollAtEdges() {
  if (!drag?.ghost) return;
  const board = document.querySelector(".columns");
  const list = sectionAt(drag.at.x)?.querySelector(".cards");
  const across = pull(drag.at.x, board.getBoundingClientRect(), "left", "right");
  if (across) board.scrollBy({ left: across, behavior: "instant" });
  const down = list ? pull(drag.at.y, list.getBoundingClientRect(), "top", "bottom") : 0;
  if (down) list.scrollTop += down;
  if (across || down) show();
  drag.scroller = requestAnimationFrame(scrollAtEdges);
}

function pull(at, box, start, end) {
  if (at < box[start] + EDGE_PX) return -SPEED_PX;
  return at > box[end] - EDGE_PX ? SPEED_PX : 0;
}

function finish(store) {
  const { card, ghost, place } = drag;
  if (!ghost) return end();
  addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => removeEventListener("click", swallow, { capture: true }), 0);
  const section = place.closest(".column");
  const beforeId = nextCard(place)?.dataset.taskId ?? null;
  end();
  moveTask(store, card.dataset.taskId, { columnId: section.dataset.columnId, beforeId });
  store.changed();
  announce(t("Moved to {column}", { column: section.dataset.columnName }));
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

function cancel(store) {
  end();
  store.changed();
}

function end() {
  clearTimeout(drag.timer);
  cancelAnimationFrame(drag.scroller);
  drag.ghost?.remove();
  drag.place?.remove();
  drag.card.hidden = false;
  document.body.classList.remove("dragging");
  drag = null;
}
