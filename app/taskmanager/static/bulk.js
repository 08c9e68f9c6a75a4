/** What can be done with several chosen tasks at once. */

import { send } from "./api.js";
import { reload } from "./actions.js";
import { inDays } from "./dates.js";
import { face, h, labelMark, tool } from "./dom.js";
import { openMenu } from "./menus.js";
import { toast } from "./notices.js";
import { t } from "./texts.js";

/** Make the bar that shows while tasks are chosen; `redraw` is called when the choice changes. */
export function bulkBar(store, chosen, redraw) {
  const bar = h("div.bulk", { role: "toolbar", "aria-label": t("Change the chosen tasks"), hidden: true });
  const change = (changes) => apply(store, chosen, changes, redraw);
  const count = h("span");
  const button = (text, items) => h("button.plain", { type: "button", "aria-haspopup": "menu", onclick: (event) => openMenu(event.currentTarget, items(), { label: text }) }, text);
  bar.append(
    count,
    button(t("Move"), () => store.columns.map((column) => ({ text: column.name, run: () => change({ column_id: column.id }) }))),
    button(t("Due"), () => dueItems(change)),
    button(t("Priority"), () => ["high", "normal", "low", "none"].map((priority) => ({ text: t(`${priority} priority`), run: () => change({ priority }) }))),
  );
  bar.append(
    button(t("Label"), () => [...store.labels.values()].map((label) => ({ text: "", mark: labelMark(label), run: () => change({ add_labels: [label.id] }) }))),
    button(t("Assign"), () => [...store.members.values()].map((person) => ({ text: person.name, mark: face(person, { alone: false }), run: () => change({ add_assignees: [person.id] }) }))),
    h("button.plain", { type: "button", onclick: () => change({ archived: true }) }, t("Archive")),
  );
  bar.append(tool("close", t("Choose none"), { onclick: () => (chosen.clear(), redraw()) }));
  bar.draw = () => {
    bar.hidden = chosen.size === 0;
    count.textContent = t("{n} chosen", { n: chosen.size });
  };
  return bar;
}

function dueItems(change) {
  const days = [[t("Today"), 0], [t("Tomorrow"), 1], [t("In a week"), 7]];
  return [...days.map(([text, away]) => ({ text, run: () => change({ due_on: inDays(away) }) })), { text: t("No date"), run: () => change({ due_on: null }) }];
}

async function apply(store, chosen, changes, redraw) {
  const ids = [...chosen];
  try {
    await send("POST", "/tasks/bulk", { body: { ids, changes } });
    toast(t("{n} tasks changed", { n: ids.length }));
  } catch (problem) {
    toast(problem.message);
  }
  chosen.clear();
  await reload(store);
  redraw();
}
