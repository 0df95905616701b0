// Each journey: how its last runs ended, and the steps of the run that is looked at.

import { h, show } from "./dom.js";
import { age, clockTime, duration } from "./format.js";
import { familyOf, mark } from "./marks.js";
import { t, words } from "./texts.js";
import { waterfall } from "./waterfall.js";

const UNFOLDED = 2; // with more journeys only those in trouble show their steps
const STRIP = 90; // runs that fill the strip
const WINDOW = 30; // runs that the state speaks of

/** Keeps which run of which journey is looked at; without a choice it is the latest one. */
export class Journeys {
  constructor(container) {
    this.container = container;
    this.chosen = new Map(); // journey → id of a run
    this.runs = new Map(); // id → run, or null when it is not remembered any more
    this.shown = [];
    this.now = 0;
    container.addEventListener("click", (event) => this.choose(event.target.closest("[data-run]")));
    container.addEventListener("keydown", (event) => this.move(event));
  }

  update(journeys, now) {
    this.shown = journeys;
    this.now = now;
    this.draw();
  }

  draw() {
    if (!this.shown.length) return show(this.container, h("p", { class: "empty" }, t("no_journeys")));
    return show(this.container, this.shown.map((journey) => this.card(journey)));
  }

  choose(button) {
    if (!button) return;
    const { journey, run } = button.dataset;
    if (run === "latest") this.chosen.delete(journey);
    else this.chosen.set(journey, run);
    this.fetch(run);
    this.draw();
  }

  move(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const next = step && event.target.closest(".tick") && neighbour(event.target.closest("li"), step);
    if (!next) return;
    event.preventDefault();
    this.choose(next);
    next.focus();
  }

  async fetch(id) {
    if (id === "latest" || this.runs.has(id)) return;
    const answer = await fetch(`/console/runs/${encodeURIComponent(id)}.json`).catch(() => null);
    this.runs.set(id, answer?.ok ? await answer.json() : null);
    this.draw();
  }

  card(journey) {
    const chosen = this.chosen.get(journey.name);
    const open = chosen || this.shown.length <= UNFOLDED || journey.state !== "succeeded";
    return h("article", { class: "journey", "data-key": journey.name },
      h("header", {}, h("h3", {}, journey.name), h("span", { class: "quiet" }, t("every", { time: duration(journey.every) })),
        state(journey), lastSuccess(journey, this.now)),
      strip(journey, chosen ?? journey.latest?.id),
      open && this.look(journey, chosen));
  }

  look(journey, chosen) {
    if (!chosen) return journey.latest && waterfall(journey.latest, t("latest"));
    const run = this.runs.get(chosen);
    const back = h("button", { type: "button", class: "plain", "data-run": "latest", "data-journey": journey.name },
      t("follow"));
    if (run === undefined) return null;
    return run ? waterfall(run, back) : h("p", { class: "empty" }, t("not_found"), " ", back);
  }
}

function neighbour(item, step) {
  return (step > 0 ? item?.nextElementSibling : item?.previousElementSibling)?.querySelector(".tick");
}

function state(journey) {
  if (journey.state === null) return h("span", { class: "state unknown" }, mark("unknown"), t("no_runs"));
  const family = journey.silent ? "unknown" : familyOf(journey.state);
  const last = journey.runs.at(-1);
  const text = journey.silent ? t("silent", { time: clockTime(last.at) }) : t(`kind_${journey.state}`);
  const reason = journey.state === "succeeded" || journey.silent ? "" : `: ${words(last.reason).title}`;
  return h("span", { class: `state ${family}` }, mark(family), text, reason,
    !journey.silent && h("span", { class: "streak" }, streak(journey)));
}

/** A good run after bad ones does not hide them. */
function streak(journey) {
  const last = journey.runs.slice(-WINDOW), bad = last.filter((run) => run.kind !== "succeeded").length;
  if (journey.state === "succeeded" && bad) return t("of_last", { n: bad, all: last.length });
  return journey.in_a_row > 1 ? t("in_a_row", { n: journey.in_a_row, time: clockTime(journey.state_since) }) : "";
}

function lastSuccess(journey, now) {
  const text = journey.last_success ? t("ago", { time: age(now - journey.last_success) }) : t("never");
  return h("span", { class: "last" }, `${t("last_success")} `, h("b", {}, text));
}

function strip(journey, looked) {
  const slowest = Math.max(...journey.runs.map((run) => run.duration), 0.001);
  return h("div", { class: "strip-box" },
    h("ol", { class: "strip", "aria-label": t("runs", { name: journey.name }) },
      journey.runs.map((run) => tick(run, journey.name, { slowest, looked }))),
    h("p", { class: "ends", "aria-hidden": "true", style: { "padding-left": `${100 * Math.max(0, 1 - journey.runs.length / STRIP)}%` } },
      h("span", {}, journey.runs.length ? clockTime(journey.runs[0].at) : ""),
      h("span", {}, t("newer"))));
}

function tick(run, journey, { slowest, looked }) {
  const family = familyOf(run.kind);
  const ending = run.kind === "succeeded" ? t("kind_succeeded") : `${t(`kind_${run.kind}`)}, ${words(run.reason).title}`;
  const label = `${clockTime(run.at)} ${ending}, ${duration(run.duration)}`;
  const height = run.kind === "succeeded" ? `${30 + 50 * Math.min(1, run.duration / slowest)}%` : "100%";
  return h("li", { "data-key": run.id },
    h("button", { type: "button", class: `tick ${family}`, "data-run": run.id, "data-journey": journey, title: label,
      "aria-label": label, "aria-pressed": String(run.id === looked), tabindex: run.id === looked ? 0 : -1 },
      h("span", { class: "stem", style: { height } }, run.kind === "succeeded" ? "" : mark(family))));
}
