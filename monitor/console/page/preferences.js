// What a reader chose for this screen: language and theme.

import { language, setLanguage, t } from "./texts.js";

const KEY = "drawdown.theme";

export function bindPreferences({ languageButton, themeButton }, changed) {
  applyTheme(localStorage.getItem(KEY));
  languageButton.addEventListener("click", () => {
    setLanguage(language() === "en" ? "zh" : "en");
    label({ languageButton, themeButton });
    changed();
  });
  themeButton.addEventListener("click", () => {
    const theme = dark() ? "light" : "dark";
    localStorage.setItem(KEY, theme);
    applyTheme(theme);
    label({ languageButton, themeButton });
  });
  label({ languageButton, themeButton });
}

function dark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : !matchMedia("(prefers-color-scheme: light)").matches;
}

function applyTheme(theme) {
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
}

/** Every text that stands in the document itself. */
function label({ languageButton, themeButton }) {
  document.documentElement.lang = language() === "zh" ? "zh-CN" : "en";
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = t(node.dataset.text);
  languageButton.textContent = t("language");
  languageButton.lang = language() === "zh" ? "en" : "zh";
  themeButton.textContent = dark() ? t("to_light") : t("to_dark");
}
