/** What happened to a task, as sentences. */

import { describeTime, plainDay } from "./dates.js";
import { h } from "./dom.js";
import { t } from "./texts.js";

/** Make the line that tells of one thing that happened. */
export function told(store, entry) {
  const { text, exact } = describeTime(entry.created_at);
  const name = entry.user_name ?? t("Somebody");
  return h("li", {}, h("span", {}, h("strong", {}, name), " ", sentence(store, entry)), h("time", { datetime: entry.created_at, title: exact }, text));
}

function sentence(store, { kind, detail }) {
  const { after = {} } = detail;
  const column = store.column(after.column_id)?.name;
  const texts = {
    "task.created": () => t("made this task"),
    "task.moved": () => (column ? t("moved it to {column}", { column }) : t("moved it")),
    "task.archived": () => t("archived it"),
    "task.restored": () => t("brought it back"),
    "task.undone": () => t("undid a change"),
    "comment.created": () => t("commented"),
    "comment.updated": () => t("changed a comment"),
    "comment.deleted": () => t("deleted a comment"),
    "attachment.created": () => t("added a file"),
    "attachment.deleted": () => t("removed a file"),
    "task.updated": () => changed(after),
  };
  const what = detail.what ?? kind;
  return (texts[what] ?? (what.startsWith("checklist") ? () => t("changed the checklist") : () => t("changed it")))();
}

function changed(after) {
  if (after.completed !== undefined) return after.completed ? t("marked it done") : t("opened it again");
  if (after.title) return t("named it “{title}”", { title: after.title });
  if (after.due_on) return t("set it due {day}", { day: plainDay(after.due_on) });
  if (after.due_on === null) return t("took its date away");
  if (after.priority) return t("set its priority to {priority}", { priority: t(`${after.priority} priority`) });
  if (after.description !== undefined) return t("changed the description");
  if (after.assignees) return t("changed who does it");
  return after.labels ? t("changed its labels") : t("changed it");
}
