/** The field at the foot or the head of a column, or in a day: Enter adds and stays, Esc closes. */

import { addTask } from "./actions.js";
import { cardOf } from "./cards.js";
import { describeDay } from "./dates.js";
import { face, h, labelMark } from "./dom.js";
import { announce, toast } from "./notices.js";
import { t } from "./texts.js";
import { readLine } from "./words.js";

/** Make the buttons that add tasks work. */
export function install(store) {
  document.querySelector(".columns").addEventListener("click", (event) => {
    const section = event.target.closest(".column");
    if (event.target.closest(".add-task")) open(store, section);
    if (event.target.closest(".add-first")) open(store, section, { first: true });
  });
}

/** Open the field of a column, at its foot or its head. */
export function open(store, section, { first = false } = {}) {
  const column = store.column(section.dataset.columnId);
  const place = () => ({ column_id: column.id, ...beforeFirst(store, column, first) });
  const form = fieldFor(store, { label: t("Title of the new task in {column}", { column: column.name }), place });
  for (const old of section.querySelectorAll(".quick-add")) old.close(false);
  const button = section.querySelector(".add-task");
  if (first) section.querySelector(".cards").before(form);
  else button.before(form);
  form.whenClosed = (focus) => {
    if (focus) (first ? section.querySelector(".add-first") : button).focus();
  };
  form.elements.title.focus();
  form.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function beforeFirst(store, column, first) {
  const id = first && store.tasksIn(column.id)[0]?.id;
  return id ? { before_id: id } : {};
}

/**
 * Make the field that adds tasks.
 * @param {{label: string, place: function(): object}} options `place` returns what every task added here gets
 */
export function fieldFor(store, { label, place }) {
  const marks = h("p.marks", { "aria-live": "polite" });
  const field = h("textarea", { name: "title", rows: 1, maxlength: 400, placeholder: t("What is to be done?"), "aria-label": label, autocomplete: "off" });
  const form = h("form.quick-add", {}, field, marks, h("p", {}, t("Enter adds and stays · Esc closes")));
  const known = () => ({ labels: store.labels.values(), members: store.members.values() });
  let closed = false;
  form.close = (focus) => {
    // Removing the field takes its focus, which would close it again.
    if (closed) return;
    closed = true;
    const { whenClosed } = form;
    form.whenClosed = null;
    form.remove();
    whenClosed?.(focus);
  };
  field.addEventListener("input", () => showMarks(store, marks, readLine(field.value, known())));
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) submit(event, store, form, { ...place(), ...readLine(field.value, known()) });
    if (event.key !== "Escape") return;
    event.stopPropagation();
    form.close(true);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("focusout", (event) => {
    if (!form.contains(event.relatedTarget) && !field.value.trim()) form.close(false);
  });
  return form;
}

function showMarks(store, marks, { labels = [], assignees = [], due_on: due, priority }) {
  const day = due && describeDay(due);
  marks.replaceChildren(
    ...labels.map((id) => labelMark(store.labels.get(id))),
    ...assignees.map((id) => face(store.members.get(id))),
    ...(day ? [h("span", { title: day.exact }, day.text)] : []),
    ...(priority ? [h("span", {}, t(`${priority} priority`))] : []),
  );
}

async function submit(event, store, form, values) {
  event.preventDefault();
  const field = form.elements.title;
  const line = field.value;
  if (!values.title) return;
  field.value = "";
  form.querySelector(".marks").replaceChildren();
  const task = await addTask(store, values);
  if (task) {
    announce(t("Added {title}", { title: task.title }));
    cardOf(task.id)?.scrollIntoView({ block: "nearest" });
    if (cardOf(task.id)?.classList.contains("filtered")) toast(t("“{title}” is added, but hidden by the filter.", { title: task.title }));
  } else if (!field.value) {
    field.value = line;
  }
}
