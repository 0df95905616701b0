// Asks the lender for its state once a second, and tells it what to break and heal.

import { language } from "./texts.js";

const KEY = "drawdown.sandbox.token";
const EVERY = 1000;

function headers(more = {}) {
  const token = sessionStorage.getItem(KEY);
  return { ...more, "Accept-Language": language(), ...(token ? { Authorization: `Bearer ${token}` } : {}) };
}

export function setToken(token) {
  sessionStorage.setItem(KEY, token);
}

/** Call `news(state)` once a second; `trouble("forbidden")` or `trouble("lost")` when there is none. */
export function follow(news, trouble) {
  const ask = async () => {
    const answer = await fetch("/-/state.json", { headers: headers(), signal: AbortSignal.timeout(5000) }).catch(() => null);
    if (answer?.ok) news((await answer.json()).data);
    else trouble(answer?.status === 403 ? "forbidden" : "lost");
    setTimeout(ask, EVERY);
  };
  ask();
}

/** Tell the lender something; gives the problem, empty when it was done. */
export async function tell(method, path, content) {
  const body = content === undefined ? undefined : JSON.stringify(content);
  const sent = headers(body ? { "Content-Type": "application/json" } : {});
  const answer = await fetch(path, { method, headers: sent, body }).catch(() => null);
  if (answer?.ok) return "";
  const said = await answer?.json().catch(() => null);
  return said ? [said.message, said.data?.problem].filter(Boolean).join(": ") : "—";
}
