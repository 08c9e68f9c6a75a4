/** The calendar view: a month of due days; tasks are dragged from day to day and added on a day. */

import { changeTask } from "./actions.js";
import { dayOf, firstWeekday, inDays, isoOf, longDay, monthName, weekdayNames } from "./dates.js";
import { h, icon, refill, tool } from "./dom.js";
import { openMenu } from "./menus.js";
import { fieldFor } from "./quick_add.js";
import { t } from "./texts.js";

const MOST_A_DAY = 4;
const SLOP_PX = 6;
let shared, month, heading, undated, body;

/** Make the view's element. */
export function make(store, filters) {
  shared = { store, filters };
  month = firstOfMonth(inDays(0));
  heading = h("h2", { "aria-live": "polite" });
  undated = h("button.plain.undated", { type: "button", "aria-haspopup": "menu", onclick: showUndated });
  body = h("tbody");
  const names = h("tr", {}, weekdayNames().map((name) => h("th", { scope: "col" }, name)));
  body.addEventListener("pointerdown", (event) => store.canEdit && drag(event));
  body.addEventListener("keydown", moveFocus);
  return h("div.calendar", { hidden: true },
    h("header", {}, heading,
      tool("left", t("Month before"), { onclick: () => turn(-1) }),
      tool("right", t("Month after"), { onclick: () => turn(1) }),
      h("button.plain", { type: "button", onclick: () => go(firstOfMonth(inDays(0))) }, t("Today")),
      undated),
    h("table.month", {}, h("thead", {}, names), body));
}

function firstOfMonth(iso) {
  const day = dayOf(iso);
  return new Date(day.getFullYear(), day.getMonth(), 1);
}

function turn(step) {
  go(new Date(month.getFullYear(), month.getMonth() + step, 1));
}

function go(to) {
  month = to;
  draw();
}

/** Bring the month to what the store holds. */
export function draw() {
  if (body.querySelector(".quick-add") || document.body.classList.contains("dragging")) return;
  const { store, filters } = shared;
  const byDay = Map.groupBy(store.shown.filter((task) => filters.fits(task)), (task) => task.due_on ?? "");
  heading.textContent = monthName(month);
  const without = byDay.get("") ?? [];
  undated.hidden = without.length === 0;
  undated.textContent = t("{n} without a date", { n: without.length });
  const start = 1 - ((month.getDay() - firstWeekday() + 7) % 7);
  const weeks = Math.ceil((new Date(month.getFullYear(), month.getMonth() + 1, 0).getDate() + 1 - start) / 7);
  const day = (index) => new Date(month.getFullYear(), month.getMonth(), start + index);
  refill(body, [...Array(weeks).keys()].map((week) => h("tr", {}, [...Array(7).keys()].map((index) => cell(day(week * 7 + index), byDay)))));
}

function cell(date, byDay) {
  const iso = isoOf(date);
  const tasks = byDay.get(iso) ?? [];
  const shown = tasks.length > MOST_A_DAY ? tasks.slice(0, MOST_A_DAY - 1) : tasks;
  const add = shared.store.canEdit && tool("plus", t("Add a task on {day}", { day: longDay(iso) }), { "data-key": `add-${iso}`, onclick: (event) => addOn(iso, event.currentTarget) });
  const element = h("td", { "data-day": iso },
    h("div.day", {}, h("span", {}, h("span.day-number", {}, date.getDate()), h("span.day-word", {}, longDay(iso))), add),
    shown.map(eventOf),
    tasks.length > shown.length && h("button.more", { type: "button", "aria-haspopup": "menu", onclick: (event) => list(event.currentTarget, tasks, longDay(iso)) }, t("{n} more", { n: tasks.length - shown.length })));
  element.classList.toggle("outside", date.getMonth() !== month.getMonth());
  element.classList.toggle("today", iso === inDays(0));
  element.classList.toggle("busy", tasks.length > 0);
  return element;
}

function eventOf(task) {
  const { store } = shared;
  const label = (task.labels ?? []).map((id) => store.labels.get(id)).find(Boolean);
  const button = h("button.event", { type: "button", title: task.title, "data-open-task": task.id, "data-key": task.id },
    task.completed ? icon("check") : label && h("span.swatch", { "data-color": label.color }), h("span", {}, task.title));
  button.classList.toggle("done", Boolean(task.completed));
  button.classList.toggle("late", !task.completed && task.due_on < inDays(0));
  return button;
}

function addOn(iso, button) {
  const { store } = shared;
  const form = fieldFor(store, { label: t("Title of the new task due {day}", { day: longDay(iso) }), place: () => ({ due_on: iso }) });
  form.whenClosed = () => draw();
  button.closest("td").append(form);
  form.elements.title.focus();
}

function showUndated(event) {
  const { store, filters } = shared;
  list(event.currentTarget, store.shown.filter((task) => !task.due_on && filters.fits(task)), t("Without a date"));
}

function list(anchor, tasks, label) {
  openMenu(anchor, tasks.map((task) => ({ text: task.title, run: () => shared.open?.(task.id) })), { label });
}

/** Let the menus of the calendar open tasks. */
export function onOpen(open) {
  shared.open = open;
}

function drag(event) {
  const source = event.target.closest(".event");
  if (!source || event.button !== 0 || event.pointerType !== "mouse") return;
  const begun = { x: event.clientX, y: event.clientY, ghost: null, target: null };
  const move = (at) => carry(source, begun, at);
  addEventListener("pointermove", move);
  addEventListener("pointerup", () => {
    removeEventListener("pointermove", move);
    if (begun.ghost) drop(source, begun);
  }, { once: true });
}

function carry(source, begun, { clientX, clientY }) {
  if (!begun.ghost && Math.hypot(clientX - begun.x, clientY - begun.y) < SLOP_PX) return;
  if (!begun.ghost) {
    begun.ghost = source.cloneNode(true);
    begun.ghost.classList.add("ghost");
    begun.ghost.inert = true;
    document.body.append(begun.ghost);
    document.body.classList.add("dragging");
  }
  Object.assign(begun.ghost.style, { left: `${clientX - 20}px`, top: `${clientY - 12}px` });
  const over = document.elementFromPoint(clientX, clientY)?.closest("td[data-day]") ?? null;
  if (over !== begun.target) begun.target?.classList.remove("target");
  over?.classList.add("target");
  begun.target = over;
}

function drop(source, { ghost, target }) {
  const swallow = (event) => (event.stopPropagation(), event.preventDefault());
  addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => removeEventListener("click", swallow, { capture: true }), 0);
  ghost.remove();
  document.body.classList.remove("dragging");
  target?.classList.remove("target");
  const { store } = shared;
  const task = store.tasks.get(source.dataset.openTask);
  if (target && task && task.due_on !== target.dataset.day) changeTask(store, task.id, { due_on: target.dataset.day });
  else draw();
}

function moveFocus(event) {
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (!step || !event.target.matches(".event")) return;
  const events = [...body.querySelectorAll(".event")];
  event.preventDefault();
  events[events.indexOf(event.target) + step]?.focus();
}
