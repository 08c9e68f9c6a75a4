/** The field at the foot of a column: Enter adds and stays, Esc closes. */

import { addTask } from "./actions.js";
import { announce } from "./notices.js";

/** Make the "Add task" buttons work. */
export function install(store) {
  for (const section of document.querySelectorAll(".column")) {
    const form = section.querySelector(".quick-add");
    section.querySelector(".add-task").addEventListener("click", () => open(section));
    form.addEventListener("submit", (event) => submit(event, store, section));
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") close(section, true);
    });
    form.addEventListener("focusout", (event) => {
      if (!form.contains(event.relatedTarget) && !form.elements.title.value.trim()) close(section, false);
    });
  }
}

/** Open the field of a column. */
export function open(section) {
  const form = section.querySelector(".quick-add");
  form.hidden = false;
  section.querySelector(".add-task").hidden = true;
  form.elements.title.focus();
  form.scrollIntoView({ block: "nearest" });
}

function close(section, focus) {
  const button = section.querySelector(".add-task");
  section.querySelector(".quick-add").hidden = true;
  button.hidden = false;
  if (focus) button.focus();
}

async function submit(event, store, section) {
  event.preventDefault();
  const field = event.target.elements.title;
  const title = field.value.trim();
  if (!title) return;
  field.value = "";
  if (await addTask(store, section.dataset.columnId, title)) {
    announce(`Added ${title}`);
    section.querySelector(".cards").lastElementChild?.scrollIntoView({ block: "nearest" });
  } else if (!field.value) {
    field.value = title;
  }
}
