// The steps of one run on one time axis, each bar split into the phases of its exchange.

import { h } from "./dom.js";
import { capital, clockTime, duration } from "./format.js";
import { familyOf, mark } from "./marks.js";
import { t, words } from "./texts.js";

const PHASES = ["dns", "connect", "tls", "first_byte", "body"];

/** `corner` stands at the end of the title: text or a button. */
export function waterfall(run, corner) {
  return h("div", { class: "waterfall", "data-key": "waterfall" }, title(run, corner), why(run),
    run.steps.length ? [rows(run), legend()] : h("p", { class: "empty" }, t("no_steps")));
}

function title(run, corner) {
  const family = familyOf(run.kind);
  return h("p", { class: "run-title" }, h("b", {}, t("run", { time: clockTime(run.started_at) })),
    h("span", {}, duration(run.ended_at - run.started_at)),
    h("span", { class: family }, mark(family), t(`kind_${run.kind}`)),
    h("span", { class: "quiet corner" }, corner));
}

function why(run) {
  if (run.kind === "succeeded") return null;
  return h("p", { class: `why ${familyOf(run.kind)}` },
    h("b", {}, capital(words(run.reason).title)), run.step && ` · ${t("step")} ${run.step}`, run.code && ` · ${run.code}`,
    run.detail && h("span", { class: "said" }, run.detail));
}

function rows(run) {
  const start = Math.min(run.started_at, ...run.steps.map((step) => step.started_at));
  const end = Math.max(run.ended_at, ...run.steps.map((step) => step.started_at + step.duration));
  const whole = Math.max(end - start, 0.001);
  return h("ol", { class: "steps" }, run.steps.map((step, place) => row(step, { start, whole, place })));
}

function row(step, { start, whole, place }) {
  const left = (100 * (step.started_at - start)) / whole, width = Math.max(0.4, (100 * step.duration) / whole);
  const family = step.kind === "succeeded" ? "ok" : familyOf(step.kind);
  return h("li", { class: step.cleanup ? "step cleanup" : "step", "data-key": `${place} ${step.name}` },
    h("span", { class: `step-name ${family}` }, mark(family), step.name),
    h("span", { class: "track" },
      h("span", { class: `span ${family}`, style: { left: `${left}%`, width: `${Math.min(width, 100 - left)}%` },
        title: spoken(step) }, phases(step))),
    h("span", { class: "took" }, duration(step.duration)),
    remark(step));
}

function phases(step) {
  const known = PHASES.filter((name) => step.phases[name] !== null);
  const sum = known.reduce((total, name) => total + step.phases[name], 0);
  const whole = Math.max(step.duration, sum, 1e-6);
  const part = (name, seconds) => h("i", { class: `phase ${name}`, style: { width: `${(100 * seconds) / whole}%` } });
  return [known.map((name) => part(name, step.phases[name])), part("rest", Math.max(0, whole - sum))];
}

function spoken(step) {
  const known = PHASES.filter((name) => step.phases[name] !== null);
  return known.map((name) => `${t(name)} ${duration(step.phases[name])}`).join(" · ");
}

function remark(step) {
  const parts = [step.cleanup && t("cleanup"), step.status, step.exchanges > 1 ? t("polls", { n: step.exchanges }) : null, spoken(step)];
  const trouble = step.kind !== "succeeded" && [words(step.reason).title, step.detail].filter(Boolean).join(": ");
  return h("span", { class: "remark" }, trouble && h("b", { class: familyOf(step.kind) }, trouble, " "),
    parts.filter(Boolean).join(" · "));
}

function legend() {
  return h("p", { class: "legend" }, [...PHASES, "rest"].map((name) =>
    h("span", {}, h("i", { class: `swatch phase ${name}`, "aria-hidden": "true" }), t(name))));
}
