/** On a phone one column fills the view: the row of names above shows which, and leads to the others. */

const SWITCH = document.querySelector(".switch");
const BOARD = document.querySelector(".columns");
const seen = new Map();

/** Keep the row and the view in step. */
export function install() {
  SWITCH.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link) return;
    event.preventDefault();
    document.getElementById(`column-${link.dataset.columnId}`).scrollIntoView({ inline: "start", block: "nearest" });
  });
  const watcher = new IntersectionObserver(take, { root: BOARD, threshold: [0, 0.6, 0.9] });
  const watch = () => {
    for (const section of BOARD.querySelectorAll(".column")) if (!seen.has(section)) watcher.observe(section);
  };
  new MutationObserver(watch).observe(BOARD, { childList: true });
  watch();
}

function take(entries) {
  for (const { target, intersectionRatio } of entries) seen.set(target, intersectionRatio);
  const sections = [...BOARD.querySelectorAll(".column")];
  const current = sections.reduce((best, section) => ((seen.get(section) ?? 0) > (seen.get(best) ?? 0) ? section : best), sections[0]);
  for (const link of SWITCH.children) {
    const isCurrent = link.dataset.columnId === current?.dataset.columnId;
    if (isCurrent === link.hasAttribute("aria-current")) continue;
    if (isCurrent) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
    if (isCurrent) SWITCH.scrollTo({ left: link.offsetLeft - 12 });
  }
}
