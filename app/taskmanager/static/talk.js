/** Comments and activity of a task, on two tabs. */

import { describeTime } from "./dates.js";
import { face, h } from "./dom.js";
import { told } from "./activity.js";
import { suggest } from "./mentions.js";
import { editor, setProse } from "./task_text.js";
import { t } from "./texts.js";

const TEXT_MAX = 10_000;

/** Make the tabs. */
export function talkOf(context) {
  const { store, canEdit } = context;
  const count = h("span");
  const comments = h("ul.talk");
  const past = h("ul.past", { hidden: true });
  const say = canEdit && sayField(context);
  const talk = h("div", { role: "tabpanel", "aria-label": t("Comments") }, comments, say);
  const activity = h("div", { role: "tabpanel", "aria-label": t("Activity"), hidden: true }, past);
  past.hidden = false;
  const tabs = [[h("button", { type: "button", role: "tab", "aria-selected": "true" }, t("Comments"), " ", count), talk], [h("button", { type: "button", role: "tab", "aria-selected": "false", tabindex: -1 }, t("Activity")), activity]];
  const choose = (index) => tabs.forEach(([tab, panel], each) => {
    tab.setAttribute("aria-selected", String(each === index));
    tab.tabIndex = each === index ? 0 : -1;
    panel.hidden = each !== index;
  });
  tabs.forEach(([tab], index) => {
    tab.addEventListener("click", () => choose(index));
    tab.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
      event.preventDefault();
      choose(1 - index);
      tabs[1 - index][0].focus();
    });
  });
  const element = h("section", {}, h("div.tabs", { role: "tablist" }, tabs.map(([tab]) => tab)), talk, activity);
  const draw = (task, detail) => {
    const said = detail?.comments ?? [];
    count.textContent = said.length || "";
    if (!comments.querySelector("textarea")) comments.replaceChildren(...said.map((comment) => commentOf(context, comment)));
    past.replaceChildren(...(detail?.activity ?? []).map((entry) => told(store, entry)));
  };
  return { element, draw };
}

function sayField({ store, id, ask }) {
  const field = h("textarea.edit", { rows: 1, maxlength: TEXT_MAX, placeholder: t("Write a comment…"), "aria-label": t("Write a comment…") });
  suggest(field, () => [...store.members.values()]);
  const send = async () => {
    const body = field.value.trim();
    if (!body) return;
    field.value = "";
    if (!(await ask("POST", `/tasks/${id}/comments`, { body: { body } })) && !field.value) field.value = body;
  };
  field.addEventListener("keydown", (event) => {
    if (event.defaultPrevented) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send();
    if (event.key !== "Escape") return;
    event.preventDefault();
    field.blur();
  });
  const hint = h("span.edit-foot", { "aria-hidden": "true" }, t("Ctrl Enter sends"));
  return h("div.say", {}, field, hint, h("button.plain.send-comment", { type: "button", onclick: send }, t("Send")));
}

function commentOf(context, comment) {
  const author = { id: comment.user_id ?? "0", name: comment.user_name ?? t("Somebody") };
  const { text, exact } = describeTime(comment.created_at);
  const body = h("div.prose", {});
  setProse(body, comment.body_html);
  const mine = author.id === context.store.me;
  const row = h("li", {}, face(author, { alone: false }), h("div", {},
    h("p.said", {}, h("strong", {}, author.name), h("time", { datetime: comment.created_at, title: exact }, text), mine && toolsOf(context, comment, () => edit(context, comment, body))),
    body));
  return row;
}

function toolsOf({ ask }, comment, change) {
  return h("span.tools", {},
    h("button.link", { type: "button", onclick: change }, t("Edit")),
    h("button.link", { type: "button", onclick: () => ask("DELETE", `/comments/${comment.id}`) }, t("Delete")));
}

function edit({ ask }, comment, body) {
  const form = editor(comment.body, async (text) => {
    form.replaceWith(body);
    if (text !== null && text.trim() && text !== comment.body) await ask("PATCH", `/comments/${comment.id}`, { body: { body: text }, version: comment.version });
  }, { max: TEXT_MAX, label: t("Comment") });
  body.replaceWith(form);
  form.querySelector("textarea").focus();
}
