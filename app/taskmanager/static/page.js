/** The pages around the boards: the theme, forms that talk to the API, and times as the browser tells them. */

import { send } from "./api.js";
import { describeTime, plainDay } from "./dates.js";
import { h } from "./dom.js";
import { toast } from "./notices.js";
import { t } from "./texts.js";
import * as theme from "./theme.js";

theme.install();
for (const form of document.querySelectorAll("form[data-api]")) form.addEventListener("submit", (event) => submit(event, form));
for (const field of document.querySelectorAll("select[data-api]")) field.addEventListener("change", () => change(field));
for (const field of document.querySelectorAll("input[data-import]")) field.addEventListener("change", () => importFile(field));
for (const time of document.querySelectorAll("time[datetime]")) tell(time);

/** Send a form to the API: its fields are the body. What comes back leads to a page, or this one is shown anew. */
async function submit(event, form) {
  event.preventDefault();
  const { api, method = "POST", sure, to, secret } = form.dataset;
  if (sure && !(await ask(sure))) return;
  const body = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, form.elements[name].type === "number" ? Number(value) : value.trim()]));
  try {
    const answer = await send(method, api, method === "DELETE" ? {} : { body });
    if (secret && answer[secret]) return show(form, answer[secret]);
    location.assign(to ? to.replace("{id}", answer.id) : location.href);
  } catch (problem) {
    toast(problem.message);
  }
  return undefined;
}

/** Show what is told once only: a token, a link to pass on. */
function show(form, text) {
  const note = h("div", { role: "status" }, h("p", {}, t("Copy it now; it is not shown again.")), h("p.secret", {}, text),
    h("p", {}, h("button.plain", { type: "button", onclick: () => navigator.clipboard.writeText(text) }, t("Copy")), " ", h("a", { href: location.href }, t("Done"))));
  form.replaceWith(note);
}

async function change(field) {
  try {
    await send("PATCH", field.dataset.api, { body: { [field.name]: field.value } });
    toast(t("Saved"));
  } catch (problem) {
    toast(problem.message);
    field.value = field.dataset.was;
  }
}

async function importFile(field) {
  const [file] = field.files;
  const type = file.name.toLowerCase().endsWith(".csv") ? "text/csv" : "application/json";
  const query = new URLSearchParams({ workspace_id: field.dataset.import, name: file.name.replace(/\.\w+$/, "").slice(0, 100) });
  try {
    const board = await send("POST", `/boards/import?${query}`, { body: new Blob([file], { type }) });
    location.assign(`/boards/${board.id}`);
  } catch (problem) {
    toast(problem.message);
    field.value = "";
  }
}

function ask(question) {
  const sheet = h("dialog", { "aria-label": question }, h("p", {}, question),
    h("form.foot", { method: "dialog" }, h("button.plain", { value: "no" }, t("Cancel")), h("button.danger", { value: "yes" }, t("Yes"))));
  document.body.append(sheet);
  sheet.showModal();
  return new Promise((resolve) => {
    sheet.addEventListener("close", () => {
      sheet.remove();
      resolve(sheet.returnValue === "yes");
    });
  });
}

function tell(time) {
  const { text, exact } = time.dateTime.length > 10 ? describeTime(time.dateTime) : { text: plainDay(time.dateTime), exact: time.dateTime };
  time.textContent = text;
  time.title = exact;
}
