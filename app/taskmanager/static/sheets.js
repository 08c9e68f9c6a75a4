/** Dialogs with a heading and a button that closes them. */

import { h } from "./dom.js";
import { t } from "./texts.js";

/** Show a dialog with a heading, its content and a button that closes it. */
export function openSheet(title, ...content) {
  const sheet = h("dialog", { "aria-label": title }, h("h2", {}, title), content,
    h("form.foot", { method: "dialog" }, h("button.plain", { type: "submit" }, t("Close"))));
  sheet.addEventListener("close", () => sheet.remove());
  document.body.append(sheet);
  sheet.showModal();
  return sheet;
}
