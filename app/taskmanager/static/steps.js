/** The checklist of a task: ticked, renamed, removed and added in place. */

import { h, icon, tool } from "./dom.js";
import { t } from "./texts.js";

const TITLE_MAX = 200;

/** Make the checklist. */
export function stepsOf(context) {
  const { id, canEdit } = context;
  const count = h("span");
  const bar = h("progress", { max: 1, value: 0, "aria-label": t("Steps done") });
  const list = h("ul.checklist");
  const field = h("input", { type: "text", maxlength: TITLE_MAX, placeholder: t("Add a step"), "aria-label": t("Add a step") });
  const fresh = h("div.new", {}, icon("plus"), field);
  const element = h("section", {}, h("h3", {}, t("Checklist"), count), bar, list, canEdit && h("div.checklist", {}, h("li", { role: "presentation" }, fresh)));
  fresh.replaceWith(icon("plus"), field);
  field.addEventListener("keydown", async (event) => {
    if (event.key !== "Enter" || !field.value.trim()) return;
    event.preventDefault();
    const title = field.value.trim();
    field.value = "";
    if (!(await context.ask("POST", `/tasks/${id}/checklist`, { body: { title } }))) field.value = title;
    field.focus();
  });
  const draw = (task, detail) => {
    const items = detail?.checklist ?? [];
    const done = items.filter((item) => item.done).length;
    count.textContent = items.length ? `${done}/${items.length}` : "";
    bar.hidden = items.length === 0;
    bar.max = items.length || 1;
    bar.value = done;
    if (!list.contains(document.activeElement) || document.activeElement.matches("[type=checkbox]")) fill(context, list, items);
  };
  return { element, draw };
}

function fill(context, list, items) {
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  list.replaceChildren(...items.map((item) => rowOf(context, item)));
  if (focused) list.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

function rowOf({ canEdit, ask }, item) {
  const path = `/checklist/${item.id}`;
  const tick = h("input.tickbox", { type: "checkbox", "aria-label": item.title, "data-key": item.id, disabled: !canEdit });
  tick.checked = item.done;
  const row = h("li", {}, tick);
  row.classList.toggle("ticked", item.done);
  tick.addEventListener("change", () => {
    row.classList.toggle("ticked", tick.checked);
    ask("PATCH", path, { body: { done: tick.checked } });
  });
  const field = h("input", { type: "text", maxlength: TITLE_MAX, "aria-label": t("Text of the step"), value: item.title, readonly: !canEdit });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") field.value = item.title;
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    field.blur();
  });
  field.addEventListener("blur", () => {
    const title = field.value.trim();
    if (title && title !== item.title) ask("PATCH", path, { body: { title } });
  });
  const remove = canEdit && tool("close", t("Remove the step {title}", { title: item.title }), { onclick: () => ask("DELETE", path) });
  row.append(field, ...(remove ? [remove] : []));
  return row;
}
