// The hour as a line: what was paid out, what was lost above it by halves, and incidents as shaded spans.

import { h, s, show } from "./dom.js";
import { clockTime, minuteTime, percent } from "./format.js";
import { familyOf, mark } from "./marks.js";
import { t, words } from "./texts.js";

const SPANS = [300, 600, 1200, 1800, 3600]; // a young monitor's few minutes fill the chart, too
const PAD = { left: 46, right: 12, top: 24, bottom: 24 };
const FLOORS = [0.98, 0.95, 0.9, 0.8, 0.6, 0.4, 0.2, 0];

/** Draws into `container` at its own size and follows the pointer. */
export class Chart {
  constructor(container) {
    this.container = container;
    this.content = null;
    this.canvas = h("div", { class: "canvas" });
    this.hair = h("div", { class: "hair", hidden: true });
    this.tip = h("div", { class: "tip", hidden: true });
    container.append(this.canvas, this.hair, this.tip);
    container.addEventListener("pointermove", (event) => this.point(event));
    container.addEventListener("pointerleave", () => this.leave());
    new ResizeObserver(() => this.draw()).observe(container);
  }

  update(content) {
    this.content = content;
    this.draw();
  }

  draw() {
    if (!this.content) return;
    this.frame = frameOf(this.container, this.content);
    if (this.frame.width > 60) show(this.canvas, drawing(this.frame, this.content));
  }

  point(event) {
    const { times, line } = this.content?.headline ?? { times: [] };
    if (!times.length) return;
    const x = event.clientX - this.container.getBoundingClientRect().left;
    const at = this.frame.start + ((x - PAD.left) / this.frame.inner) * this.frame.span;
    const nearest = times.reduce((best, time, place) => (Math.abs(time - at) < Math.abs(times[best] - at) ? place : best), 0);
    this.hair.style.left = `${this.frame.x(times[nearest])}px`;
    this.tip.classList.toggle("left", x > this.frame.width / 2);
    this.tip.style.left = `${this.frame.x(times[nearest])}px`;
    show(this.tip, tipRows(times[nearest], line[nearest]));
    this.hair.hidden = this.tip.hidden = false;
  }

  leave() {
    this.hair.hidden = this.tip.hidden = true;
  }
}

function tipRows(at, [paid, technical, policy]) {
  const row = (family, name, share) => h("p", {}, mark(family), `${t(name)} `, h("b", {}, percent(share)));
  return [h("p", { class: "quiet" }, clockTime(at)), row("ok", "paid", paid), row("technical", "technical", technical),
    row("policy", "policy", policy)];
}

function frameOf(container, { at, headline }) {
  const width = container.clientWidth, height = container.clientHeight;
  const inner = width - PAD.left - PAD.right, tall = height - PAD.top - PAD.bottom;
  const lowest = Math.min(...headline.line.map(([paid]) => paid ?? 1));
  const floor = FLOORS.find((level) => level <= lowest - 0.01) ?? 0;
  const age = at - (headline.times[0] ?? at);
  const span = SPANS.find((seconds) => seconds >= age) ?? SPANS.at(-1);
  const start = at - span;
  return {
    width, height, inner, tall, floor, start, span,
    x: (time) => PAD.left + Math.max(0, Math.min(1, (time - start) / span)) * inner,
    y: (share) => PAD.top + (1 - (Math.max(share, floor) - floor) / (1 - floor)) * tall,
  };
}

function drawing(frame, content) {
  const { hour } = content.headline;
  const label = t("chart", { paid: percent(hour.paid), technical: percent(hour.technical), policy: percent(hour.policy) });
  const points = content.headline.times.map((at, place) => [at, ...content.headline.line[place]]);
  const runs = unbroken(points);
  return s("svg", { role: "img", "aria-label": label, width: frame.width, height: frame.height,
    viewBox: `0 0 ${frame.width} ${frame.height}` },
    patterns(), shades(frame, content), levels(frame), hours(frame, content.at),
    runs.map((run) => areas(frame, run)),
    runs.map((run) => s("path", { class: "paid", d: path(run.map(([at, paid]) => [frame.x(at), frame.y(paid)])) })),
    head(frame, points),
    points.length < 2 && s("text", { class: "axis", x: frame.width / 2, y: frame.height / 2, "text-anchor": "middle" },
      t("collecting")),
  );
}

