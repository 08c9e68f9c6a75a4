/** Changes a person makes: shown at once, sent, and taken back when the server refuses. */

import { send } from "./api.js";
import { toast } from "./notices.js";

/** Add a task at the end of a column; returns whether it was taken. */
export async function addTask(store, columnId, title) {
  try {
    store.put(await send("POST", "/tasks", { body: { title, column_id: columnId } }));
    return true;
  } catch (problem) {
    toast(problem.message);
    return false;
  }
}

/**
 * Move a task in front of another one, or to the end of a column.
 * @param {string|null} beforeId task that it shall stand before
 */
export async function moveTask(store, id, columnId, beforeId) {
  const others = store.tasksIn(columnId).filter((task) => task.id !== id);
  const index = beforeId ? others.findIndex((task) => task.id === beforeId) : others.length;
  const undo = store.guess(id, { column_id: columnId, position: between(others[index - 1], others[index]), ...doneIn(store, columnId) });
  const body = beforeId ? { column_id: columnId, before_id: beforeId } : { column_id: columnId };
  return attempt(store, undo, () => send("POST", `/tasks/${id}/move`, { body }));
}

function between(before, after) {
  if (!before && !after) return 0;
  if (!before) return after.position - 1;
  return after ? (before.position + after.position) / 2 : before.position + 1;
}

function doneIn(store, columnId) {
  return { completed: store.column(columnId).is_done };
}

/** Change members of a task; the server refuses when somebody else changed it meanwhile. */
export async function changeTask(store, id, changes) {
  const { version } = store.tasks.get(id);
  const undo = store.guess(id, changes);
  return attempt(store, undo, () => send("PATCH", `/tasks/${id}`, { body: changes, version }));
}

/** Delete a task. */
export async function deleteTask(store, id) {
  try {
    await send("DELETE", `/tasks/${id}`);
    store.remove(id);
    return true;
  } catch (problem) {
    toast(problem.message);
    return false;
  }
}

async function attempt(store, undo, request) {
  try {
    store.put(await request());
    return true;
  } catch (problem) {
    undo();
    toast(problem.message);
    if (problem.status === 412 || problem.status === 404) store.load(await send("GET", "/board"));
    store.listener();
    return false;
  }
}
