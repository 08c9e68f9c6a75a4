/** What happened to a task, as sentences. */

import { describeTime, plainDay } from "./dates.js";
import { h } from "./dom.js";
import { t } from "./texts.js";

/** Make the line that tells of one thing that happened. */
export function told(store, entry) {
  const { text, exact } = describeTime(entry.created_at);
  const name = entry.user?.name ?? store.members.get(entry.user_id)?.name ?? t("Somebody");
  return h("li", {}, h("span", {}, h("strong", {}, name), " ", sentence(store, entry)), h("time", { datetime: entry.created_at, title: exact }, text));
}

function sentence(store, { kind, detail = {} }) {
  const what = kind.replace(/^task\./, "");
  const column = store.column(detail.column_id ?? detail.to ?? detail.after?.column_id)?.name;
  const day = detail.due_on && plainDay(detail.due_on);
  const texts = {
    created: t("made this task"),
    moved: column ? t("moved it to {column}", { column }) : t("moved it"),
    updated: day ? t("set it due {day}", { day }) : t("changed it"),
    completed: t("marked it done"),
    reopened: t("opened it again"),
    archived: t("archived it"),
    restored: t("brought it back"),
    commented: t("commented"),
    "comment.created": t("commented"),
    "attachment.created": t("added a file"),
  };
  return texts[what] ?? t("changed it");
}
