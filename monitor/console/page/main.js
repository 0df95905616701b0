// Wires the stream to the sections. Every section is drawn from one snapshot and the monitor's time.

import { Chart, legend } from "./chart.js";
import { Detail } from "./detail.js";
import { show } from "./dom.js";
import { clockTime } from "./format.js";
import { showHeadline } from "./headline.js";
import { showHealth, showLink } from "./health.js";
import { showOpen, showRecent } from "./incidents.js";
import { Journeys } from "./journeys.js";
import { bindPreferences } from "./preferences.js";
import { showReasons } from "./reasons.js";
import { follow, linkState, serverNow } from "./stream.js";
import { loadWords, wordsLoaded } from "./texts.js";
import { Voice, titleOf } from "./voice.js";

const at = (id) => document.getElementById(id);

const chart = new Chart(at("chart"));
const journeys = new Journeys(at("journeys"));
const detail = new Detail(at("detail"));
const voice = new Voice(at("spoken"));

function draw() {
  const { snapshot } = link;
  if (!snapshot) return;
  const now = serverNow(link);
  showOpen(at("open"), snapshot, now);
  showHeadline(at("numbers"), snapshot);
  chart.update(snapshot);
  show(at("legend"), legend());
  journeys.update(snapshot.journeys, now);
  showReasons(at("reasons"), snapshot.bars);
  showRecent(at("recent"), snapshot);
  detail.update(snapshot.open, now);
  if (wordsLoaded()) voice.update(snapshot.open);
  beat();
}

/** What changes without news: the clock, ages, and whether there is news at all. */
function beat() {
  const state = linkState(link);
  const old = state === "silent" || state === "late";
  const { snapshot } = link;
  document.documentElement.dataset.link = state;
  showLink({ status: at("link"), banner: at("lost") }, state, snapshot?.health.evaluated_at);
  if (!snapshot) return;
  const now = serverNow(link);
  at("clock").textContent = clockTime(old ? snapshot.at : now);
  if (!old) showOpen(at("open"), snapshot, now);
  showHealth(at("health"), snapshot.health, now);
  document.title = titleOf(snapshot.open, old);
}

const link = follow(() => requestAnimationFrame(draw));
bindPreferences({ languageButton: at("language"), themeButton: at("theme") }, draw);
loadWords(draw);
setInterval(beat, 500);
