// What the lender is doing, section by section: each from one state.

import { h, s, show } from "./dom.js";
import { age, clockTime, count, duration } from "./format.js";
import { tell } from "./control.js";
import { reasonTitle, t, term } from "./texts.js";

const HEIGHT = 100;
const PARTS = ["served", "refused", "failed"];

export function showTraffic(container, state) {
  show(container,
    bars(state.line),
    h("p", { class: "legend" }, PARTS.map((part) => h("span", {}, h("i", { class: `swatch ${part}` }), t(part)))),
    h("div", { class: "split" },
      h("section", {}, h("h3", {}, t("by_outcome")), shares(state.outcomes, reasonTitle, "no_outcomes")),
      h("section", {}, h("h3", {}, t("by_endpoint")), shares(state.requests, (word) => word, "no_requests"))),
    reporting(state.monitor));
}

function bars(line) {
  const most = Math.max(1, ...line.map((counts) => counts.reduce((sum, one) => sum + one, 0)));
  const rects = line.flatMap((counts, at) => {
    let top = HEIGHT;
    return counts.map((one, part) => {
      const height = (one / most) * HEIGHT;
      top -= height;
      return one ? s("rect", { class: PARTS[part], x: at + 0.1, width: 0.8, y: top, height }) : null;
    });
  });
  const label = t("a_second", { n: most });
  const box = { class: "bars", viewBox: `0 0 ${line.length} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": label };
  const level = s("line", { class: "level", x1: 0, x2: line.length, y1: HEIGHT, y2: HEIGHT });
  return [h("p", { class: "quiet" }, label), s("svg", box, level, rects)];
}

function shares(counts, name, nothing) {
  const words = Object.entries(counts);
  if (!words.length) return h("p", { class: "empty" }, t(nothing));
  const all = words.reduce((sum, [, one]) => sum + one, 0);
  return h("div", { class: "shares" }, words.map(([word, one]) => [
    h("span", {}, name(word)),
    h("div", { class: "bullet" }, h("div", { class: "fill", style: { width: `${(one / all) * 100}%` } })),
    h("b", { class: "right" }, count(one)),
  ]));
}

function reporting(monitor) {
  if (!monitor) return null;
  if (monitor.trouble) return h("p", { class: "problem" }, t("reports_trouble", monitor));
  return h("p", { class: "quiet" }, t("reports", monitor));
}

export function showLoad(container, state) {
  const pools = [[t("servers"), state.servers], [t("bureau"), state.bureau], ...Object.entries(state.channels)];
  show(container, h("div", { class: "loads" }, pools.map(([name, pool]) => {
    const full = pool.busy >= pool.workers;
    return [
      h("span", {}, name),
      h("div", { class: `gauge${full ? " full" : ""}` }, h("i", { style: { width: `${(pool.busy / pool.workers) * 100}%` } })),
      h("span", {}, t("of", { busy: pool.busy, all: pool.workers })),
      h("span", { class: "right" }, pool.wait ? t("wait", { time: duration(pool.wait) }) : t("no_wait")),
    ];
  })));
}

function figure(name, value, bad = false) {
  return h("div", bad ? { class: "bad" } : {}, h("dt", {}, name), h("dd", {}, value));
}

export function showLoans(container, { loans, reconciliation }) {
  const differences = ["money_without_success", "success_without_money", "paid_after_failure"].map((name) => [name, reconciliation[name].count]);
  const statuses = ["AUDITING", "CREATED", "LOAN_SUCCESS", "LOAN_FAILED", "LOAN_REVERSED", "LOAN_REPAID"];
  show(container, h("dl", { class: "figures" },
    statuses.map((status) => figure(t(`status_${status}`), count(loans[status] ?? 0))),
    differences.map(([name, number]) => figure(t(name), count(number), number > 0))));
}

export function showChecks(container, { checks }) {
  const states = Object.keys(checks).length ? ["asked", "begun", "passed", "failed", "expired"] : [];
  if (!states.length) return show(container, h("p", { class: "empty" }, t("no_checks")));
  return show(container, h("dl", { class: "figures" },
    states.map((state) => figure(t(`check_${state}`), count(checks[state] ?? 0)))));
}

export function showCallbacks(container, { callbacks }) {
  const { counts, recent, lag } = callbacks;
  if (!recent.length) return show(container, h("p", { class: "empty" }, t("no_callbacks")));
  return show(container,
    h("dl", { class: "figures" },
      figure(t("waiting_callbacks"), count(counts.waiting ?? 0)),
      figure(t("delivered"), count(counts.delivered ?? 0)),
      figure(t("given_up"), count(counts.given_up ?? 0), counts.given_up > 0),
      figure(t("lag"), age(lag), lag > 60)),
    h("ul", { class: "lines" }, recent.slice(0, 8).map((one) => h("li", { "data-key": one.callback_id },
      h("b", {}, one.loan_id),
      h("span", {}, term("status", one.status)),
      h("span", { class: one.state === "delivered" ? "ok" : "policy" }, term("state", one.state)),
      h("span", { class: "mono" }, one.url),
      h("span", { class: "quiet end" }, callbackEnd(one))))));
}

function callbackEnd(one) {
  const parts = [one.last && term("result", one.last), one.tries.length > 1 ? t("tries", { n: one.tries.length }) : ""];
  if (one.next_at && one.tries.length) parts.push(t("next_try", { time: clockTime(Date.parse(one.next_at) / 1000) }));
  return parts.filter(Boolean).join(" · ");
}

export function showReviews(container, { reviews, now }, refused) {
  const { counts, open } = reviews;
  const sums = h("dl", { class: "figures" },
    figure(t("open_reviews"), count(counts.open ?? 0)),
    figure(t("upheld"), count(counts.upheld ?? 0)),
    figure(t("overturned"), count(counts.overturned ?? 0)));
  if (!open.length) return show(container, sums, h("p", { class: "empty" }, t("no_reviews")));
  return show(container, sums, h("ul", { class: "lines" }, open.slice(0, 6).map((one) => h("li", { "data-key": one.review_id },
    h("b", {}, one.code),
    h("span", { class: "quiet" }, t("tier", one)),
    h("span", { class: "quiet" }, age(now - Date.parse(one.blocked_at) / 1000)),
    h("span", { class: "end", "data-key": "end" }, decide(one, "upheld", "do_uphold", refused), decide(one, "overturned", "do_overturn", refused))))));
}

function decide(one, decision, name, refused) {
  const button = h("button", { type: "button", class: "act small", "data-key": decision }, t(name));
  button.addEventListener("click", async () => {
    refused(await tell("POST", `/-/reviews/${one.review_id}`, { decision }));
  });
  return button;
}
