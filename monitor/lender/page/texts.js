// What the page itself says, in two languages. What reasons say comes from the server (/page/words.json).

const texts = {
  skip: ["Skip to content", "跳到内容"],
  title: ["Sandbox lender", "沙箱贷款机构"],
  description: ["API description", "接口文档"],
  language: ["中文", "English"],
  to_light: ["Light", "浅色"],
  to_dark: ["Dark", "深色"],
  live: ["live", "实时"],
  waiting: ["connecting", "连接中"],
  lost: ["no data", "无数据"],
  lost_long: ["The lender does not answer; trying again. What you see is old.", "贷款机构无响应,正在重试;以下内容已过期。"],
  token: ["The controls are for this machine alone. From elsewhere, enter the operator's token:",
    "控制功能仅限本机使用;从其他机器访问请输入运维令牌:"],
  enter: ["Enter", "进入"],
  break: ["Break something", "注入故障"],
  what: ["what", "故障类型"],
  strength: ["strength", "强度"],
  lasts: ["for", "持续"],
  until_healed: ["until healed", "直到恢复"],
  seconds: ["{n} s", "{n} 秒"],
  minutes: ["{n} min", "{n} 分钟"],
  everything: ["all", "全部"],
  do_break: ["Break it", "注入"],
  broken: ["Broken now", "当前故障"],
  nothing_broken: ["Nothing is broken.", "当前没有故障。"],
  heal: ["Heal", "恢复"],
  heal_all: ["Heal everything", "全部恢复"],
  since: ["for {time}", "已持续 {time}"],
  ends_in: ["ends in {time}", "{time} 后结束"],
  said_broken: ["{kind} is broken now.", "已注入:{kind}。"],
  said_healed: ["Healed.", "已恢复。"],
  should_say: ["a monitor should say: {reason}", "监控应指出:{reason}"],
  traffic: ["Traffic of the last two minutes", "最近 2 分钟流量"],
  a_second: ["requests a second, at most {n}", "每秒请求数,峰值 {n}"],
  served: ["answered", "已应答"],
  refused: ["refused as wrong (4xx)", "请求有误 (4xx)"],
  failed: ["failed (5xx or broken)", "服务失败 (5xx 或断连)"],
  by_endpoint: ["By endpoint, last minute", "按接口,最近 1 分钟"],
  by_outcome: ["How borrowers' attempts ended, last minute", "借款人申请结果,最近 1 分钟"],
  no_requests: ["No request in the last minute.", "最近 1 分钟没有请求。"],
  no_outcomes: ["No attempt ended in the last minute.", "最近 1 分钟没有结束的申请。"],
  reports: ["Borrowers report to {url}", "借款人结果上报至 {url}"],
  reports_trouble: ["{url} does not take reports: {trouble}", "{url} 未接收上报:{trouble}"],
  load: ["Servers, credit bureau and channels", "服务器、征信与支付通道"],
  servers: ["servers", "服务器"],
  bureau: ["credit bureau", "征信查询"],
  of: ["{busy} of {all} busy", "{busy}/{all} 忙"],
  wait: ["wait {time}", "排队 {time}"],
  no_wait: ["no queue", "无排队"],
  loans: ["Loans (the latest 20,000 at most)", "借据(最近 2 万笔以内)"],
  status_AUDITING: ["in audit", "审核中"],
  status_CREATED: ["on its way", "放款中"],
  status_LOAN_SUCCESS: ["paid out", "已放款"],
  status_LOAN_FAILED: ["failed", "失败"],
  status_LOAN_REVERSED: ["reversed", "已冲正"],
  status_LOAN_REPAID: ["repaid", "已还款"],
  money_without_success: ["money out, no success", "已出款未成功"],
  success_without_money: ["success, no money out", "已成功未出款"],
  paid_after_failure: ["paid after failure", "判失败后又出款"],
  checks: ["Identity checks", "身份核验"],
  no_checks: ["Nobody has been asked for an identity check.", "尚无人被要求核验身份。"],
  check_asked: ["asked for", "待核验"],
  check_begun: ["begun", "核验中"],
  check_passed: ["passed", "已通过"],
  check_failed: ["failed", "未通过"],
  check_expired: ["too late", "已过期"],
  callbacks: ["Callbacks", "回调通知"],
  waiting_callbacks: ["waiting", "待通知"],
  delivered: ["delivered", "已送达"],
  given_up: ["given up", "已放弃"],
  lag: ["longest lag", "最大滞后"],
  no_callbacks: ["Nobody has asked to be told of a loan.", "尚无回调登记。"],
  state_waiting: ["waiting", "待通知"],
  state_delivered: ["delivered", "已送达"],
  state_given_up: ["given up", "已放弃"],
  tries: ["{n} tries", "已尝试 {n} 次"],
  next_try: ["next at {time}", "下次 {time}"],
  reviews: ["Manual review", "人工复核"],
  open_reviews: ["waiting", "待复核"],
  upheld: ["upheld", "维持"],
  overturned: ["overturned", "推翻"],
  no_reviews: ["Nothing waits for a person.", "没有待复核的拦截。"],
  do_uphold: ["Uphold", "维持"],
  do_overturn: ["Overturn", "推翻"],
  tier: ["tier {tier}", "等级 {tier}"],
  slice_channel: ["channel", "通道"],
  slice_bank: ["bank", "银行"],
  slice_tier: ["tier", "等级"],
  slice_endpoint: ["endpoint", "接口"],
  slice_client: ["client", "客户"],
  slice_region: ["region", "地区"],
  slice_app: ["app version", "App 版本"],
  slice_method: ["method", "核验方式"],
  kind_channel_timeout: ["channel answers late", "通道应答变慢"],
  kind_channel_down: ["channel refuses connections", "通道拒绝连接"],
  kind_channel_squeezed: ["channel loses connections", "通道容量骤减"],
  kind_channel_rejects: ["channel refuses the format", "通道拒绝报文"],
  kind_maintenance: ["channel is in maintenance", "通道维护"],
  kind_payouts_stuck: ["payouts get stuck", "放款状态悬挂"],
  kind_payouts_late: ["payouts succeed after the time-out", "超时后才放款成功"],
  kind_servers_lost: ["servers are lost", "服务器减少"],
  kind_scaling_off: ["elastic scaling is off", "弹性扩容关闭"],
  kind_internal_errors: ["the lender fails on submits", "提交时内部错误"],
  kind_bureau_down: ["the credit bureau refuses look-ups", "征信查询中断"],
  kind_bureau_slow: ["the credit bureau is slow", "征信查询变慢"],
  kind_identity_fails: ["the identity service fails people", "身份核验服务异常"],
  kind_identity_expires: ["identity checks expire early", "身份核验过早失效"],
  kind_score_cut: ["the score's cut-off is lowered", "评分准入收紧"],
  kind_review_hold: ["borrowers are held for review", "转人工复核"],
  kind_fraud_rule: ["the fraud job restricts too many accounts", "反欺诈名单过严"],
  kind_device_rule: ["the device rule is too sharp", "多设备规则过严"],
  kind_burst_rule: ["the burst rule is too sharp", "集中借款规则过严"],
  kind_funder_cut: ["the funder cuts its quota", "资金方额度收缩"],
  kind_unexplained: ["refusals are not explained", "拒绝不说明原因"],
  kind_codes_renamed: ["refusals come with unknown codes", "拒绝使用未知错误码"],
  kind_fields_renamed: ["a field of answers is renamed", "应答字段改名"],
  kind_step_up: ["one more identity check", "新增身份验证"],
  kind_limit_cut: ["limits are cut", "额度动态下调"],
  kind_slow_servers: ["servers are slow", "服务器变慢"],
  kind_servers_down: ["servers break connections", "服务器断开连接"],
  kind_key_rotated: ["a client's key was rotated", "客户密钥被轮换"],
  kind_callbacks_lost: ["callbacks get lost", "回调丢失"],
  kind_callbacks_late: ["callbacks leave late", "回调延迟"],
  means_channel_timeout: [null, "通道应答时间变为原来的倍数"],
  means_channel_down: [null, "大于 0 时通道拒绝连接"],
  means_channel_squeezed: [null, "通道连接数减少的比例"],
  means_channel_rejects: [null, "报文被通道拒绝的放款比例"],
  means_maintenance: [null, "大于 0 时通道关闭且机构知情:有备用通道则改道放款"],
  means_payouts_stuck: [null, "两小时内没有任何结果的放款比例"],
  means_payouts_late: [null, "已按超时放弃、通道随后仍会付款的比例"],
  means_servers_lost: [null, "减少的服务器比例"],
  means_scaling_off: [null, "大于 0 时负载升高也不扩容"],
  means_internal_errors: [null, "机构处理失败的提交比例"],
  means_bureau_down: [null, "征信查询被拒的借款人比例"],
  means_bureau_slow: [null, "征信应答时间变为原来的倍数"],
  means_identity_fails: [null, "核验不通过的借款人比例"],
  means_identity_expires: [null, "身份核验有效时间缩短的比例"],
  means_score_cut: [null, "准入线降低的违约对数几率"],
  means_review_hold: [null, "转人工复核的借款人比例"],
  means_fraud_rule: [null, "下次名单任务多限制的账户比例,可疑度高者先"],
  means_device_rule: [null, "减少的允许设备数;减少 3 台则不允许任何设备"],
  means_burst_rule: [null, "同一层级同时提交次数上限降低的比例"],
  means_funder_cut: [null, "资金方当日额度减少的比例"],
  means_unexplained: [null, "得不到拒绝原因与指引的借款人比例;本身不拒绝任何人"],
  means_codes_renamed: [null, "拒绝时收到未知错误码的借款人比例;本身不拒绝任何人"],
  means_fields_renamed: [null, "应答中某字段改名的借款人比例"],
  means_step_up: [null, "被要求加验身份的借款人比例"],
  means_limit_cut: [null, "被下调的额度比例"],
  means_slow_servers: [null, "每个请求的处理时间变为原来的倍数"],
  means_servers_down: [null, "大于 0 时连接被断开"],
  means_key_rotated: [null, "大于 0 时机构所存的客户密钥已被更换"],
  means_callbacks_lost: [null, "途中丢失的回调比例:通道发往机构,或机构发往客户"],
  means_callbacks_late: [null, "每个回调延迟发出的秒数"],
  and_then: ["; ", ";"],
  "result_no answer": ["no answer", "无应答"],
  "result_no connection": ["no connection", "无法连接"],
  "result_another answer than success": ["another answer than success", "应答不是 success"],
  result_success: ["taken", "已接收"],
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

/** A text of the page; `{name}` is replaced. For a key that the page does not know, `otherwise` or the key is shown. */
export function t(key, parts = {}, otherwise = key) {
  const text = texts[key]?.[languages.indexOf(state.language)] ?? otherwise;
  return text.replace(/\{(\w+)\}/g, (_, name) => parts[name] ?? "");
}

/** A word of an open vocabulary: translated if known, else as the lender writes it. */
export function term(prefix, word) {
  return texts[`${prefix}_${word}`] ? t(`${prefix}_${word}`) : word.replaceAll("_", " ");
}

/** Fetch what reasons say; then `loaded()`. */
export async function loadWords(loaded) {
  const answer = await fetch("/page/words.json").catch(() => null);
  if (!answer?.ok) return setTimeout(() => loadWords(loaded), 3000);
  state.words = await answer.json();
  return loaded();
}

/** The name of a reason. */
export function reasonTitle(reason) {
  return state.words[reason]?.[state.language].title ?? reason;
}
