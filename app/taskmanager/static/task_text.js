/** The title and the description of a task: read as text, edited where they stand. */

import { h } from "./dom.js";
import { t } from "./texts.js";

const TITLE_MAX = 200;
const TEXT_MAX = 20_000;

/** Make the title, a field that looks like a heading. */
export function titleOf({ store, id, canEdit, change }) {
  const field = h("textarea.title", { rows: 1, maxlength: TITLE_MAX, "aria-label": t("Title"), readonly: !canEdit });
  const save = async () => {
    const title = field.value.replace(/\s+/g, " ").trim();
    const known = store.tasks.get(id)?.title;
    if (title && title !== known) await change({ title });
    field.value = store.tasks.get(id)?.title ?? known;
  };
  field.addEventListener("blur", save);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      field.value = store.tasks.get(id).title;
      event.preventDefault();
    }
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    field.blur();
  });
  const draw = (task) => {
    if (document.activeElement !== field) field.value = task.title;
  };
  return { element: h("h2", {}, field), draw };
}

/** Make the description: rendered until it is clicked, then a field. */
export function textOf({ canEdit, change, detail, store, id }) {
  const element = h("div.description");
  let editing = false;
  const stop = () => {
    editing = false;
    draw(store.tasks.get(id), detail());
  };
  const draw = (task, whole) => {
    if (editing || !task) return;
    element.replaceChildren(readable(whole ?? task, canEdit && edit));
  };
  const edit = () => {
    editing = true;
    element.replaceChildren(editor(detail()?.description ?? store.tasks.get(id).description ?? "", async (text) => {
      if (text !== null) await change({ description: text });
      stop();
      element.querySelector(".text")?.focus();
    }));
    element.querySelector("textarea").focus();
  };
  return { element, draw };
}

/** Set HTML that the server made from Markdown and cleaned; the page's policy lets no script of it run. */
export function setProse(element, html) {
  if (element.setHTML) element.setHTML(html);
  else element.innerHTML = html;
}

function readable({ description = "", description_html: html }, edit) {
  const text = h(`div.text${html ? ".prose" : ".raw"}${description ? "" : ".unset"}`);
  if (description && html) setProse(text, html);
  else text.textContent = description || (edit ? t("Add what others need to know") : t("No description"));
  if (!edit) return text;
  // A link inside stays a link; the rest of the text is the way to edit it.
  text.addEventListener("click", (event) => !event.target.closest("a") && !getSelection().toString() && edit());
  if (html && description) {
    return h("section", {}, text, h("button.link.edit-text", { type: "button", onclick: edit }, t("Edit the description")));
  }
  Object.assign(text, { tabIndex: 0, role: "button" });
  text.setAttribute("role", "button");
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    edit();
  });
  return text;
}

/** Make a field with its buttons; `end` gets the text, or null when nothing shall change. */
export function editor(text, end, { max = TEXT_MAX, label = t("Description") } = {}) {
  const field = h("textarea.edit", { rows: 5, maxlength: max, "aria-label": label, value: text });
  const save = () => end(field.value);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) save();
    if (event.key !== "Escape") return;
    event.preventDefault();
    end(null);
  });
  return h("section", {}, field, h("div.edit-foot", {},
    h("button.primary", { type: "button", onclick: save }, t("Save")),
    h("button.plain", { type: "button", onclick: () => end(null) }, t("Cancel")),
    h("span.hint-keys", {}, t("Markdown · Ctrl Enter saves"))));
}
