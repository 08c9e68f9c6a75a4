/** The search field: filters the cards in place, and says so with a way out. */

const FIELD = document.getElementById("search");
const NOTE = document.querySelector(".filter");

/** Filter while somebody types. */
export function install(store) {
  FIELD.addEventListener("input", () => apply(store));
  FIELD.addEventListener("keydown", (event) => {
    if (event.key === "Escape") clear(store);
  });
  NOTE.querySelector("button").addEventListener("click", () => clear(store));
}

/** Hide the cards that do not hold what is searched for. */
export function apply(store) {
  const words = FIELD.value.trim().toLocaleLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const card of document.querySelectorAll(".columns .card")) {
    const task = store.tasks.get(card.dataset.taskId);
    const text = `${task?.title} ${task?.description}`.toLocaleLowerCase();
    const fits = words.every((word) => text.includes(word));
    card.classList.toggle("filtered", !fits);
    if (fits) found += 1;
  }
  NOTE.hidden = words.length === 0;
  NOTE.querySelector("span").textContent = `${found || "No"} ${found === 1 ? "task" : "tasks"} with “${FIELD.value.trim()}”`;
}

function clear(store) {
  FIELD.value = "";
  apply(store);
  FIELD.blur();
}
