/** The sheet that lists the keys. */

import { h } from "./dom.js";
import { t } from "./texts.js";

/** Show the keys. */
export function showShortcuts() {
  const keys = [
    ["← ↑ → ↓", t("move between cards and columns")],
    ["Enter", t("open the task")],
    [t("Space"), t("lift the card; arrows carry it, Space drops it")],
    ["Esc", t("put it back, or close")],
    ["n", t("add a task to this column")],
    ["x", t("mark it done, or not done")],
    ["a", t("archive it")],
    ["z", t("undo")],
    ["/", t("search")],
    ["m", t("show my tasks only")],
    ["1 2 3", t("board, list, calendar")],
    ["?", t("this list")],
  ];
  const close = h("button.primary", { type: "submit" }, t("Close"));
  const rows = keys.map(([key, what]) => h("div", {}, h("dt", {}, key.split(" ").map((one) => [h("kbd", {}, one), " "])), h("dd", {}, what)));
  const sheet = h("dialog.shortcuts", { "aria-labelledby": "keys-title" },
    h("h2", { id: "keys-title" }, t("Keyboard shortcuts")), h("dl", {}, rows), h("form.foot", { method: "dialog" }, close));
  sheet.addEventListener("close", () => sheet.remove());
  document.body.append(sheet);
  sheet.showModal();
}
