/** The task beside the board: it has its own address, and every field edits in place. */

import { archiveTask, changeTask, deleteTask, moveTask } from "./actions.js";
import { send } from "./api.js";
import { focusCard } from "./cards.js";
import { h, tool } from "./dom.js";
import { factsOf } from "./facts.js";
import { filesOf } from "./files.js";
import { openMenu } from "./menus.js";
import { toast } from "./notices.js";
import { stepsOf } from "./steps.js";
import { talkOf } from "./talk.js";
import { t } from "./texts.js";
import { textOf, titleOf } from "./task_text.js";

const DRAWER = document.querySelector(".drawer");
const AGAIN_MS = 60;
let shared;
let shown = null;

/** Open tasks from cards, rows and days. */
export function install(store, address, views) {
  shared = { store, address, views };
  document.querySelector(".view").addEventListener("click", (event) => {
    const card = event.target.closest(".card");
    const id = event.target.closest("[data-open-task]")?.dataset.openTask ?? (event.target.closest(".faces, .card") ? card?.dataset.taskId : null);
    if (id) open(id);
  });
  DRAWER.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) close();
  });
}

/** Open a task; `push` gives it the address. */
export async function open(id, { push = true } = {}) {
  const { store, address } = shared;
  if (!store.tasks.has(id) && !(await fetchOf(id))) return close({ push: false });
  if (shown?.id !== id) build(id);
  if (push) address.go(id);
  if (!DRAWER.contains(document.activeElement)) DRAWER.querySelector(".close").focus({ preventScroll: true });
  return undefined;
}

/** Close the task and go back to where it was opened. */
export function close({ push = true } = {}) {
  if (!shown) return;
  const { id } = shown;
  shown = null;
  DRAWER.hidden = true;
  DRAWER.replaceChildren();
  document.body.classList.remove("drawer-open");
  if (push) shared.address.go(null);
  if (shared.views.current === "board") focusCard(id);
  else document.querySelector(`[data-open-task="${CSS.escape(id)}"]`)?.focus();
}

/** Follow the address: a task, or none. */
export function follow(id) {
  if (id) open(id, { push: false });
  else close({ push: false });
}

/** Show what the store holds of the open task, but for the field somebody is typing in. */
export function refresh() {
  if (!shown) return;
  const task = shared.store.tasks.get(shown.id);
  if (!task) return void close();
  for (const part of shown.parts) part.draw(task, shown.detail);
}

/** Fetch the open task anew when it changed; null stands for any task. */
export function taskChanged(id) {
  if (!shown || (id && id !== shown.id)) return;
  clearTimeout(shown.timer);
  shown.timer = setTimeout(() => fetchOf(shown?.id), AGAIN_MS);
}

async function fetchOf(id) {
  if (!id) return false;
  try {
    const detail = await send("GET", `/tasks/${id}`);
    if (!shared.store.tasks.has(id)) shared.store.put(summaryOf(detail));
    if (shown?.id === id) shown.detail = detail;
    refresh();
    return true;
  } catch (problem) {
    toast(problem.message);
    return false;
  }
}

/** A task as the board lists it: the counts in place of what they count. */
function summaryOf({ checklist, comments, attachments, ...task }) {
  const steps = { done: checklist.filter((item) => item.done).length, total: checklist.length };
  return { ...task, checklist: steps, comments: comments.length, attachments: attachments.length };
}

function build(id) {
  const { store } = shared;
  const saved = h("span.saved", { role: "status" });
  const context = {
    store,
    id,
    canEdit: store.canEdit,
    change: (changes, guess) => tell(saved, changeTask(store, id, changes, { guess })),
    move: (columnId) => tell(saved, moveTask(store, id, { columnId, beforeId: null })),
    ask: (method, path, options) => tell(saved, askFor(id, method, path, options)),
    detail: () => shown?.detail,
  };
  const parts = [whereOf(context, saved), titleOf(context), factsOf(context), textOf(context), stepsOf(context), filesOf(context), talkOf(context)];
  const [header, ...rest] = parts.map((part) => part.element);
  DRAWER.replaceChildren(header, h("div.body", {}, rest));
  DRAWER.hidden = false;
  DRAWER.scrollTop = 0;
  document.body.classList.add("drawer-open");
  shown = { id, parts, detail: null };
  refresh();
  fetchOf(id);
}

async function tell(saved, promise) {
  saved.textContent = t("Saving…");
  const done = await promise;
  saved.textContent = done ? t("Saved") : t("Not saved");
  taskChanged(null);
  return done;
}

async function askFor(id, method, path, options) {
  try {
    return (await send(method, path, options)) ?? true;
  } catch (problem) {
    toast(problem.message);
    return false;
  } finally {
    await fetchOf(id);
  }
}

function whereOf(context, saved) {
  const where = h("span.where");
  const done = tool("check", t("Mark it done"), { "aria-pressed": "false", onclick: () => context.change({ completed: !context.store.tasks.get(context.id).completed }) });
  const more = tool("more", t("More"), { "aria-haspopup": "menu", "aria-expanded": "false", onclick: () => openMore(context, more) });
  const shut = tool("close", t("Close the task"), { onclick: () => close() });
  shut.classList.add("close");
  const draw = (task) => {
    const name = context.store.column(task.column_id)?.name ?? "";
    where.textContent = task.archived ? t("Archived") : task.number ? `${name} · #${task.number}` : name;
    done.setAttribute("aria-pressed", String(Boolean(task.completed)));
    done.classList.toggle("pressed", Boolean(task.completed));
  };
  return { element: h("header", {}, where, saved, context.canEdit && done, context.canEdit && more, shut), draw };
}

function openMore({ store, id }, anchor) {
  const task = store.tasks.get(id);
  openMenu(anchor, [
    { text: t("Copy the link"), run: () => navigator.clipboard.writeText(`${location.origin}/tasks/${id}`).then(() => toast(t("Link copied"))) },
    task.archived
      ? { text: t("Bring back"), run: () => changeTask(store, id, { archived: false }) }
      : { text: t("Archive"), run: async () => (await archiveTask(store, id)) && close() },
    "-",
    { text: t("Delete"), risky: true, run: () => remove(store, id) },
  ], { label: t("More") });
}

async function remove(store, id) {
  if (await deleteTask(store, id)) close();
}
