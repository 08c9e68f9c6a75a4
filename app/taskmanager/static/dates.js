/** How days and times read: relative near by, absolute far off, exact for who asks. */

import { LANGUAGE, t } from "./texts.js";

const DAY_MS = 86_400_000;
const SOON_DAYS = 3;
const FORMATS = new Map();

function format(date, options) {
  const key = JSON.stringify(options);
  if (!FORMATS.has(key)) FORMATS.set(key, new Intl.DateTimeFormat(LANGUAGE, options));
  return FORMATS.get(key).format(date);
}

/** Return a day written YYYY-MM-DD as the start of that day here. */
export function dayOf(iso) {
  const [year, month, day] = iso.split("-").map(Number);
  return new Date(year, month - 1, day);
}

/** Return a date as YYYY-MM-DD, as the clock on the wall has it. */
export function isoOf(date) {
  return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, "0")}-${String(date.getDate()).padStart(2, "0")}`;
}

/** Return today, or the day so many days away from it, as YYYY-MM-DD. */
export function inDays(days) {
  const now = new Date();
  return isoOf(new Date(now.getFullYear(), now.getMonth(), now.getDate() + days));
}

/** Return how many days a day is away from today. */
export function daysAway(iso) {
  return Math.round((dayOf(iso) - dayOf(inDays(0))) / DAY_MS);
}

/**
 * Return how a due day reads today, and whether it is late or soon.
 * @param {string} iso day as YYYY-MM-DD
 * @returns {{text: string, state: ""|"late"|"soon", exact: string}}
 */
export function describeDay(iso, done = false) {
  const date = dayOf(iso);
  const away = daysAway(iso);
  const exact = format(date, { weekday: "long", year: "numeric", month: "long", day: "numeric" });
  const state = done || away > SOON_DAYS ? "" : away < 0 ? "late" : "soon";
  return { text: done ? plainDay(iso) : relative(date, away), state, exact };
}

function relative(date, away) {
  if (away < 0 && away > -100) return t("{n} d late", { n: -away });
  if (away === 0) return t("Today");
  if (away === 1) return t("Tomorrow");
  if (away > 1 && away < 7) return format(date, { weekday: "short" });
  return plainDay(isoOf(date));
}

/** Return a day as a short date, with its year when that is another one. */
export function plainDay(iso) {
  const date = dayOf(iso);
  const year = date.getFullYear() === new Date().getFullYear() ? {} : { year: "numeric" };
  return format(date, { day: "numeric", month: "short", ...year });
}

/** Return a day with its weekday, as a heading or fact says it. */
export function longDay(iso) {
  const year = dayOf(iso).getFullYear() === new Date().getFullYear() ? {} : { year: "numeric" };
  return format(dayOf(iso), { weekday: "short", day: "numeric", month: "short", ...year });
}

/** Return the distance of a day in words, such as "in 4 days". */
export function distance(iso) {
  return new Intl.RelativeTimeFormat(LANGUAGE, { numeric: "auto" }).format(daysAway(iso), "day");
}

/** Return the name of a month with its year. */
export function monthName(date) {
  return format(date, { month: "long", year: "numeric" });
}

/** Return the short names of the weekdays, from the first day of the week on. */
export function weekdayNames() {
  return [...Array(7).keys()].map((index) => format(new Date(2024, 0, firstWeekday() + index), { weekday: "short" }));
}

/** Return the first day of the week, 1 for Monday to 7 for Sunday. */
export function firstWeekday() {
  const locale = new Intl.Locale(LANGUAGE ?? navigator.language);
  return (locale.getWeekInfo?.() ?? locale.weekInfo ?? { firstDay: 1 }).firstDay;
}

/** Return how long ago something was, near by, or its date; `exact` says it in full. */
export function describeTime(iso) {
  const date = new Date(iso);
  const minutes = Math.round((Date.now() - date) / 60_000);
  const exact = format(date, { dateStyle: "full", timeStyle: "short" });
  if (minutes < 1) return { text: t("just now"), exact };
  if (minutes < 60) return { text: t("{n} min ago", { n: minutes }), exact };
  if (minutes < 24 * 60) return { text: t("{n} h ago", { n: Math.round(minutes / 60) }), exact };
  return { text: plainDay(isoOf(date)), exact };
}
