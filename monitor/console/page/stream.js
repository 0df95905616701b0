// The stream of snapshots, and whether they can still be believed.

const SILENCE = 5; // seconds without a snapshot after which the page calls itself old
const LATE = 10; // seconds without an evaluation of rules
const AGAIN = 3; // seconds until a refused stream is tried again

/** Follow the stream for as long as the page lives: `seen(snapshot)` for each one. Returns what is known of time. */
export function follow(seen) {
  const link = { snapshot: null, received: performance.now() };
  const open = () => {
    const source = new EventSource("/console/events");
    source.addEventListener("message", (event) => {
      link.snapshot = JSON.parse(event.data);
      link.received = performance.now();
      seen(link.snapshot);
    });
    source.addEventListener("error", () => {
      if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
      setTimeout(open, AGAIN * 1000);
    });
  };
  open();
  return link;
}

/** The monitor's time now, as far as the last snapshot tells; null before the first. */
export function serverNow(link) {
  return link.snapshot ? link.snapshot.at + (performance.now() - link.received) / 1000 : null;
}

/** One of waiting (for the first snapshot), live, silent (none comes), late (snapshots come, but rules are not evaluated). */
export function linkState(link) {
  if (performance.now() - link.received > SILENCE * 1000) return "silent";
  if (!link.snapshot) return "waiting";
  const evaluated = link.snapshot.health.evaluated_at;
  return evaluated === null || serverNow(link) - evaluated > LATE ? "late" : "live";
}
