/** What is said to the person: a toast when something was refused, a word for those who listen instead of look. */

const TOASTS = document.querySelector(".toasts");
const ANNOUNCER = document.getElementById("announcer");
const TOAST_MS = 6000;

/** Show a sentence for a few seconds. */
export function toast(text) {
  const note = document.createElement("p");
  note.textContent = text;
  TOASTS.append(note);
  setTimeout(() => note.remove(), TOAST_MS);
}

/** Say something to a screen reader. */
export function announce(text) {
  ANNOUNCER.textContent = text;
}
