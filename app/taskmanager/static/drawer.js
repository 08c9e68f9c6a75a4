/** The task beside the board: every field edits in place, and the address bar names the task. */

import { changeTask, deleteTask, moveTask } from "./actions.js";
import { cardOf } from "./cards.js";

const DRAWER = document.querySelector(".drawer");
const FORM = DRAWER.querySelector("form");
const SAVED = DRAWER.querySelector(".saved");
const DELETE = DRAWER.querySelector(".delete");
const SURE_MS = 4000;
let openId = null;

/** Open tasks from their cards and from the address. */
export function install(store, firstId) {
  document.querySelector(".columns").addEventListener("click", (event) => {
    const card = event.target.closest(".card");
    if (card) open(store, card.dataset.taskId, { push: true });
  });
  DRAWER.querySelector(".close").addEventListener("click", () => close({ push: true }));
  DRAWER.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close({ push: true });
  });
  FORM.addEventListener("submit", (event) => event.preventDefault());
  FORM.addEventListener("change", (event) => save(store, event.target));
  FORM.elements.title.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    event.target.blur();
  });
  DELETE.addEventListener("click", () => remove(store));
  addEventListener("popstate", () => follow(store));
  if (firstId) open(store, firstId, { push: false });
}

/** Show what the store holds of the open task, but for the field somebody is typing in. */
export function refresh(store) {
  if (!openId) return;
  const task = store.tasks.get(openId);
  if (!task) return void close({ push: true });
  for (const name of ["title", "column_id", "due_on", "priority", "description"]) {
    const field = FORM.elements[name];
    if (field !== document.activeElement) field.value = task[name] ?? "";
  }
  FORM.elements.completed.checked = task.completed;
  DRAWER.querySelector(".where").textContent = store.column(task.column_id).name;
  grow();
}

function open(store, id, { push }) {
  if (!store.tasks.has(id)) return;
  openId = id;
  SAVED.textContent = "";
  resetDelete();
  DRAWER.hidden = false;
  document.body.classList.add("drawer-open");
  if (push && location.pathname !== `/tasks/${id}`) history.pushState(null, "", `/tasks/${id}`);
  refresh(store);
  FORM.elements.title.focus({ preventScroll: true });
}

function close({ push }) {
  const card = openId && cardOf(openId);
  openId = null;
  DRAWER.hidden = true;
  document.body.classList.remove("drawer-open");
  if (push && location.pathname !== "/board") history.pushState(null, "", "/board");
  card?.querySelector(".card-title").focus();
}

function follow(store) {
  const id = location.pathname.startsWith("/tasks/") ? location.pathname.slice("/tasks/".length) : null;
  if (id) open(store, id, { push: false });
  else close({ push: false });
}

async function save(store, field) {
  const id = openId;
  SAVED.textContent = "Saving…";
  const done = await send(store, id, field);
  if (openId !== id) return;
  SAVED.textContent = done ? "Saved" : "Not saved";
  if (!done) field.blur();
  refresh(store);
}

function send(store, id, { name, value, checked }) {
  if (name === "column_id") return moveTask(store, id, value, null);
  if (name === "completed") return changeTask(store, id, { completed: checked });
  if (name === "due_on") return changeTask(store, id, { due_on: value || null });
  return changeTask(store, id, { [name]: value });
}

async function remove(store) {
  if (DELETE.dataset.sure !== "yes") {
    DELETE.dataset.sure = "yes";
    DELETE.textContent = "Really delete?";
    setTimeout(resetDelete, SURE_MS);
    return;
  }
  const id = openId;
  if (await deleteTask(store, id)) close({ push: true });
}

function resetDelete() {
  DELETE.dataset.sure = "no";
  DELETE.textContent = "Delete task";
}

function grow() {
  const title = FORM.elements.title;
  title.style.height = "auto";
  title.style.height = `${title.scrollHeight}px`;
}
