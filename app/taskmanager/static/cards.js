/** Draws the board from the store: columns and cards by the templates in the page, and nothing that has not changed. */

import { describeDay } from "./dates.js";
import { face, labelMark } from "./dom.js";
import { t } from "./texts.js";

const CARD = document.getElementById("card-template");
const COLUMN = document.getElementById("column-template");
const BOARD = document.querySelector(".columns");
const SWITCH = document.querySelector(".switch");

/** What each card shows: the task, the board's labels and members, and the day it was drawn. */
const drawn = new WeakMap();
const cards = new Map();

/** Return the card of a task that is on the page. */
export function cardOf(id) {
  return cards.get(id) ?? null;
}

/** Put the focus on the card of a task. */
export function focusCard(id) {
  const card = cardOf(id);
  if (!card?.isConnected) return;
  card.querySelector(".card-title").focus();
  card.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/** Bring the board to what the store holds, without the cards that the filter leaves out. */
export function draw(store, filter) {
  if (document.body.classList.contains("dragging")) return;
  if (cards.size === 0) for (const card of BOARD.querySelectorAll(".card")) cards.set(card.dataset.taskId, card);
  const today = new Date().toDateString();
  const focused = document.activeElement.closest?.(".card");
  store.columns.forEach((column, index) => {
    const section = sectionOf(column, index);
    const tasks = store.tasksIn(column.id);
    const list = section.querySelector(".cards");
    tasks.forEach((task, place) => put(list, store, task, place, today));
    while (list.children.length > tasks.length) list.lastElementChild.remove();
    const found = tasks.filter((task) => mark(task, filter.fits(task))).length;
    head(section, column, tasks.length, found);
  });
  const sections = BOARD.querySelectorAll(":scope > .column");
  for (const section of sections) if (!store.column(section.dataset.columnId)) section.remove();
  for (const id of cards.keys()) if (!store.tasks.has(id)) cards.delete(id);
  drawSwitch(store);
  // A card that went to another column was out of the page for a moment, and so was its focus.
  if (focused?.isConnected && !focused.contains(document.activeElement)) focused.querySelector(".card-title").focus({ preventScroll: true });
}

function sectionOf(column, index) {
  let section = document.getElementById(`column-${column.id}`);
  if (!section) {
    section = COLUMN.content.firstElementChild.cloneNode(true);
    section.id = `column-${column.id}`;
    section.dataset.columnId = column.id;
    section.setAttribute("aria-labelledby", `name-${column.id}`);
    section.querySelector("h2").id = `name-${column.id}`;
  }
  if (BOARD.children[index] !== section) BOARD.insertBefore(section, BOARD.children[index] ?? null);
  return section;
}

function put(list, store, task, index, today) {
  let card = cards.get(task.id);
  if (!card) {
    card = CARD.content.firstElementChild.cloneNode(true);
    cards.set(task.id, card);
  }
  const state = drawn.get(card);
  if (state?.task !== task || state.shape !== store.shape || state.today !== today) fill(card, store, task);
  drawn.set(card, { task, shape: store.shape, today });
  if (list.children[index] !== card) list.insertBefore(card, list.children[index] ?? null);
}

function mark(task, fits) {
  cards.get(task.id).classList.toggle("filtered", !fits);
  return fits;
}

function fill(card, store, task) {
  const people = (task.assignees ?? []).map((id) => store.members.get(id)).filter(Boolean);
  const labels = (task.labels ?? []).map((id) => store.labels.get(id)).filter(Boolean);
  card.dataset.taskId = task.id;
  card.classList.toggle("done", Boolean(task.completed));
  card.classList.toggle("high", task.priority === "high");
  card.classList.toggle("faced", people.length > 0);
  setText(card.querySelector(".card-title"), task.title);
  card.querySelector(".labels").replaceChildren(...labels.map(labelMark));
  card.querySelector(".faces").replaceChildren(...people.slice(0, 3).map((person) => face(person)));
  fillDue(card.querySelector(".due"), task);
  const { done = 0, total = 0 } = task.checklist ?? {};
  fillMark(card, ".checks", total && `${done}/${total}`, t("{done} of {total} steps done", { done, total }));
  card.querySelector(".checks").classList.toggle("whole", total > 0 && done === total);
  fillMark(card, ".said", task.comments, t("{n} comments", { n: task.comments ?? 0 }));
  fillMark(card, ".files-mark", task.attachments, t("{n} attachments", { n: task.attachments ?? 0 }));
}

function fillMark(card, selector, value, told) {
  const element = card.querySelector(selector);
  element.hidden = !value;
  setText(element.lastElementChild, value ? String(value) : "");
  element.title = value ? told : "";
}

function fillDue(due, task) {
  due.hidden = !task.due_on;
  if (!task.due_on) return;
  const { text, state, exact } = describeDay(task.due_on, task.completed);
  const time = due.querySelector("time");
  time.dateTime = task.due_on;
  setText(time, text);
  due.title = t("Due {day}", { day: exact });
  due.dataset.state = state;
}

function head(section, column, number, found) {
  section.dataset.columnName = column.name;
  const name = section.querySelector("h2");
  setText(name, column.name);
  name.title = column.name;
  const { text, over } = countOf(column, number);
  setText(section.querySelector(".count"), text);
  section.querySelector(".count").title = column.wip_limit ? t("{n} tasks, limit {limit}", { n: number, limit: column.wip_limit }) : t("{n} tasks", { n: number });
  section.classList.toggle("over", over);
  setText(section.querySelector(".empty"), number && !found ? t("Nothing here matches.") : t("No task here yet."));
  section.querySelector(".add-first")?.setAttribute("aria-label", t("Add a task at the top of {column}", { column: column.name }));
  section.querySelector(".column-menu")?.setAttribute("aria-label", t("Column {column}", { column: column.name }));
  const away = section.querySelector(".add-task .away");
  if (away) setText(away, ` – ${column.name}`);
}

function countOf(column, number) {
  const limit = column.wip_limit;
  return { text: limit ? `${number}/${limit}` : String(number), over: Boolean(limit) && number > limit };
}

function drawSwitch(store) {
  const links = new Map([...SWITCH.children].map((link) => [link.dataset.columnId, link]));
  store.columns.forEach((column, index) => {
    const link = links.get(column.id) ?? Object.assign(document.createElement("a"), { href: `#column-${column.id}` });
    link.dataset.columnId = column.id;
    const { text, over } = countOf(column, store.tasksIn(column.id).length);
    setText(link, `${column.name} ${text}`);
    link.classList.toggle("over", over);
    if (SWITCH.children[index] !== link) SWITCH.insertBefore(link, SWITCH.children[index] ?? null);
  });
  while (SWITCH.children.length > store.columns.length) SWITCH.lastElementChild.remove();
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Let a card glow once: somebody else changed it. */
export function glow(id) {
  const card = cardOf(id);
  if (!card) return;
  card.classList.remove("glow");
  void card.offsetWidth;
  card.classList.add("glow");
  card.addEventListener("animationend", () => card.classList.remove("glow"), { once: true });
}
