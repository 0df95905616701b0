// One incident in full, at its own address: #incident=<id>.

import { h, show } from "./dom.js";
import { capital, clockTime, count, dayTime, percent, stopwatch } from "./format.js";
import { facts } from "./incidents.js";
import { blameTag, familyOf, mark } from "./marks.js";
import { t, term, words } from "./texts.js";

/** Opens and closes with the address; an open incident stays fresh while it is looked at. */
export class Detail {
  constructor(dialog) {
    this.dialog = dialog;
    this.report = null;
    this.live = [];
    this.now = 0;
    addEventListener("hashchange", () => this.follow());
    dialog.addEventListener("close", () => this.leave());
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
    });
  }

  get id() {
    return new URLSearchParams(location.hash.slice(1)).get("incident");
  }

  update(live, now) {
    const id = this.id;
    const was = this.live.some((report) => report.line.id === id);
    const first = this.now === 0;
    [this.live, this.now] = [live, now];
    if (first && id) this.follow();
    const fresh = live.find((report) => report.line.id === id);
    if (fresh) this.report = fresh;
    else if (was) this.fetch(id); // it has just been resolved
    if (this.dialog.open) this.draw();
  }

  async follow() {
    const id = this.id;
    if (!id) return this.dialog.close();
    this.report = this.live.find((report) => report.line.id === id) ?? null;
    if (!this.report) await this.fetch(id);
    this.draw();
    if (!this.dialog.open) this.dialog.showModal();
    return undefined;
  }

  async fetch(id) {
    const answer = await fetch(`/console/incidents/${encodeURIComponent(id)}.json`).catch(() => null);
    const report = answer?.ok ? await answer.json() : null;
    if (this.id === id) this.report = report;
    if (this.dialog.open) this.draw();
  }

  leave() {
    if (this.id) history.replaceState(null, "", location.pathname + location.search);
  }

  draw() {
    show(this.dialog, h("div", { class: "sheet" }, closing(), this.report ? content(this.report, this.now) : unknown()));
  }
}

function closing() {
  return h("button", { type: "button", class: "close", "data-close": true, "aria-label": t("close") }, "✕");
}

function unknown() {
  return h("p", { id: "detail-title", class: "empty" }, t("not_found"));
}

function content(report, now) {
  const { line } = report;
  return [
    h("h2", { id: "detail-title", class: familyOf(line.blame) }, mark(familyOf(line.blame)), capital(words(line.reason).title)),
    h("p", { class: "alarm-where" }, h("span", { class: `tag status ${line.status}` }, t(`status_${line.status}`)), " ",
      h("b", {}, line.journey), line.step && [` · ${t("step")} `, h("b", {}, line.step)], " · ", blameTag(line.blame), " ",
      h("span", { class: "tag outline" }, t(`severity_${line.severity}`))),
    h("p", { class: "detail-time" }, dayTime(line.started_at, now), line.resolved_at && ` – ${dayTime(line.resolved_at, now)}`,
      " · ", h("b", { class: "ticking" }, stopwatch((line.resolved_at ?? now) - line.started_at))),
    facts(report),
    advice(t("what_to_do"), words(line.reason).action),
    advice(t("tell"), words(line.reason).guidance),
    h("div", { class: "slices" }, Object.entries(report.since.slices).map(([name, parts]) => slice(name, parts))),
    counts(t("step"), report.since.steps), counts(t("codes"), report.since.codes),
    timeline(report.timeline), alerts(report.alerts),
  ];
}

function advice(title, text) {
  return text && h("div", { class: "advice" }, h("h3", {}, title), h("p", {}, text));
}

function slice(name, parts) {
  return h("div", { class: "slice" }, h("h3", {}, term("slice", name)),
    h("ul", {}, parts.slice(0, 6).map((part) => {
      const share = part.attempts ? part.affected / part.attempts : 0;
      return h("li", { "data-key": part.value }, h("span", {}, part.value),
        h("span", { class: "meter", "aria-hidden": "true" }, h("i", { style: { width: `${100 * share}%` } })),
        h("span", { class: "right" }, h("b", {}, percent(share)), ` ${count(part.affected)}/${count(part.attempts)}`));
    })));
}

function counts(title, numbers) {
  const entries = Object.entries(numbers);
  if (!entries.length) return null;
  return h("p", { class: "counts" }, h("b", {}, title), entries.map(([name, number]) =>
    h("span", { class: "tag outline" }, `${name} ${count(number)}`)));
}

function timeline(events) {
  return events.length > 0 && h("div", {}, h("h3", {}, t("timeline")), h("ol", { class: "timeline" }, events.map((event) =>
    h("li", { class: event.kind }, h("time", {}, clockTime(event.at)), h("b", {}, term("event", event.kind)),
      h("span", {}, event.text)))));
}

function alerts(named) {
  return named.length > 0 && h("div", {}, h("h3", {}, t("rules")), h("ul", { class: "alerts" }, named.map((alert) =>
    h("li", {}, h("b", {}, alert.name), h("code", {}, Object.entries(alert.labels).map(([name, value]) => `${name}="${value}"`).join(" ")),
      alert.summary && h("span", {}, alert.summary)))));
}
