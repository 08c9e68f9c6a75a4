/** Reads a line such as "Call the printer tomorrow #ops @anna !high": what is title, and what is set with it. */

import { inDays, isoOf } from "./dates.js";
import { LANGUAGE, t } from "./texts.js";

const ISO_DAY = /^\d{4}-\d{2}-\d{2}$/;

/**
 * Return the title and the members that a line names.
 * @param {string} line what somebody typed
 * @param {{labels: Iterable, members: Iterable}} known what #words and @names may stand for; other words stay in the title
 */
export function readLine(line, { labels, members }) {
  const values = { labels: [], assignees: [] };
  const left = [];
  const [allLabels, allMembers] = [[...labels], [...members]];
  for (const word of line.trim().split(/\s+/)) {
    if (!takeMark(word, values, allLabels, allMembers)) left.push(word);
  }
  // A day counts where it stands last: "Plan Monday's talk" is a title.
  const day = left.length > 1 && dayCalled(left.at(-1));
  if (day) left.pop();
  const title = left.join(" ");
  if (!title) return { title: line.trim() };
  const found = { title };
  if (values.labels.length) found.labels = values.labels;
  if (values.assignees.length) found.assignees = values.assignees;
  if (values.priority) found.priority = values.priority;
  if (day) found.due_on = day;
  return found;
}

function takeMark(word, values, labels, members) {
  const name = fold(word.slice(1));
  if (word.length < 2) return false;
  if (word[0] === "!") return takePriority(name, values);
  const [list, among] = word[0] === "#" ? [values.labels, labels] : word[0] === "@" ? [values.assignees, members] : [null, []];
  const found = among.find((one) => fold(one.name) === name) ?? among.find((one) => fold(one.name).startsWith(name));
  if (!found) return false;
  if (!list.includes(found.id)) list.push(found.id);
  return true;
}

function takePriority(name, values) {
  const found = ["high", "normal", "low"].find((priority) => name === priority || name === fold(t(priority)));
  if (found) values.priority = found;
  return Boolean(found);
}

function dayCalled(word) {
  const name = fold(word);
  if (ISO_DAY.test(word) && !Number.isNaN(Date.parse(word))) return word;
  if (name === fold(t("today"))) return inDays(0);
  if (name === fold(t("tomorrow"))) return inDays(1);
  for (let away = 1; away <= 7; away += 1) {
    const [year, month, day] = inDays(away).split("-").map(Number);
    const date = new Date(year, month - 1, day);
    const names = ["long", "short"].map((weekday) => fold(new Intl.DateTimeFormat(LANGUAGE ?? "en", { weekday }).format(date)));
    if (names.includes(name)) return isoOf(date);
  }
  return null;
}

function fold(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase().replaceAll(" ", "");
}
