// Shapes that go with colours, so that neither is the only sign.

import { h } from "./dom.js";
import { t } from "./texts.js";

const shapes = { ok: "✓", technical: "▲", policy: "◆", borrower: "●", unknown: "?", monitor: "■" };

const families = {
  channel: "technical", lender: "technical", risk: "policy", behaviour: "policy", limit: "policy",
  borrower: "borrower", monitor: "monitor", nobody: "ok",
};

const endings = {
  succeeded: "ok", failed: "technical", blocked: "policy", abandoned: "borrower", unknown: "unknown", pending: "unknown",
};

/** The family of colours of a blame or of an ending. */
export function familyOf(word) {
  return families[word] ?? endings[word] ?? "unknown";
}

/** A coloured shape, silent for those who listen: text stands beside it. */
export function mark(family) {
  return h("span", { class: `shape ${family}`, "aria-hidden": "true" }, shapes[family]);
}

export function blameTag(blame) {
  return h("span", { class: `tag ${familyOf(blame)}` }, t(`blame_${blame}`));
}
