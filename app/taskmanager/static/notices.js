/** What is said to the person: a toast with a way back, a word for those who listen instead of look. */

import { h } from "./dom.js";
import { t } from "./texts.js";

const TOASTS = document.querySelector(".toasts");
const ANNOUNCER = document.getElementById("announcer");
const TOAST_MS = 7000;
const MOST_TOASTS = 3;

let lastUndo = null;

/** Show a sentence for a few seconds; `undo` is what its button does. */
export function toast(text, { undo } = {}) {
  const note = h("p", {}, h("span", {}, text));
  const end = () => {
    note.remove();
    if (lastUndo === run) lastUndo = null;
  };
  const run = undo && (() => (end(), undo()));
  if (run) note.append(h("button", { type: "button", onclick: run }, t("Undo")));
  if (run) lastUndo = run;
  TOASTS.append(note);
  while (TOASTS.children.length > MOST_TOASTS) TOASTS.firstElementChild.remove();
  let timer = setTimeout(end, TOAST_MS);
  // Who is about to press the button must not lose it.
  note.addEventListener("pointerenter", () => clearTimeout(timer));
  note.addEventListener("focusin", () => clearTimeout(timer));
  for (const leave of ["pointerleave", "focusout"]) note.addEventListener(leave, () => ((timer = setTimeout(end, TOAST_MS))));
}

/** Take back what the newest toast offers to take back; return whether there was anything. */
export function undoLast() {
  const undo = lastUndo;
  undo?.();
  return undo !== null;
}

/** Say something to a screen reader. */
export function announce(text) {
  ANNOUNCER.textContent = text;
}
