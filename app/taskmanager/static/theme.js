/** The switch between light, dark and the system's choice; a cookie tells the server, so that no page flashes. */

const YEAR_S = 365 * 24 * 3600;

/** Make the choice in the person's menu work. */
export function install() {
  for (const choice of document.querySelectorAll('.theme-choice input[name="theme"]')) {
    choice.addEventListener("change", () => set(choice.value));
  }
}

function set(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  document.querySelector('meta[name="color-scheme"]').content = theme || "light dark";
  document.cookie = `theme=${theme}; path=/; max-age=${theme ? YEAR_S : 0}; samesite=lax; secure`;
}
