/** Draws the board from the store: cards by the template in the page, counts, and nothing that has not changed. */

import { describeDay } from "./dates.js";

const TEMPLATE = document.getElementById("card-template");

/** Return the card of a task that is on the page. */
export function cardOf(id) {
  return document.querySelector(`.card[data-task-id="${CSS.escape(id)}"]`);
}

/** Bring every column to what the store holds. */
export function draw(store) {
  for (const section of document.querySelectorAll(".column")) {
    const tasks = store.tasksIn(section.dataset.columnId);
    const list = section.querySelector(".cards");
    tasks.forEach((task, index) => place(list, task, index));
    while (list.children.length > tasks.length) list.lastElementChild.remove();
    count(section, tasks.length);
  }
}

function place(list, task, index) {
  const card = cardOf(task.id) ?? TEMPLATE.content.firstElementChild.cloneNode(true);
  fill(card, task);
  if (list.children[index] === card) return;
  const focused = card.contains(document.activeElement);
  list.insertBefore(card, list.children[index] ?? null);
  if (focused) card.querySelector(".card-title").focus();
}

function fill(card, task) {
  card.dataset.taskId = task.id;
  card.classList.toggle("done", task.completed);
  card.classList.toggle("high", task.priority === "high");
  const title = card.querySelector(".card-title");
  if (title.textContent !== task.title) title.textContent = task.title;
  card.querySelector(".text").hidden = !task.description;
  fillDue(card.querySelector(".due"), task);
}

function fillDue(due, task) {
  due.hidden = !task.due_on;
  if (!task.due_on) return;
  const { text, state, exact } = describeDay(task.due_on, task.completed);
  const time = due.querySelector("time");
  time.dateTime = task.due_on;
  time.textContent = text;
  due.title = `Due ${exact}`;
  due.dataset.state = state;
}

function count(section, number) {
  const limit = Number(section.dataset.wipLimit) || null;
  const text = limit ? `${number}/${limit}` : String(number);
  section.querySelector(".count").textContent = text;
  section.classList.toggle("over", limit !== null && number > limit);
  const link = document.querySelector(`.switch a[data-column-id="${section.dataset.columnId}"] span`);
  if (link) link.textContent = text;
}

/** Let a card glow once: somebody else changed it. */
export function glow(id) {
  const card = cardOf(id);
  if (!card) return;
  card.classList.remove("glow");
  void card.offsetWidth;
  card.classList.add("glow");
}
