// What the page itself says, in two languages. What reasons say comes from the server (/console/words.json).

const texts = {
  skip: ["Skip to content", "跳到内容"],
  title: ["Drawdown Monitor", "借款监控"],
  live: ["live", "实时"],
  waiting: ["connecting", "连接中"],
  lost: ["no data", "无数据"],
  no_data_since: ["No data since {time}. What you see is old.", "自 {time} 起无数据,以下内容已过期。"],
  no_data_yet: ["No data yet.", "尚无数据。"],
  lost_stream: ["The connection to the monitor is lost; trying again.", "与监控服务的连接已断开,正在重连。"],
  lost_evaluation: ["The monitor answers but does not evaluate its rules.", "监控服务可达,但规则未在执行。"],
  language: ["中文", "English"],
  to_light: ["Light", "浅色"],
  to_dark: ["Dark", "深色"],
  open_incidents: ["Open incidents", "进行中的故障"],
  no_incident: ["No open incident", "当前无故障"],
  last_incident: ["the last one ended at {time}", "上一次于 {time} 恢复"],
  headline: ["Credit-to-cash success", "有额度借款成功率"],
  headline_probe: ["seen by probes: no borrower was reported", "仅探针数据:尚无借款人上报"],
  last_minute: ["last minute", "最近 1 分钟"],
  last_hour: ["last hour", "最近 1 小时"],
  attempts: ["{n} attempts", "{n} 笔申请"],
  technical: ["technical failures", "技术失败"],
  policy: ["policy blocks", "策略拦截"],
  borrower: ["borrower's own", "借款人原因"],
  unexplained: ["refused, no reason", "失败未说明"],
  hour: ["hour", "1 小时"],
  paid: ["paid out", "已放款"],
  incident: ["incident", "故障"],
  chart: ["Over the last hour: {paid} paid out, {technical} technical failures, {policy} policy blocks.",
    "最近 1 小时:放款 {paid},技术失败 {technical},策略拦截 {policy}。"],
  collecting: ["collecting the first minute", "正在收集首分钟数据"],
  journeys: ["Journeys", "探测流程"],
  no_journeys: ["No journey is configured.", "未配置探测流程。"],
  no_runs: ["No run yet", "尚未运行"],
  every: ["every {time}", "每 {time}"],
  in_a_row: ["{n} in a row since {time}", "自 {time} 起连续 {n} 次"],
  of_last: ["{n} of the last {all} not paid out", "最近 {all} 次中 {n} 次未放款"],
  silent: ["no run since {time}", "自 {time} 起未运行"],
  last_success: ["last success", "最近成功"],
  ago: ["{time} ago", "{time} 前"],
  never: ["none remembered", "无记录"],
  runs: ["Runs of {name}, oldest first", "{name} 的运行,由旧到新"],
  run: ["run at {time}", "{time} 的运行"],
  latest: ["latest run", "最新运行"],
  follow: ["follow the latest", "跟随最新"],
  older: ["older", "更早"],
  newer: ["now", "现在"],
  dns: ["DNS", "DNS"],
  connect: ["connect", "连接"],
  tls: ["TLS", "TLS"],
  first_byte: ["first byte", "首字节"],
  body: ["body", "正文"],
  rest: ["waiting, polls", "等待与轮询"],
  polls: ["{n} exchanges", "{n} 次交互"],
  cleanup: ["gives back", "归还"],
  no_steps: ["This run has no steps.", "该运行没有步骤。"],
  not_found: ["Not remembered any more.", "已无记录。"],
  reasons: ["Why borrowers did not get the money", "未放款原因"],
  no_reasons: ["Nothing failed and nothing was blocked in the last hour.", "最近 1 小时无失败与拦截。"],
  five_minutes: ["last 5 min", "最近 5 分钟"],
  hour_average: ["hour's average", "1 小时均值"],
  five_short: ["5 min", "5 分钟"],
  more_reasons: ["and {n} more, {count} attempts this hour", "另有 {n} 种,本小时 {count} 笔"],
  recent_incidents: ["Recent incidents", "近期故障"],
  no_recent: ["None since the monitor started remembering.", "暂无记录。"],
  lasted: ["lasted {time}", "持续 {time}"],
  since: ["since {time}", "始于 {time}"],
  step: ["step", "环节"],
  whose: ["whose doing", "责任方"],
  affected_now: ["affected, last minute", "受影响(最近 1 分钟)"],
  normal: ["normal", "平时"],
  borrowers: ["borrowers", "借款人"],
  affected: ["attempts", "笔数"],
  of_attempts: ["{affected} of {attempts} attempts", "{attempts} 笔中 {affected} 笔"],
  probes: ["probe runs", "探针"],
  for_whom: ["for whom", "影响人群"],
  led_to: ["led to", "由此引发"],
  everybody: ["no slice stands out", "无明显集中"],
  of_affected: ["{share} of the affected", "占受影响 {share}"],
  what_to_do: ["What to do", "处置建议"],
  tell: ["What to tell borrowers", "对借款人的说明"],
  unexplained_count: ["without a reason shown", "未说明原因"],
  codes: ["lender's codes", "错误码"],
  rules: ["Alerts", "告警"],
  timeline: ["Timeline", "时间线"],
  close: ["Close", "关闭"],
  copy: ["Link to this incident", "本故障链接"],
  status_open: ["open", "进行中"],
  status_resolved: ["resolved", "已恢复"],
  severity_page: ["page", "紧急"],
  severity_ticket: ["ticket", "工单"],
  opened_aloud: ["Incident opened: {title}, {journey}.", "故障发生:{title},{journey}。"],
  resolved_aloud: ["Incident resolved: {title}, {journey}.", "故障恢复:{title},{journey}。"],
  health: ["Monitor", "监控自身"],
  evaluated: ["last evaluation", "最近评估"],
  evaluation_seconds: ["evaluation", "评估耗时"],
  evaluations_missed: ["evaluations missed", "错过评估"],
  evaluations_failed: ["rule failures", "规则失败"],
  series: ["series", "序列"],
  series_refused: ["series refused", "拒收序列"],
  runs_missed: ["runs missed", "错过运行"],
  owed_loans: ["loans owed", "待归还借款"],
  notices_failed: ["notices failed", "通知失败"],
  outcomes_refused: ["reports refused", "拒收上报"],
  kind_succeeded: ["paid out", "已放款"],
  kind_failed: ["failed", "失败"],
  kind_blocked: ["blocked", "被拦截"],
  kind_abandoned: ["abandoned", "放弃"],
  kind_unknown: ["unknown", "未知"],
  kind_pending: ["pending", "处理中"],
  blame_nobody: ["nobody", "无"],
  blame_channel: ["payment channel", "支付通道"],
  blame_lender: ["lender", "放贷系统"],
  blame_risk: ["risk policy", "风控策略"],
  blame_behaviour: ["behaviour rule", "行为规则"],
  blame_limit: ["limit policy", "额度策略"],
  blame_borrower: ["borrower", "借款人"],
  blame_monitor: ["monitor", "监控自身"],
  slice_channel: ["channel", "通道"],
  slice_bank: ["bank", "银行"],
  slice_tier: ["tier", "等级"],
  slice_region: ["region", "地区"],
  slice_app: ["app version", "应用版本"],
  event_opened: ["opened", "发生"],
  event_joined: ["joined", "新增告警"],
  event_left: ["left", "告警退出"],
  event_traced: ["root found", "找到根源"],
  event_quiet: ["quiet", "暂时平静"],
  event_grew: ["grew", "扩大"],
  event_notified: ["notified", "已通知"],
  event_failed_notice: ["notice failed", "通知失败"],
  event_resolved: ["resolved", "恢复"],
  event_reopened: ["reopened", "复发"],
};

