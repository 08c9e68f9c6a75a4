/** How a due day reads on a card: relative near by, absolute far off. */

const DAY_MS = 86_400_000;

/**
 * Return how a day reads today, and whether it is late or soon.
 * @param {string} iso day as YYYY-MM-DD
 * @returns {{text: string, state: ""|"late"|"soon", exact: string}}
 */
export function describeDay(iso, done = false) {
  const [year, month, day] = iso.split("-").map(Number);
  const date = new Date(year, month - 1, day);
  const now = new Date();
  const away = Math.round((date - new Date(now.getFullYear(), now.getMonth(), now.getDate())) / DAY_MS);
  const exact = date.toLocaleDateString(undefined, { weekday: "long", year: "numeric", month: "long", day: "numeric" });
  const state = done || away > 3 ? "" : away < 0 ? "late" : "soon";
  return { text: relative(date, away, now), state, exact };
}

function relative(date, away, now) {
  if (away < 0 && away > -100) return `${-away} d late`;
  if (away === 0) return "Today";
  if (away === 1) return "Tomorrow";
  if (away > 1 && away < 7) return date.toLocaleDateString(undefined, { weekday: "short" });
  const year = date.getFullYear() === now.getFullYear() ? undefined : "numeric";
  return date.toLocaleDateString(undefined, { day: "numeric", month: "short", year });
}
