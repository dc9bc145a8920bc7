// Dark, light, or as the system has it.

const THEMES = { auto: "Theme: system", light: "Theme: light", dark: "Theme: dark" };
const KEPT = "medconcept-theme";

/** Make the button turn from one theme to the next; the choice is kept where the browser keeps anything. */
export function startTheme(button) {
  const show = (theme) => {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    button.textContent = THEMES[theme];
    button.dataset.now = theme;
  };
  button.addEventListener("click", () => {
    const names = Object.keys(THEMES);
    const next = names[(names.indexOf(button.dataset.now) + 1) % names.length];
    show(next);
    stored(() => localStorage.setItem(KEPT, next));
  });
  const before = stored(() => localStorage.getItem(KEPT));
  show(before in THEMES ? before : "auto");
}

/** What storage answers; null where the browser refuses it to a page on a disk. */
function stored(action) {
  try {
    return action();
  } catch (error) {
    if (error.name === "SecurityError") return null;
    throw error;
  }
}
