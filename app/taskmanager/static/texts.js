/** What the page says: English in the code, other words and plural forms from the catalogue in the page. */

const MESSAGES = JSON.parse(document.getElementById("texts")?.textContent ?? "{}");
const PLURALS = new Intl.PluralRules(document.documentElement.lang);

/** The language of the page, for dates and numbers. */
export const LANGUAGE = document.documentElement.lang === "en" ? undefined : document.documentElement.lang;

/**
 * Return a text in the page's language.
 * @param {string} text the English text, with {names} for values
 * @param {object} values what stands for the names; `n` chooses the plural form
 */
export function t(text, values = {}) {
  let message = MESSAGES[text] ?? text;
  if (typeof message === "object") message = message[PLURALS.select(values.n)] ?? message.other;
  return message.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}
