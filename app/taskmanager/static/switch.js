/** On a phone one column fills the view: the row of names above shows which, and leads to the others. */

/** Keep the row and the view in step. */
export function install() {
  const links = new Map([...document.querySelectorAll(".switch a")].map((link) => [link.dataset.columnId, link]));
  for (const [id, link] of links) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      document.getElementById(`column-${id}`).scrollIntoView({ inline: "start", block: "nearest" });
    });
  }
  const watcher = new IntersectionObserver((entries) => entries.forEach((entry) => mark(links, entry)), { threshold: 0.6 });
  for (const section of document.querySelectorAll(".column")) watcher.observe(section);
}

function mark(links, { target, isIntersecting }) {
  const link = links.get(target.dataset.columnId);
  if (isIntersecting) link.setAttribute("aria-current", "true");
  else link.removeAttribute("aria-current");
}
