// Wires the lender's state to the sections.

import { follow, setToken } from "./control.js";
import { Faults } from "./faults.js";
import { clockTime } from "./format.js";
import { bindPreferences } from "./preferences.js";
import { showCallbacks, showChecks, showLoad, showLoans, showReviews, showTraffic } from "./sections.js";
import { loadWords, t } from "./texts.js";

const at = (id) => document.getElementById(id);

const faults = new Faults({
  form: at("break"),
  where: at("where"),
  kind: at("kind"),
  strength: at("strength"),
  seconds: at("seconds"),
  meaning: at("meaning"),
  refused: at("refused"),
  list: at("faults"),
  spoken: at("spoken"),
});

let last = null;

function draw() {
  showLink(document.documentElement.dataset.link);
  if (!last) return;
  faults.update(last);
  at("clock").textContent = clockTime(last.now);
  showTraffic(at("traffic"), last);
  showLoad(at("load"), last);
  showLoans(at("loans"), last);
  showChecks(at("checks"), last);
  showCallbacks(at("callbacks"), last);
  showReviews(at("reviews"), last, (problem) => (at("refused").textContent = problem));
}

function showLink(link) {
  document.documentElement.dataset.link = link;
  const name = { live: "live", waiting: "waiting", silent: "lost" }[link];
  const dot = document.createElement("span");
  dot.className = `dot ${{ live: "live", waiting: "", silent: "lost" }[link]}`;
  if (at("link").dataset.shown !== name + t(name)) at("link").replaceChildren(dot, t(name));
  at("link").dataset.shown = name + t(name);
  at("lost").hidden = link !== "silent";
  at("lost").textContent = t("lost_long");
}

bindPreferences({ languageButton: at("language"), themeButton: at("theme") }, () => {
  faults.fill();
  draw();
});

at("key").addEventListener("submit", (event) => {
  event.preventDefault();
  setToken(at("token").value);
});

loadWords(() => {
  faults.fill();
  draw();
});

follow((state) => {
  last = state;
  document.documentElement.dataset.link = "live";
  at("key").hidden = true;
  draw();
}, (trouble) => {
  at("key").hidden = trouble !== "forbidden";
  showLink(trouble === "forbidden" ? "waiting" : "silent");
});
