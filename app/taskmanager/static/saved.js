/** Filters that were saved under a name, and the search that goes beyond this board. */

import { send } from "./api.js";
import { plainDay } from "./dates.js";
import { h } from "./dom.js";
import { openPanel } from "./menus.js";
import { toast } from "./notices.js";
import { openSheet } from "./sheets.js";
import { t } from "./texts.js";

let saved = null;

/** Fetch the person's filters when they are first asked for. */
export async function ready() {
  if (!saved) await load();
}

async function load() {
  saved = (await send("GET", "/filters").catch(() => ({ filters: [] }))).filters;
}

/** Return the saved filters of this board as items of a menu. */
export function savedItems(filters) {
  const here = saved.filter(({ query }) => !query.board_id || query.board_id === filters.store.id);
  if (!here.length) return [];
  return [
    { title: t("Saved") },
    ...here.map((filter) => ({ text: filter.name, run: () => apply(filters, filter.query) })),
    { text: t("Delete a saved filter"), run: () => editSaved() },
  ];
}

function apply(filters, query) {
  filters.clear();
  document.getElementById("search").value = query.q ?? "";
  filters.set({
    text: query.q ?? "",
    people: new Set([query.assignee_id].filter(Boolean)),
    labels: new Set([query.label_id].filter(Boolean)),
    high: query.priority === "high",
  });
}

/** Ask for a name and save what is filtered for. */
export function saveFilter(filters, anchor) {
  const field = h("input.input", { maxlength: 100, required: true, "aria-label": t("Name of the filter"), placeholder: t("Name of the filter") });
  const form = h("form", {}, field, h("button.primary", { type: "submit" }, t("Save")));
  const panel = openPanel(anchor, form, { label: t("Save this filter") });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    panel.hidePopover();
    try {
      await send("POST", "/filters", { body: { name: field.value.trim(), query: queryOf(filters) } });
      toast(t("The filter is saved."));
    } catch (problem) {
      toast(problem.message);
    }
    await load();
  });
}

/** A saved filter has one person and one label, and no day: a day is another one tomorrow. */
function queryOf(filters) {
  const [person] = filters.people;
  const [label] = filters.labels;
  const query = { board_id: filters.store.id, q: filters.text.trim(), assignee_id: person, label_id: label, priority: filters.high ? "high" : "" };
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value));
}

function editSaved() {
  const rows = h("ul.rows");
  const draw = () => rows.replaceChildren(...saved.map((filter) => {
    const remove = h("button.plain", { type: "button", onclick: async () => {
      await send("DELETE", `/filters/${filter.id}`).catch((problem) => toast(problem.message));
      await load();
      draw();
    } }, t("Delete"), h("span.away", {}, filter.name));
    return h("li", {}, h("span"), h("span", {}, filter.name), remove);
  }));
  draw();
  openSheet(t("Saved filters"), rows);
}

/** Search the tasks of all boards. */
export async function searchEverywhere(text) {
  const rows = h("ul.rows", {}, h("li", {}, t("Loading…")));
  openSheet(t("“{text}” on all boards", { text }), rows);
  try {
    const { tasks } = await send("GET", `/tasks?${new URLSearchParams({ q: text, archived: "any", limit: 50 })}`);
    rows.replaceChildren(...tasks.map((task) => h("li", {}, h("span"), h("a", { href: `/tasks/${task.id}` }, task.title), task.due_on && h("span.faint", {}, plainDay(task.due_on)))));
    if (!tasks.length) rows.replaceChildren(h("li", {}, t("No task anywhere holds these words.")));
  } catch (problem) {
    rows.replaceChildren(h("li", {}, problem.message));
  }
}
