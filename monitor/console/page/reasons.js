// Why attempts did not end well: the last five minutes as a bar, the hour's average as a notch on the same scale.

import { h, show } from "./dom.js";
import { capital, count, percent } from "./format.js";
import { blameTag, familyOf, mark } from "./marks.js";
import { t, words } from "./texts.js";

const SHOWN = 8;

export function showReasons(container, bars) {
  if (!bars.length) return show(container, h("p", { class: "empty" }, t("no_reasons")));
  const widest = Math.max(...bars.map((bar) => Math.max(bar.recent_share ?? 0, bar.hour_share ?? 0)), 0.01);
  return show(
    container,
    h("div", { class: "measure" },
      h("p", { class: "legend" },
        h("span", {}, h("i", { class: "swatch solid", "aria-hidden": "true" }), t("five_minutes")),
        h("span", {}, h("i", { class: "swatch notch", "aria-hidden": "true" }), t("hour_average"))),
      h("span", {}, t("five_short")), h("span", {}, t("hour"))),
    h("ul", { class: "reasons" }, bars.slice(0, SHOWN).map((bar) => row(bar, widest))),
    rest(bars.slice(SHOWN)),
  );
}

function row(bar, widest) {
  const family = familyOf(bar.blame);
  const width = (share) => `${(100 * (share ?? 0)) / widest}%`;
  return h("li", { "data-key": `${bar.reason} ${bar.kind}` },
    h("div", { class: "reason" },
      h("span", { class: "name" }, mark(family), capital(words(bar.reason).title)),
      blameTag(bar.blame),
      h("span", { class: "share" }, percent(bar.recent_share ?? 0))),
    h("div", { class: "measure" },
      h("div", { class: "bullet", "aria-hidden": "true" },
        h("div", { class: `fill ${family}`, style: { width: width(bar.recent_share) } }),
        h("div", { class: "notch", style: { left: width(bar.hour_share) } })),
      h("b", {}, count(bar.recent)),
      h("span", { title: percent(bar.hour_share) }, count(bar.hour))));
}

function rest(bars) {
  if (!bars.length) return null;
  const sum = bars.reduce((total, bar) => total + bar.hour, 0);
  return h("p", { class: "quiet" }, t("more_reasons", { n: bars.length, count: count(sum) }));
}
