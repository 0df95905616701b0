"""What notices say, in each language. `{}` fields are filled by `notice`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from alerts.incident import Change, Severity
from drawdown.reasons import Blame, Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """One language. `units` are seconds, minutes, hours and days, each with its space."""

    severities: Mapping[Severity, str]
    blames: Mapping[Blame, str]
    slices: Mapping[str, tuple[str, str]]
    """By slice or trait: one of it, and all of it."""
    units: tuple[str, str, str, str]
    titles: Mapping[Change, str]
    heads: Mapping[Change, str]
    where: str
    journey: str
    share: str
    since: str
    lasted: str
    step: str
    step_unsure: str
    reason: str
    whom: str
    hit: str
    hit_part: str
    all_but: str
    spared: str
    even: str
    many: str
    none_yet: str
    total: str
    shares: str
    no_attempts: str
    unexplained: str
    probes: str
    led_to: str
    led_to_part: str
    action: str
    seen: str
    runbook: str
    comma: str
    semicolon: str


_EN: Final = Phrases(
    severities={Severity.PAGE: "PAGE", Severity.TICKET: "TICKET"},
    blames={
        Blame.NOBODY: "nobody's doing",
        Blame.CHANNEL: "the payment channel's doing",
        Blame.LENDER: "the lender's own systems",
        Blame.RISK: "a risk policy",
        Blame.BEHAVIOUR: "a behaviour rule",
        Blame.LIMIT: "a limit or quota",
        Blame.BORROWER: "the borrower's side",
        Blame.MONITOR: "the monitor itself, not the lender",
    },
    slices={
        "channel": ("channel", "channels"),
        "bank": ("bank", "banks"),
        "tier": ("tier", "tiers"),
        "region": ("region", "regions"),
        "app": ("app version", "app versions"),
    },
    units=(" s", " min", " h", " d"),
    titles={
        Change.OPENED: "[{severity}] {where}{title}{share}",
        Change.REOPENED: "[{severity}] {where}{title} again{share}",
        Change.TRACED: "[{severity}, root found] {where}{title}{share}",
        Change.GREW: "[{severity}, was a ticket] {where}{title}{share}",
        Change.RESOLVED: "[RESOLVED] {where}{title}, after {lasted}",
    },
    heads={
        Change.OPENED: "{severity}: {title}{journey}.",
        Change.REOPENED: "{severity}: {title}{journey}. It had ended and is back.",
        Change.TRACED: "{severity}, its root is found: {title}{journey}. What was told before follows from it.",
        Change.GREW: "Now a {severity}, before a ticket: {title}{journey}.",
        Change.RESOLVED: "Resolved: {title}{journey}.",
    },
    where="{journey}: ",
    journey=", journey {journey}",
    share=", {share} of attempts",
    since="Since {time} ({ago} ago).",
    lasted="From {start} to {end} ({lasted}).",
    step="Step: {step} ({count} of {affected}).",
    step_unsure="Step: {step}.",
    reason="Reason: {reason}, {blame}.",
    whom="For whom: {text}.",
    hit="{slice} {parts}",
    hit_part="{value} ({affected} of {attempts} attempts)",
    all_but="all {slices} but {parts}",
    spared="other {slices} normal",
    even="all {slices} alike",
    many="How many: {affected} attempts of {borrowers} borrowers so far. {shares}",
    none_yet="How many: no attempt has ended for this reason yet.",
    total="In all: {affected} attempts of {borrowers} borrowers were hit, {share} of all in that time. {shares}",
    shares="Now {now}, in the ten minutes before it began {before}.",
    no_attempts="no attempts",
    unexplained="{count} of them were shown no reason to act on.",
    probes="Probes: {affected} of {attempts} runs are hit too.",
    led_to="It led to: {text}.",
    led_to_part="{title} ({reason}, {count} attempts)",
    action="What to do: {text}",
    seen="Seen by: {text}",
    runbook="Runbook: {url}",
    comma=", ",
    semicolon="; ",
)

_ZH: Final = Phrases(
    severities={Severity.PAGE: "紧急", Severity.TICKET: "工单"},
    blames={
        Blame.NOBODY: "无",
        Blame.CHANNEL: "支付通道",
        Blame.LENDER: "放贷系统自身",
        Blame.RISK: "风控策略",
        Blame.BEHAVIOUR: "行为规则",
        Blame.LIMIT: "额度或资金限额",
        Blame.BORROWER: "借款人",
        Blame.MONITOR: "监控自身,与放贷系统无关",
    },
    slices={
        "channel": ("通道", "通道"),
        "bank": ("银行", "银行"),
        "tier": ("客群等级", "客群等级"),
        "region": ("地区", "地区"),
        "app": ("应用版本", "应用版本"),
    },
    units=(" 秒", " 分钟", " 小时", " 天"),
    titles={
        Change.OPENED: "【{severity}】{where}{title}{share}",
        Change.REOPENED: "【{severity}】{where}{title}再次发生{share}",
        Change.TRACED: "【{severity},已找到根源】{where}{title}{share}",
        Change.GREW: "【升级为{severity}】{where}{title}{share}",
        Change.RESOLVED: "【恢复】{where}{title},历时 {lasted}",
    },
    heads={
        Change.OPENED: "{severity}:{title}{journey}。",
        Change.REOPENED: "{severity}:{title}{journey}。恢复后再次发生。",
        Change.TRACED: "{severity},已找到根源:{title}{journey}。此前通知的问题由它引起。",
        Change.GREW: "由工单升级为{severity}:{title}{journey}。",
        Change.RESOLVED: "已恢复:{title}{journey}。",
    },
    where="{journey}:",
    journey=",流程 {journey}",
    share=",占比 {share}",
    since="开始时间:{time}({ago}前)。",
    lasted="起止时间:{start} 至 {end}(历时 {lasted})。",
    step="环节:{step}({affected} 次中的 {count} 次)。",
    step_unsure="环节:{step}。",
    reason="原因:{reason},责任方:{blame}。",
    whom="影响范围:{text}。",
    hit="{slice} {parts}",
    hit_part="{value}({attempts} 次中 {affected} 次)",
    all_but="除 {parts}外的所有{slices}",
    spared="其他{slices}正常",
    even="所有{slices}无差别",
    many="影响规模:目前 {affected} 次借款、{borrowers} 位借款人。{shares}",
    none_yet="影响规模:尚无借款因此失败。",
    total="影响规模:共 {affected} 次借款、{borrowers} 位借款人,占期间借款的 {share}。{shares}",
    shares="当前占比 {now},发生前十分钟为 {before}。",
    no_attempts="无借款",
    unexplained="其中 {count} 次未告知借款人可操作的原因。",
    probes="探针:{attempts} 次中 {affected} 次同样受影响。",
    led_to="由此引发:{text}。",
    led_to_part="{title}({reason},{count} 次)",
    action="处置建议:{text}",
    seen="触发告警:{text}",
    runbook="处置手册:{url}",
    comma="、",
    semicolon=";",
)

PHRASES: Final[Mapping[Language, Phrases]] = {"en": _EN, "zh": _ZH}
