/** The list view: every task a row, sorted by any heading, many changed at once. */

import { bulkBar } from "./bulk.js";
import { describeDay, describeTime } from "./dates.js";
import { face, h, labelMark, refill } from "./dom.js";
import { t } from "./texts.js";

const RANKS = ["high", "normal", "low", "none"];
const state = { sort: "column", down: false, chosen: new Set() };
let body, heads, bar, shared;

/** Make the view's element. */
export function make(store, filters) {
  shared = { store, filters };
  heads = h("tr");
  body = h("tbody");
  bar = bulkBar(store, state.chosen, draw);
  body.addEventListener("keydown", moveFocus);
  return h("div.list", { hidden: true }, h("table", {}, h("thead", {}, heads), body), bar);
}

const COLUMNS = [
  { name: "title", css: "name", text: () => t("Task"), key: (task) => task.title.toLocaleLowerCase() },
  { name: "column", css: "state", text: () => t("Column"), key: (task, store) => [columnIndex(task, store), task.position] },
  { name: "labels", css: "marks", text: () => t("Labels"), key: (task, store) => labelsOf(task, store).map((one) => one.name).join() || "\uffff" },
  { name: "assignees", css: "who", text: () => t("Assignees"), key: (task, store) => peopleOf(task, store).map((one) => one.name).join() || "\uffff" },
  { name: "priority", css: "rank", text: () => t("Priority"), key: (task) => RANKS.indexOf(task.priority) },
  { name: "due", css: "when", text: () => t("Due"), key: (task) => task.due_on ?? "\uffff" },
  { name: "updated", css: "changed", text: () => t("Changed"), key: (task) => -Date.parse(task.updated_at ?? 0) },
];

/** Bring the rows to what the store holds. */
export function draw() {
  const { store, filters } = shared;
  const columns = COLUMNS;
  const tasks = sorted(store.shown.filter((task) => filters.fits(task)), store);
  for (const id of state.chosen) if (!tasks.some((task) => task.id === id)) state.chosen.delete(id);
  refill(heads, store.canEdit && h("th.tick", { scope: "col" }, h("label", {}, tickAll(tasks))), columns.map(headOf));
  refill(body, tasks.map((task) => rowOf(task, columns)));
  bar.draw();
}

function headOf({ name, css, text }) {
  const sort = state.sort === name ? (state.down ? "descending" : "ascending") : "none";
  return h(`th.${css}`, { scope: "col", "aria-sort": sort }, h("button", { type: "button", "data-key": `sort-${name}`, onclick: () => sortBy(name) }, text()));
}

function tickAll(tasks) {
  const all = h("input.tickbox", { type: "checkbox", "aria-label": t("Choose all"), "data-key": "all", onchange: () => {
    for (const task of tasks) if (all.checked) state.chosen.add(task.id);
    if (!all.checked) state.chosen.clear();
    draw();
  } });
  all.checked = tasks.length > 0 && state.chosen.size === tasks.length;
  all.indeterminate = state.chosen.size > 0 && !all.checked;
  return all;
}

function sortBy(name) {
  state.down = state.sort === name && !state.down;
  state.sort = name;
  draw();
}

function sorted(tasks, store) {
  const { key } = COLUMNS.find((column) => column.name === state.sort);
  const keyed = tasks.map((task) => [[key(task, store)].flat(), task]);
  keyed.sort(([one, first], [other, second]) => compare(one, other) * (state.down ? -1 : 1) || compare([columnIndex(first, store), first.position], [columnIndex(second, store), second.position]));
  return keyed.map(([, task]) => task);
}

function compare(one, other) {
  for (const [index, value] of one.entries()) {
    if (value < other[index]) return -1;
    if (value > other[index]) return 1;
  }
  return 0;
}

function rowOf(task, columns) {
  const { store } = shared;
  const chosen = state.chosen.has(task.id);
  const row = h("tr", { "data-task-id": task.id }, store.canEdit && h("td.tick", {}, h("label", {}, tickOf(task, chosen))), columns.map((column) => h(`td.${column.css}`, {}, cellOf(column.name, task, store))));
  row.classList.toggle("chosen", chosen);
  row.classList.toggle("done", Boolean(task.completed));
  row.classList.toggle("high", task.priority === "high");
  return row;
}

function tickOf(task, chosen) {
  const tick = h("input.tickbox", { type: "checkbox", "aria-label": t("Choose {title}", { title: task.title }), "data-key": `tick-${task.id}`, onchange: () => {
    if (tick.checked) state.chosen.add(task.id);
    else state.chosen.delete(task.id);
    draw();
  } });
  tick.checked = chosen;
  return tick;
}

function cellOf(name, task, store) {
  if (name === "title") return h("button", { type: "button", "data-open-task": task.id, "data-key": `task-${task.id}` }, task.title);
  if (name === "column") return store.column(task.column_id)?.name;
  if (name === "labels") return labelsOf(task, store).map(labelMark);
  if (name === "assignees") return h("div.faces", {}, peopleOf(task, store).map((person) => face(person)));
  if (name === "priority") return task.priority === "none" ? null : t(`${task.priority} priority`);
  if (name === "due") return task.due_on && dueOf(task);
  const { text, exact } = describeTime(task.updated_at);
  return task.updated_at && h("time.faint", { datetime: task.updated_at, title: exact }, text);
}

function dueOf(task) {
  const { text, state: how, exact } = describeDay(task.due_on, task.completed);
  return h("span.due", { "data-state": how, title: exact }, h("time", { datetime: task.due_on }, text));
}

function labelsOf(task, store) {
  return (task.labels ?? []).map((id) => store.labels.get(id)).filter(Boolean);
}

function peopleOf(task, store) {
  return (task.assignees ?? []).map((id) => store.members.get(id)).filter(Boolean);
}

function columnIndex(task, store) {
  return store.columns.findIndex((column) => column.id === task.column_id);
}

function moveFocus(event) {
  const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
  const to = step && event.target.closest("tr")[step];
  if (!to) return;
  event.preventDefault();
  to.querySelector(event.target.matches(".tickbox") ? ".tickbox" : ".name button").focus();
}
