// The footer: how the monitor itself is, and the banner when what is shown is old.

import { h, show } from "./dom.js";
import { age, clockTime, count, duration } from "./format.js";
import { mark } from "./marks.js";
import { t } from "./texts.js";

const COUNTS = ["series", "series_refused", "evaluations_missed", "evaluations_failed", "runs_missed", "owed_loans",
  "notices_failed", "outcomes_refused"];
const WATCHED = new Set(["series_refused", "evaluations_missed", "evaluations_failed", "runs_missed", "notices_failed",
  "outcomes_refused"]);

export function showHealth(container, health, now) {
  const past = health.evaluated_at === null ? null : Math.max(0, now - health.evaluated_at);
  show(container,
    entry("evaluated", past === null ? "–" : t("ago", { time: age(past) }), past === null || past > 5),
    entry("evaluation_seconds", duration(health.counts.evaluation_seconds), (health.counts.evaluation_seconds ?? 0) > 0.5),
    COUNTS.filter((name) => name in health.counts).map((name) =>
      entry(name, count(health.counts[name]), WATCHED.has(name) && health.counts[name] > 0)));
}

function entry(name, value, bad) {
  return h("div", { class: bad ? "bad" : null, "data-key": name }, h("dt", {}, t(name)),
    h("dd", {}, bad && mark("policy"), value));
}

/** What the link is: beside the clock in a word, and across the page once nothing on it can be believed. */
export function showLink({ status, banner }, state, since) {
  const word = { live: "live", waiting: "waiting" }[state] ?? "lost";
  show(status, h("span", { class: `dot ${word}`, "aria-hidden": "true" }), t(word));
  const old = state === "silent" || state === "late";
  banner.hidden = !old;
  if (!old) return;
  const cause = state === "silent" ? t("lost_stream") : t("lost_evaluation");
  show(banner, h("b", {}, since ? t("no_data_since", { time: clockTime(since) }) : t("no_data_yet")), h("span", {}, cause));
}
