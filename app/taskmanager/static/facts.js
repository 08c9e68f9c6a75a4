/** The facts of a task in one column: each is a button that opens what may be chosen. */

import { daysAway, describeDay, distance, inDays, longDay } from "./dates.js";
import { face, h, labelMark } from "./dom.js";
import { openMenu, openPanel } from "./menus.js";
import { t } from "./texts.js";

const PRIORITIES = ["high", "normal", "low", "none"];

/** Make the list of facts. */
export function factsOf(context) {
  const { store } = context;
  const rows = [
    fact(context, t("Column"), (task) => [h("span.pill", {}, store.column(task.column_id)?.name)], openColumns),
    fact(context, t("Assignees"), (task) => peopleOf(context, task), openPeople),
    fact(context, t("Start"), (task) => dayText(task.start_on), (...given) => openDay(...given, "start_on")),
    fact(context, t("Due"), (task, button) => dueText(task, button), (...given) => openDay(...given, "due_on")),
    fact(context, t("Labels"), (task) => labelsOf(context, task), openLabels),
    fact(context, t("Priority"), (task) => (task.priority === "none" ? null : [t(`${task.priority} priority`)]), openPriorities),
  ];
  const element = h("dl.facts", {}, rows.map((row) => [h("dt", {}, row.name), h("dd", {}, row.button)]));
  return { element, draw: (task) => rows.forEach((row) => row.draw(task)) };
}

function fact(context, name, content, openIt) {
  const button = h("button.fact", { type: "button", "aria-haspopup": "menu", "aria-expanded": "false", disabled: !context.canEdit });
  button.addEventListener("click", () => openIt(context, button));
  const draw = (task) => {
    const given = content(task, button);
    button.replaceChildren(h("span.away", {}, `${name}: `), ...(given?.length ? given : [h("span.unset", {}, t("None"))]));
  };
  return { name, button, draw };
}

function peopleOf({ store }, task) {
  const people = (task.assignees ?? []).map((id) => store.members.get(id)).filter(Boolean);
  return people.map((person) => h("span.person-name", {}, face(person, { alone: false }), person.name));
}

function labelsOf({ store }, task) {
  return (task.labels ?? []).map((id) => store.labels.get(id)).filter(Boolean).map(labelMark);
}

function dayText(iso) {
  return iso ? [h("span.day-text", {}, longDay(iso))] : null;
}

function dueText(task, button) {
  button.dataset.state = task.due_on ? describeDay(task.due_on, task.completed).state : "";
  if (!task.due_on) return null;
  const far = Math.abs(daysAway(task.due_on)) > 60;
  return [h("span.day-text", {}, longDay(task.due_on)), !far && h("span.faint", {}, distance(task.due_on))].filter(Boolean);
}

function openColumns({ store, id, move }, button) {
  const { column_id: current } = store.tasks.get(id);
  openMenu(button, store.columns.map((column) => ({ text: column.name, checked: column.id === current, run: () => move(column.id) })), { label: t("Column") });
}

function openPeople(context, button) {
  pickMany(context, button, "assignees", [...context.store.members.values()], (person) => ({ text: person.name, mark: face(person, { alone: false }) }), t("Assignees"));
}

function openLabels(context, button) {
  pickMany(context, button, "labels", [...context.store.labels.values()], (label) => ({ text: "", mark: labelMark(label) }), t("Labels"));
}

function pickMany({ store, id, change }, button, member, all, look, label) {
  const toggle = (one) => {
    const given = store.tasks.get(id)[member] ?? [];
    change({ [member]: given.includes(one.id) ? given.filter((other) => other !== one.id) : [...given, one.id] });
  };
  const given = store.tasks.get(id)[member] ?? [];
  const items = all.map((one) => ({ ...look(one), checked: given.includes(one.id), stays: true, run: () => toggle(one) }));
  openMenu(button, items.length ? items : [{ title: t("There are none; the board menu makes them.") }], { label });
}

function openPriorities({ store, id, change }, button) {
  const current = store.tasks.get(id).priority;
  openMenu(button, PRIORITIES.map((priority) => ({ text: t(`${priority} priority`), checked: priority === current, run: () => change({ priority }) })), { label: t("Priority") });
}

function openDay({ store, id, change }, button, member) {
  const current = store.tasks.get(id)[member];
  const field = h("input.input", { type: "date", "aria-label": t("Day"), value: current ?? "" });
  const set = (value) => {
    panel.hidePopover();
    if (value !== current) change({ [member]: value });
  };
  const form = h("form", {}, field, h("button.primary", { type: "submit" }, t("Set the day")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    set(field.value || null);
  });
  const days = [[t("Today"), inDays(0)], [t("Tomorrow"), inDays(1)], [t("In a week"), inDays(7)]];
  const choices = days.map(([text, day]) => h("button.item", { type: "button", onclick: () => set(day) }, text, h("span.faint", {}, longDay(day))));
  const none = current && h("button.item", { type: "button", onclick: () => set(null) }, t("No date"));
  const panel = openPanel(button, h("div", {}, form, choices, none), { label: member === "due_on" ? t("Due") : t("Start") });
}
