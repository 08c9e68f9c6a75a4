/** Columns: their menu, renaming in place, the limit, adding, moving and removing one. */

import { reload } from "./actions.js";
import { send } from "./api.js";
import { h } from "./dom.js";
import { confirm, openMenu, openPanel } from "./menus.js";
import { toast } from "./notices.js";
import { open as openQuickAdd } from "./quick_add.js";
import { t } from "./texts.js";

const LIMIT_MAX = 999;

/** Make the columns' menus work, and their names editable. */
export function install(store) {
  const board = document.querySelector(".columns");
  board.addEventListener("click", (event) => {
    const button = event.target.closest(".column-menu");
    if (button) openColumnMenu(store, button);
  });
  board.addEventListener("dblclick", (event) => {
    const section = event.target.closest("h2")?.closest(".column");
    if (section && store.canEdit) rename(store, section);
  });
}

function openColumnMenu(store, button) {
  const section = button.closest(".column");
  const index = store.columns.findIndex((column) => column.id === section.dataset.columnId);
  const column = store.columns[index];
  const more = [
    { text: t("Rename"), run: () => rename(store, section) },
    { text: column.wip_limit ? t("Limit: {n}", { n: column.wip_limit }) : t("Set a limit"), run: () => editLimit(store, column, button) },
    { text: t("Tasks here are done"), checked: column.is_done, run: () => change(store, column, { is_done: !column.is_done }) },
    "-",
    index > 0 && { text: t("Move left"), icon: "left", run: () => change(store, column, { before_id: store.columns[index - 1].id }) },
    index < store.columns.length - 1 && { text: t("Move right"), icon: "right", run: () => change(store, column, { after_id: store.columns[index + 1].id }) },
    store.columns.length > 1 && { text: t("Delete the column"), risky: true, run: () => remove(store, column, button) },
  ];
  openMenu(button, [
    { text: t("Add a task at the top"), icon: "plus", run: () => openQuickAdd(store, section, { first: true }) },
    ...(store.canEdit ? more : []),
  ], { label: column.name });
}

function rename(store, section) {
  const column = store.column(section.dataset.columnId);
  const name = section.querySelector("h2");
  const field = h("input", { maxlength: 100, "aria-label": t("Name of the column"), value: column.name });
  let over = false;
  const end = (save) => {
    if (over) return;
    over = true;
    const text = field.value.trim();
    field.remove();
    name.hidden = false;
    if (save && text && text !== column.name) change(store, column, { name: text });
  };
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") end(true);
    if (event.key === "Escape") end(false);
    if (event.key === "Enter" || event.key === "Escape") section.querySelector(".column-menu").focus();
  });
  field.addEventListener("blur", () => end(true));
  name.hidden = true;
  name.before(field);
  field.select();
}

function editLimit(store, column, anchor) {
  const field = h("input.input", { type: "number", min: 1, max: LIMIT_MAX, "aria-label": t("Limit"), placeholder: t("No limit"), value: column.wip_limit ?? "" });
  const strict = h("input.tickbox", { type: "checkbox" });
  strict.checked = Boolean(column.wip_enforced);
  const form = h("form", {}, h("p.title", {}, t("At most so many tasks")), field,
    h("label.item", {}, strict, t("Refuse more")), h("button.primary", { type: "submit" }, t("Save")));
  const panel = openPanel(anchor, form, { label: t("Limit of {column}", { column: column.name }) });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    panel.hidePopover();
    change(store, column, { wip_limit: field.value ? Number(field.value) : null, wip_enforced: strict.checked });
  });
}

/** Ask for the name of a new column and add it at the end. */
export function addColumn(store, anchor) {
  const field = h("input.input", { maxlength: 100, "aria-label": t("Name of the new column"), placeholder: t("Name of the new column"), required: true });
  const form = h("form", {}, field, h("button.primary", { type: "submit" }, t("Add the column")));
  const panel = openPanel(anchor, form, { label: t("Add a column") });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    panel.hidePopover();
    await ask(store, "POST", `/boards/${store.id}/columns`, { body: { name: field.value.trim() } });
    document.querySelector(".columns").lastElementChild.scrollIntoView({ inline: "end" });
  });
}

function change(store, column, changes) {
  return ask(store, "PATCH", `/columns/${column.id}`, { body: changes, version: column.version });
}

async function remove(store, column, anchor) {
  const n = store.tasksIn(column.id).length;
  if (!n) {
    const question = t("Delete the column “{column}”?", { column: column.name });
    if (await confirm(question, { yes: t("Delete"), no: t("Keep it") })) await ask(store, "DELETE", `/columns/${column.id}`);
    return;
  }
  const others = store.columns.filter((one) => one.id !== column.id);
  openMenu(anchor, [
    { title: t("Delete it, and move its {n} tasks to", { n }) },
    ...others.map((one) => ({ text: one.name, run: () => ask(store, "DELETE", `/columns/${column.id}?move_to=${one.id}`) })),
  ], { label: t("Delete the column") });
}

async function ask(store, method, path, options) {
  try {
    await send(method, path, options);
  } catch (problem) {
    toast(problem.message);
  }
  await reload(store);
}
