// Says aloud (to screen readers) and in the tab's title what opened and what is over.

import { t, words } from "./texts.js";

/** Compares each snapshot's open incidents with the last one's. */
export class Voice {
  constructor(spoken) {
    this.spoken = spoken;
    this.known = null;
  }

  update(open) {
    const fresh = new Map(open.map(({ line }) => [line.id, line]));
    const said = this.known ? [
      ...[...fresh.values()].filter((line) => !this.known.has(line.id)).map((line) => say("opened_aloud", line)),
      ...[...this.known.values()].filter((line) => !fresh.has(line.id)).map((line) => say("resolved_aloud", line)),
    ] : open.map(({ line }) => say("opened_aloud", line));
    if (said.length) this.spoken.textContent = said.join(" ");
    this.known = fresh;
  }
}

function say(key, line) {
  return t(key, { title: words(line.reason).title, journey: line.journey });
}

export function titleOf(open, old) {
  if (old) return `⚠ ${t("lost")} · ${t("title")}`;
  return open.length ? `(${open.length}) ${words(open[0].line.reason).title} · ${t("title")}` : `✓ ${t("title")}`;
}
