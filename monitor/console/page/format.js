// Numbers and times for a reader three metres away. Times come in Unix seconds and leave in the reader's time zone.

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const minute = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat("sv-SE", { year: "numeric", month: "2-digit", day: "2-digit" });
const whole = new Intl.NumberFormat("en-US");

export const none = "–";

/** 0.98765 → "98.8 %"; more places where they matter: near 1 and near 0. */
export function percent(share) {
  if (share === null || share === undefined) return none;
  if (share === 0 || share === 1) return `${share * 100}%`;
  const places = share >= 0.99 || share < 0.01 ? 2 : 1;
  return `${(share * 100).toFixed(places)}%`;
}

export function count(number) {
  return number === null || number === undefined ? none : whole.format(Math.round(number));
}

export function clockTime(at) {
  return at ? clock.format(at * 1000) : none;
}

export function minuteTime(at) {
  return minute.format(at * 1000);
}

/** With the day where it is not today's. */
export function dayTime(at, now) {
  const [then, today] = [day.format(at * 1000), day.format(now * 1000)];
  return then === today ? clockTime(at) : `${then} ${clockTime(at)}`;
}

/** 73.4 → "1:13", 3700 → "1:01:40": a stopwatch. */
export function stopwatch(seconds) {
  const total = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** 4.2 → "4 s", 73.4 → "1:13": how long ago. */
export function age(seconds) {
  return seconds < 100 ? `${Math.max(0, Math.floor(seconds))} s` : stopwatch(seconds);
}

/** 0.0821 → "82 ms", 4.26 → "4.26 s", 2 → "2 s". */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return none;
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds >= 100) return stopwatch(seconds);
  return `${Number.isInteger(seconds) ? seconds : seconds.toFixed(2)} s`;
}

export function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