const languages = ["en", "zh"];
const state = { language: initial(), words: {} };

function initial() {
  const chosen = localStorage.getItem("drawdown.language");
  if (languages.includes(chosen)) return chosen;
  return navigator.language.startsWith("zh") ? "zh" : "en";
}

export function language() {
  return state.language;
}

export function setLanguage(name) {
  state.language = name;
  localStorage.setItem("drawdown.language", name);
}

/** A text of the page; `{name}` is replaced. A key that the page does not know is shown as it is. */
export function t(key, parts = {}) {
  const text = texts[key]?.[languages.indexOf(state.language)] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => parts[name] ?? "");
}

/** A word of an open vocabulary: translated if known, else as the monitor writes it. */
export function term(prefix, word) {
  return texts[`${prefix}_${word}`] ? t(`${prefix}_${word}`) : word;
}

/** Fetch what reasons say, for as long as it takes; then `loaded()`. */
export async function loadWords(loaded) {
  const answer = await fetch("/console/words.json").catch(() => null);
  if (!answer?.ok) return setTimeout(() => loadWords(loaded), 3000);
  state.words = await answer.json();
  return loaded();
}

export function wordsLoaded() {
  return Object.keys(state.words).length > 0;
}

/** What a reason says: `title`, `guidance` (to borrowers), `action` (to the one on call). */
export function words(reason) {
  return state.words[reason]?.[state.language] ?? { title: reason, guidance: "", action: "" };
}