/** Stretches of points that have a value. */
function unbroken(points) {
  const runs = [[]];
  for (const point of points) {
    if (point[1] === null) runs.push([]);
    else runs.at(-1).push(point);
  }
  return runs.filter((run) => run.length > 0);
}

function path(corners) {
  return corners.map(([x, y], place) => `${place ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
}

/** What was lost hangs from the top: technical failures first, policy blocks below them. */
function areas(frame, run) {
  const edge = (share) => run.map((point) => [frame.x(point[0]), frame.y(1 - share(point))]);
  const between = (upper, lower) => `${path(upper)}${path(lower.reverse()).replace("M", "L")}Z`;
  const technical = (point) => point[2], both = (point) => point[2] + point[3];
  return [
    s("path", { class: "lost-policy", d: between(edge(technical), edge(both)) }),
    s("path", { class: "lost-technical", d: between(edge(() => 0), edge(technical)) }),
  ];
}

function patterns() {
  return s("defs", {},
    s("pattern", { id: "hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      s("rect", { width: 6, height: 6, class: "hatch-ground" }), s("rect", { width: 2.4, height: 6, class: "hatch-line" })));
}

function levels(frame) {
  return [0, 1, 2, 3, 4].map((quarter) => {
    const share = frame.floor + ((1 - frame.floor) * quarter) / 4;
    const y = frame.y(share);
    const text = `${Number((share * 100).toFixed(1))}%`;
    return [s("line", { class: "level", x1: PAD.left, x2: frame.width - PAD.right, y1: y, y2: y }),
      s("text", { class: "axis", x: PAD.left - 8, y: y + 4, "text-anchor": "end" }, text)];
  });
}

function hours(frame, now) {
  const step = Math.max(60, frame.span / 6) * (frame.inner > 420 ? 1 : 2);
  const first = Math.ceil(frame.start / step) * step;
  const marks = [];
  for (let at = first; at <= now; at += step) {
    const x = frame.x(at);
    if (x > PAD.left + 18 && x < frame.width - 22) {
      marks.push(s("text", { class: "axis", x, y: frame.height - 6, "text-anchor": "middle" }, minuteTime(at)));
    }
  }
  return marks;
}

function shades(frame, { at, shaded }) {
  const seen = shaded.filter((incident) => (incident.resolved_at ?? at) > frame.start);
  return seen.map((incident) => {
    const from = frame.x(incident.started_at), to = frame.x(incident.resolved_at ?? at);
    const name = words(incident.reason).title, room = Math.floor((to - from) / 8);
    return s("g", { class: `shade ${incident.status} ${familyOf(incident.blame)}` },
      s("title", {}, name),
      s("rect", { x: from, width: Math.max(2, to - from), y: PAD.top, height: frame.tall }),
      s("rect", { class: "lid", x: from, width: Math.max(2, to - from), y: PAD.top - 4, height: 4 }),
      room > 9 && s("text", { class: "axis", x: from, y: PAD.top - 8 }, name.length > room ? `${name.slice(0, room - 1)}…` : name));
  });
}

function head(frame, points) {
  const last = points.at(-1);
  return last && last[1] !== null && s("circle", { class: "head", r: 4, cx: frame.x(last[0]), cy: frame.y(last[1]) });
}

export function legend() {
  const entry = (name, key) => h("span", {}, h("i", { class: `swatch ${key}`, "aria-hidden": "true" }), t(name));
  return [entry("paid", "paid"), entry("technical", "technical"), entry("policy", "policy"), entry("incident", "incident")];
}
