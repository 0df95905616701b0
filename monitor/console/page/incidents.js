// Open incidents on top of the page, and the list of those that are over.

import { h, show } from "./dom.js";
import { capital, clockTime, count, dayTime, percent, stopwatch } from "./format.js";
import { blameTag, familyOf, mark } from "./marks.js";
import { t, term, words } from "./texts.js";

export function showOpen(container, { open, recent, at }, now) {
  if (!open.length) return show(container, calm(recent, at));
  return show(container, open.map((report) => card(report, now)));
}

function calm(recent, at) {
  const last = recent[0]?.resolved_at;
  return h("p", { class: "calm", "data-key": "calm" }, mark("ok"), h("b", {}, t("no_incident")),
    last && h("span", { class: "quiet" }, t("last_incident", { time: dayTime(last, at) })));
}

function card(report, now) {
  const { line } = report;
  return h("article", { class: `alarm ${line.severity} ${familyOf(line.blame)}`, "data-key": line.id },
    h("a", { class: "alarm-link", href: `#incident=${line.id}`, "data-key": "link" },
      h("span", { class: "alarm-title" }, mark(familyOf(line.blame)), capital(words(line.reason).title))),
    h("p", { class: "alarm-where" }, h("b", {}, line.journey), line.step && [` · ${t("step")} `, h("b", {}, line.step)],
      " · ", blameTag(line.blame), " ", h("span", { class: "tag outline" }, t(`severity_${line.severity}`))),
    h("p", { class: "alarm-time" }, h("time", { class: "ticking" }, stopwatch(now - line.started_at)),
      h("span", { class: "quiet" }, t("since", { time: clockTime(line.started_at) }))),
    facts(report),
    h("p", { class: "alarm-do" }, h("b", {}, t("what_to_do")), " ", words(line.reason).action));
}

export function facts(report) {
  const { since, probes } = report;
  return h("dl", { class: "facts" },
    since.attempts > 0 && fact(t("affected_now"), [h("b", {}, percent(report.share)),
      h("span", { class: "quiet" }, `${t("normal")} ${percent(report.normal)}`)]),
    since.attempts > 0 && fact(t("borrowers"), [h("b", {}, count(since.borrowers)),
      h("span", { class: "quiet" }, t("of_attempts", { affected: count(since.affected), attempts: count(since.attempts) }))]),
    probes.attempts > 0 && fact(t("probes"), [h("b", {}, `${count(probes.affected)} / ${count(probes.attempts)}`)]),
    since.affected > 0 && fact(t("for_whom"), whom(report.drivers)),
    Object.keys(report.also).length > 0 && fact(t("led_to"), consequences(report.also)));
}

function fact(name, value) {
  return h("div", { class: "fact" }, h("dt", {}, name), h("dd", {}, value));
}

function whom(drivers) {
  if (!drivers.length) return h("span", { class: "quiet" }, t("everybody"));
  return drivers.map((driver) => h("span", { class: "driver" }, `${term("slice", driver.slice)} `, h("b", {}, driver.value),
    h("span", { class: "quiet" }, t("of_affected", { share: percent(driver.of_affected) }))));
}

function consequences(also) {
  return Object.entries(also).map(([reason, attempts]) => h("span", { class: "driver" }, h("b", {}, words(reason).title),
    h("span", { class: "quiet" }, ` ${count(attempts)}`)));
}

export function showRecent(container, { recent, at }) {
  if (!recent.length) return show(container, h("p", { class: "empty" }, t("no_recent")));
  return show(container, h("ol", { class: "recent" }, recent.map((line) => item(line, at))));
}

function item(line, at) {
  return h("li", { "data-key": line.id },
    h("a", { href: `#incident=${line.id}` }, mark(familyOf(line.blame)), capital(words(line.reason).title)),
    h("span", { class: "quiet" }, `${line.journey} · ${dayTime(line.started_at, at)}`),
    h("span", { class: "quiet right" }, t("lasted", { time: stopwatch(line.resolved_at - line.started_at) }), " · ",
      `${t("borrowers")} ${count(line.borrowers)}`));
}
