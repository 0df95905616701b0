// The indicator's numbers: now, the hour, its two halves and what was left unexplained.

import { h, show } from "./dom.js";
import { count, percent } from "./format.js";
import { familyOf, mark } from "./marks.js";
import { t } from "./texts.js";

export function showHeadline(container, { headline, open }) {
  const { now, hour, origin } = headline;
  show(
    container,
    h("div", { class: "big" },
      h("p", { class: `figure ${now.paid === null ? "quiet" : mood(open)}`, id: "now" }, digits(percent(now.paid))),
      h("p", { class: "under" }, t("last_minute"), " · ", t("attempts", { n: count(now.attempts) })),
      h("p", { class: "under strong" }, t("last_hour"), " ", h("b", {}, percent(hour.paid)), " · ",
        t("attempts", { n: count(hour.attempts) })),
      origin === "probe" && h("p", { class: "under note" }, t("headline_probe")),
    ),
    h("table", { class: "halves" },
      h("thead", {}, h("tr", {}, h("td", {}), h("th", { scope: "col" }, t("last_minute")), h("th", { scope: "col" }, t("hour")))),
      h("tbody", {}, ["technical", "policy", "unexplained"].map((name) => half(name, now[name], hour[name])))),
  );
}

function digits(text) {
  return text.endsWith("%") ? [text.slice(0, -1), h("span", { class: "unit" }, "%")] : text;
}

/** The rules judge, not the page: the number takes the colour of the first open incident. */
function mood(open) {
  return open.length ? familyOf(open[0].line.blame) : "ok";
}

function half(name, now, hour) {
  return h("tr", {},
    h("th", { scope: "row" }, mark(name === "unexplained" ? "unknown" : name), t(name)),
    h("td", { class: "now" }, percent(now)), h("td", {}, percent(hour)));
}
