// The form that breaks something, and the list of what is broken.

import { h, show } from "./dom.js";
import { age } from "./format.js";
import { tell } from "./control.js";
import { reasonTitle, t, term } from "./texts.js";

const LASTS = [null, 30, 60, 300, 900];

const nameOf = (slice) => term("slice", slice);

export class Faults {
  constructor({ form, where, kind, strength, seconds, meaning, refused, list, spoken }) {
    Object.assign(this, { form, where, kind, strength, seconds, meaning, refused, list, spoken });
    this.state = null;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.break();
    });
    kind.addEventListener("change", () => this.choose());
  }

  update(state) {
    const first = this.state === null;
    this.state = state;
    if (first) this.fill();
    this.showList();
  }

  /** Texts and choices, when the language or what can be broken changes. */
  fill() {
    if (!this.state) return;
    const [kind, seconds] = [this.kind.value, this.seconds.value];
    show(this.kind, this.state.kinds.map((one) => h("option", { value: one.kind }, term("kind", one.kind))));
    show(this.seconds, LASTS.map((one) => h("option", { value: one ?? "" }, this.lasting(one))));
    if (kind) [this.kind.value, this.seconds.value] = [kind, seconds];
    this.choose();
  }

  lasting(seconds) {
    if (seconds === null) return t("until_healed");
    return seconds < 60 ? t("seconds", { n: seconds }) : t("minutes", { n: seconds / 60 });
  }

  chosen() {
    return this.state.kinds.find((one) => one.kind === this.kind.value);
  }

  choose() {
    const { kind, by, meaning, strength, reason } = this.chosen();
    const known = by.filter((name) => this.state.slices[name]?.length);
    show(this.where, known.map((name) => this.slice(name)));
    this.strength.placeholder = strength;
    this.meaning.textContent = `${t(`means_${kind}`, {}, meaning)}${t("and_then")}${t("should_say", { reason: reasonTitle(reason) })}`;
  }

  slice(name) {
    const values = this.state.slices[name].map((value) => h("option", { value }, value));
    const select = h("select", { id: `by-${name}`, "data-by": name }, h("option", { value: "" }, t("everything")), values);
    return h("p", { "data-key": name }, h("label", { for: `by-${name}` }, nameOf(name)), select);
  }

  async break() {
    const selects = [...this.where.querySelectorAll("select")].filter((select) => select.value);
    const content = { kind: this.kind.value, where: Object.fromEntries(selects.map((one) => [one.dataset.by, one.value])) };
    if (this.strength.value !== "") content.strength = Number(this.strength.value);
    if (this.seconds.value !== "") content.seconds = Number(this.seconds.value);
    this.say(await tell("POST", "/-/faults", content), t("said_broken", { kind: term("kind", content.kind) }));
  }

  async heal(path) {
    this.say(await tell("DELETE", path), t("said_healed"));
  }

  say(problem, done) {
    this.refused.textContent = problem;
    this.spoken.textContent = problem ? "" : done;
  }

  showList() {
    const { faults, now } = this.state;
    if (!faults.length) return show(this.list, h("p", { class: "empty" }, t("nothing_broken")));
    const all = h("button", { type: "button", class: "act small" }, t("heal_all"));
    all.addEventListener("click", () => this.heal("/-/faults"));
    return show(this.list, h("ul", { class: "lines" }, faults.map((one) => this.line(one, now))), faults.length > 1 ? this.keep("all", all) : null);
  }

  line(fault, now) {
    const heal = h("button", { type: "button", class: "act small" }, t("heal"));
    heal.addEventListener("click", () => this.heal(`/-/faults/${fault.id}`));
    const where = Object.entries(fault.where).map(([name, value]) => `${nameOf(name)} ${value}`).join(", ");
    const ends = fault.ends_at === null ? null : h("span", { class: "quiet" }, t("ends_in", { time: age(fault.ends_at - now) }));
    return h("li", { class: "fault", "data-key": fault.id },
      h("b", {}, term("kind", fault.kind)),
      h("span", {}, where || t("everything")),
      h("span", { class: "quiet" }, `${t("strength")} ${fault.strength}`),
      h("span", { class: "quiet" }, t("since", { time: age(now - fault.starts_at) })),
      ends,
      h("span", { class: "end", "data-key": "end" }, this.keep(fault.id, heal)));
  }

  /** A button keeps its listener only as a new node: `show` moves nodes with a new key in whole. */
  keep(name, button) {
    button.dataset.key = name;
    return button;
  }
}
