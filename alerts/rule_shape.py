"""The shape of a rule file: what may stand where, and what a name may look like."""

import re
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictStr, ValidationInfo, model_validator

from drawdown.durations import Duration
from drawdown.series import NAME


class Names(StrEnum):
    """What series and labels may be named: letters, digits and _, or any UTF-8 as in Prometheus 3."""

    LEGACY = "legacy"
    UTF8 = "utf-8"


_SERIES_NAME: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL_NAME: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def _series_name(name: str, info: ValidationInfo) -> str:
    if set("{}") & set(name):
        raise ValueError(f"{name!r} cannot name a series; did it want to be in `expr`?")
    if name and _names(info) is Names.LEGACY and not _SERIES_NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot name a series; use letters, digits, _ and :")
    return name


def _label_name(name: str, info: ValidationInfo) -> str:
    if name == NAME:
        raise ValueError(f"{name!r} cannot be given as a label; the name is that of the rule")
    return _annotation_name(name, info)


def _annotation_name(name: str, info: ValidationInfo) -> str:
    if not (name if _names(info) is Names.UTF8 else _LABEL_NAME.fullmatch(name)):
        raise ValueError(f"{name!r} cannot name a label; use letters, digits and _")
    return name


def _names(info: ValidationInfo) -> Names:
    return info.context if isinstance(info.context, Names) else Names.LEGACY


_Name = Annotated[StrictStr, AfterValidator(_series_name)]
_LabelName = Annotated[StrictStr, AfterValidator(_label_name)]
_Labels = dict[_LabelName, StrictStr]
_Annotations = dict[Annotated[StrictStr, AfterValidator(_annotation_name)], StrictStr]


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WrittenRule(_Written):
    record: _Name = ""
    alert: StrictStr = ""
    expr: StrictStr
    for_: Duration = Field(default=0.0, alias="for")
    keep_firing_for: Duration = 0.0
    labels: _Labels = Field(default_factory=dict)
    annotations: _Annotations = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_one_kind(self) -> "WrittenRule":
        if bool(self.record) is bool(self.alert):
            raise ValueError("a rule has either `record` or `alert`")
        if self.record and (self.for_ or self.keep_firing_for or self.annotations):
            raise ValueError("a recording rule has no `for`, `keep_firing_for` or `annotations`")
        return self


class WrittenGroup(_Written):
    name: Annotated[StrictStr, Field(min_length=1)]
    interval: Duration | None = None
    query_offset: Duration | None = None
    limit: int = 0
    labels: _Labels = Field(default_factory=dict)
    rules: tuple[WrittenRule, ...] = ()


class WrittenFile(_Written):
    """To be bound with the Names that are allowed as context, and with scalars as they were written."""

    groups: tuple[WrittenGroup, ...] = ()
