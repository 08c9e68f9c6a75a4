/** The attachments of a task: chosen, dropped on the drawer or pasted; listed with their size. */

import { h, tool } from "./dom.js";
import { toast } from "./notices.js";
import { LANGUAGE, t } from "./texts.js";

const MOST_BYTES = 10_485_760;
const UNITS = ["byte", "kilobyte", "megabyte"];

/** Make the list of attachments. */
export function filesOf(context) {
  const { canEdit } = context;
  const list = h("ul.files");
  const field = h("input", { type: "file", multiple: true, hidden: true, "aria-label": t("Choose files") });
  field.addEventListener("change", () => upload(context, field.files).then(() => (field.value = "")));
  const add = canEdit && h("button.link", { type: "button", onclick: () => field.click() }, t("Add a file"));
  const element = h("section", {}, h("h3", {}, t("Attachments"), add), list, canEdit && field);
  if (canEdit) receive(context);
  const draw = (task, detail) => {
    list.replaceChildren(...(detail?.attachments ?? []).map((file) => rowOf(context, file)));
  };
  return { element, draw };
}

function rowOf({ canEdit, ask }, file) {
  const path = `/attachments/${file.id}`;
  const { name } = file;
  const remove = canEdit && tool("close", t("Remove the file {name}", { name }), { onclick: () => ask("DELETE", path) });
  return h("li", {}, h("a", { href: `/api/v1${path}`, target: "_blank", rel: "noopener" }, name), h("span.faint", {}, sizeText(file.size)), remove);
}

function sizeText(bytes) {
  const power = bytes < 1000 ? 0 : bytes < 1_000_000 ? 1 : 2;
  const format = new Intl.NumberFormat(LANGUAGE, { style: "unit", unit: UNITS[power], maximumFractionDigits: power === 2 ? 1 : 0 });
  return format.format(bytes / 1000 ** power);
}

async function upload({ id, ask }, files) {
  for (const file of files) {
    if (file.size > MOST_BYTES) {
      toast(t("{name} has {size}; at most {most} are taken.", { name: file.name, size: sizeText(file.size), most: sizeText(MOST_BYTES) }));
      continue;
    }
    const body = new FormData();
    body.append("file", file, file.name);
    await ask("POST", `/tasks/${id}/attachments`, { body });
  }
}

/** Take files that are dropped on the drawer or pasted into it, for as long as this task is open. */
function receive(context) {
  const drawer = document.querySelector(".drawer");
  const holds = (event) => event.dataTransfer?.types.includes("Files");
  drawer.ondragover = (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    drawer.classList.add("receiving");
  };
  drawer.ondragleave = (event) => !drawer.contains(event.relatedTarget) && drawer.classList.remove("receiving");
  drawer.ondrop = (event) => {
    drawer.classList.remove("receiving");
    if (!holds(event)) return;
    event.preventDefault();
    upload(context, [...event.dataTransfer.files]);
  };
  drawer.onpaste = (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length) upload(context, files);
  };
}
