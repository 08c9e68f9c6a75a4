/** Changes a person makes: shown at once, sent, taken back when the server refuses, and offered to be undone. */

import { send } from "./api.js";
import { toast } from "./notices.js";
import { t } from "./texts.js";

/** The last request of each task: a change waits for the one before, so that it knows the version. */
const waiting = new Map();

/** Add a task to a column; returns it, or null when the server refused. */
export async function addTask(store, values) {
  try {
    const task = await send("POST", "/tasks", { body: values });
    store.put(task);
    return task;
  } catch (problem) {
    toast(problem.message);
    return null;
  }
}

/** Return a position between two tasks, to show a move before the server has found the real one. */
export function between(before, after) {
  if (!before && !after) return 0;
  if (!before) return after.position - 1;
  return after ? (before.position + after.position) / 2 : before.position + 1;
}

/** Return what a task shows when it stands in a column before another task, or at its end. */
export function placed(store, id, columnId, beforeId) {
  const others = store.tasksIn(columnId).filter((task) => task.id !== id);
  const found = beforeId ? others.findIndex((task) => task.id === beforeId) : -1;
  const index = found < 0 ? others.length : found;
  return { column_id: columnId, position: between(others[index - 1], others[index]), completed: store.column(columnId).is_done };
}

/** Return where a task stands: its column, and the task it stands before. */
export function placeOf(store, id) {
  const columnId = store.tasks.get(id).column_id;
  const tasks = store.tasksIn(columnId);
  return { columnId, beforeId: tasks[tasks.findIndex((task) => task.id === id) + 1]?.id ?? null };
}

/**
 * Move a task in front of another one, or to the end of a column.
 * @param {{columnId: string, beforeId: string|null}} to
 * @param {{from?: object, undoable?: boolean}} options `from` is where it stood when that is no more what the store shows
 */
export async function moveTask(store, id, to, { from = placeOf(store, id), undoable = true } = {}) {
  if (from.columnId === to.columnId && from.beforeId === to.beforeId) return true;
  const undo = store.guess(id, placed(store, id, to.columnId, to.beforeId));
  const body = to.beforeId ? { column_id: to.columnId, before_id: to.beforeId } : { column_id: to.columnId };
  const done = await attempt(store, id, undo, () => send("POST", `/tasks/${id}/move`, { body }));
  if (done && undoable && from.columnId !== to.columnId) {
    const text = t("“{title}” moved to {column}", { title: store.tasks.get(id)?.title, column: store.column(to.columnId)?.name });
    toast(text, { undo: () => moveTask(store, id, backTo(store, from), { undoable: false }) });
  }
  return done;
}

function backTo(store, { columnId, beforeId }) {
  return { columnId, beforeId: store.tasks.get(beforeId)?.column_id === columnId ? beforeId : null };
}

/** Change members of a task; the server refuses when somebody else changed it meanwhile. */
export function changeTask(store, id, changes, { guess = changes } = {}) {
  const undo = store.guess(id, guess);
  return attempt(store, id, undo, () => send("PATCH", `/tasks/${id}`, { body: changes, version: store.tasks.get(id)?.version }));
}

/** Take a task off the board; it can be brought back. */
export async function archiveTask(store, id) {
  const { title } = store.tasks.get(id);
  const done = await changeTask(store, id, { archived: true });
  const undo = () => changeTask(store, id, { archived: false });
  if (done) toast(t("“{title}” archived", { title }), { undo });
  return done;
}

/** Delete a task; for a while it can be had back. */
export async function deleteTask(store, id) {
  const { title } = store.tasks.get(id);
  try {
    await send("DELETE", `/tasks/${id}`);
    store.remove(id);
    toast(t("“{title}” deleted", { title }), { undo: () => undoOnBoard(store) });
    return true;
  } catch (problem) {
    toast(problem.message);
    return false;
  }
}

/** Take back this person's last change of the board. */
export async function undoOnBoard(store) {
  try {
    await send("POST", "/undo", { body: { board_id: store.id } });
  } catch (problem) {
    toast(problem.message);
  }
  await reload(store);
}

/** Fetch the board anew. */
export async function reload(store) {
  const board = await send("GET", `/boards/${store.id}`).catch(() => null);
  if (!board || board.seq < store.seq) return;
  store.load(board);
  store.changed();
}

async function attempt(store, id, undo, request) {
  const turn = (waiting.get(id) ?? Promise.resolve()).then(request);
  waiting.set(id, turn.catch(() => null));
  try {
    store.put(await turn);
    return true;
  } catch (problem) {
    undo();
    toast(problem.status === 412 ? t("Somebody else changed this task meanwhile; your change is not saved.") : problem.message);
    if (problem.status === 412 || problem.status === 404) await reload(store);
    return false;
  }
}
