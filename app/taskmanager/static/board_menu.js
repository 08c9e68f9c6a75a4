/** The board's own menu: labels, archive, export and import, name, and the keys. */

import { reload } from "./actions.js";
import { send } from "./api.js";
import { addColumn } from "./columns.js";
import { h, labelMark, refill, tool } from "./dom.js";
import { openMenu } from "./menus.js";
import { toast } from "./notices.js";
import { openSheet } from "./sheets.js";
import { showShortcuts } from "./shortcuts.js";
import { t } from "./texts.js";

const COLORS = ["blue", "amber", "red", "violet", "teal", "gray"];

/** Make the button open the menu. */
export function install(store, openTask) {
  document.querySelector(".board-menu").addEventListener("click", (event) => open(store, event.currentTarget, openTask));
}

function open(store, anchor, openTask) {
  const edits = store.canEdit;
  openMenu(anchor, [
    edits && { text: t("Rename the board"), run: () => rename(store) },
    edits && { text: t("Add a column"), icon: "plus", run: () => addColumn(store, anchor) },
    edits && { text: t("Labels"), run: () => editLabels(store) },
    { text: t("Archived tasks"), run: () => showArchive(store, openTask) },
    "-",
    { text: t("Export as JSON"), href: `/api/v1/boards/${store.id}/export?format=json`, download: `${store.board.name}.json` },
    { text: t("Export as CSV"), href: `/api/v1/boards/${store.id}/export?format=csv`, download: `${store.board.name}.csv` },
    "-",
    { text: t("People of the workspace"), href: `/workspaces/${store.board.workspace_id}` },
    { text: t("All boards"), href: "/boards" },
    "-",
    { text: t("Keyboard shortcuts"), run: showShortcuts },
  ], { label: t("Board menu") });
}

function rename(store) {
  const field = h("input.input", { maxlength: 100, required: true, "aria-label": t("Name of the board"), value: store.board.name });
  const form = h("form.inline-form", {}, field, h("button.primary", { type: "submit" }, t("Save")));
  const sheet = openSheet(t("Rename the board"), form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    sheet.close();
    await ask(store, "PATCH", `/boards/${store.id}`, { body: { name: field.value.trim() } });
    document.querySelector(".top h1").textContent = store.board.name;
  });
  field.select();
}

function editLabels(store) {
  const rows = h("ul.rows");
  const draw = () => refill(rows, [...store.labels.values()].map((label) => labelRow(store, label, draw)));
  const name = h("input.input", { maxlength: 50, required: true, placeholder: t("New label"), "aria-label": t("Name of the new label") });
  const color = colorSelect("blue");
  const form = h("form.inline-form", {}, name, color, h("button.primary", { type: "submit" }, t("Add")));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = { name: name.value.trim(), color: color.value };
    if (await ask(store, "POST", `/boards/${store.id}/labels`, { body })) name.value = "";
    draw();
    name.focus();
  });
  draw();
  openSheet(t("Labels"), rows, form);
}

function labelRow(store, label, draw) {
  const change = async (body) => {
    await ask(store, "PATCH", `/labels/${label.id}`, { body, version: label.version });
    draw();
  };
  const name = h("input.input", { maxlength: 50, "aria-label": t("Name of the label {name}", { name: label.name }), value: label.name, onchange: () => name.value.trim() && change({ name: name.value.trim() }) });
  const color = colorSelect(label.color);
  color.addEventListener("change", () => change({ color: color.value }));
  const remove = tool("close", t("Delete the label {name}", { name: label.name }), { onclick: async () => {
    await ask(store, "DELETE", `/labels/${label.id}`, { version: label.version });
    draw();
  } });
  return h("li", {}, h("span.swatch", { "data-color": label.color }), name, color, remove);
}

function colorSelect(chosen) {
  const select = h("select.input", { "aria-label": t("Colour") }, COLORS.map((color) => h("option", { value: color }, t(color))));
  select.value = chosen;
  return select;
}

async function showArchive(store, openTask) {
  const rows = h("ul.rows", {}, h("li", {}, t("Loading…")));
  const sheet = openSheet(t("Archived tasks"), rows);
  try {
    const { tasks } = await send("GET", `/tasks?board_id=${store.id}&archived=true&limit=100`);
    rows.replaceChildren(...tasks.map((task) => archivedRow(store, task, sheet, openTask)));
    if (!tasks.length) rows.replaceChildren(h("li.faint", {}, t("Nothing is archived.")));
  } catch (problem) {
    rows.replaceChildren(h("li", {}, problem.message));
  }
}

function archivedRow(store, task, sheet, openTask) {
  const restore = h("button.plain", { type: "button", onclick: async () => {
    if (!(await ask(store, "PATCH", `/tasks/${task.id}`, { body: { archived: false }, version: task.version }))) return;
    sheet.close();
    openTask(task.id);
  } }, t("Bring back"));
  const labels = (task.labels ?? []).map((id) => store.labels.get(id)).filter(Boolean);
  return h("li", {}, h("span", {}, labels.slice(0, 1).map(labelMark)), h("span", {}, task.title), restore);
}

async function ask(store, method, path, options) {
  try {
    await send(method, path, options);
    return true;
  } catch (problem) {
    toast(problem.message);
    return false;
  } finally {
    await reload(store);
  }
}
