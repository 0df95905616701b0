"""The configuration: one YAML file, read once into frozen values, with every error of it and of its files at once."""

import glob
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

import sandbox
from alerts.remote.plan import unreadable
from alerts.remote.watch import watched
from alerts.rule import Group, load_rule_files
from alerts.settings import AlertSettings
from alerts.thresholds import with_thresholds
from collector.settings import CollectorSettings
from collector.vocabulary import JourneyWords, Vocabulary
from drawdown.codes import Codes, merged, public_codes
from drawdown.document import Document, Key, read_document
from drawdown.errors import InvalidInput, Problem
from drawdown.outcome import SLICES, Origin
from drawdown.reasons import Reason
from monitor import logging
from monitor.rollups import Matchers, rolled_up
from monitor.secrets import reveal, secrets_in
from probes.journey import Journey, load_journey

T = TypeVar("T")

SHIPPED_RULES = Path(str(resources.files("alerts"))) / "rules"


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LogSettings(_Settings):
    """How the monitor speaks of itself, on standard error."""

    format: logging.Format = "console"
    level: logging.Level = "info"


class BorrowerJourney(_Settings):
    """A journey that real borrowers take and report: its steps, in order."""

    steps: tuple[str, ...] = ()


class Borrowers(_Settings):
    """What borrowers' outcomes may say. A value of a slice that is not listed is counted as `other`."""

    journeys: dict[str, BorrowerJourney] = Field(default_factory=dict)
    slices: dict[Literal["channel", "bank", "tier"], tuple[str, ...]] = Field(default_factory=dict)


class Settings(_Settings):
    """The whole file. Paths start at the file's own folder."""

    listen: str = "127.0.0.1:9185"
    location: str = Field(default="local", pattern=r"^[!-~]{1,64}$")
    """Where this monitor's probes run from, for example shanghai-1: the label `location` of their runs."""
    public_url: str = ""
    """Where people reach the console, for links in notices; `http://<listen>` if empty."""
    state: Path = Path("state")
    """The folder for what must survive a restart: incidents, notices owed, loans to be reversed."""
    log: LogSettings = LogSettings()
    variables: dict[str, str | SecretStr] = Field(default_factory=dict)
    journeys: tuple[str, ...] = ()
    """Journey files; a name may be a pattern such as `journeys/*.yaml`."""
    codes: dict[str, dict[str, Reason]] = Field(default_factory=dict)
    borrowers: Borrowers = Borrowers()
    collector: CollectorSettings = CollectorSettings()
    alerts: AlertSettings = AlertSettings()

    @field_validator("listen")
    @classmethod
    def _is_address(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not (host and "/" not in host and port.isdecimal() and int(port) < 65536):
            raise ValueError(f"{value!r} is not an address; write host:port, for example 127.0.0.1:9185")
        return value

    @field_validator("public_url")
    @classmethod
    def _is_page(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError(f"{value!r} is not the address of a page; write for example https://monitor.example")
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What the program runs by: the settings, and everything that they name, loaded."""

    settings: Settings
    directory: Path
    journeys: tuple[Journey, ...]
    groups: tuple[Group, ...]
    codes: Codes
    rollups: tuple[Matchers, ...] = ()
    """Selectors of the series that are kept for longer."""
    secrets: frozenset[str] = field(repr=False)

    @property
    def host(self) -> str:
        return self.settings.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        return int(self.settings.listen.rpartition(":")[2])

    @property
    def public_url(self) -> str:
        return (self.settings.public_url or f"http://{self.settings.listen}").rstrip("/")

    @property
    def state(self) -> Path:
        return self.directory / self.settings.state

    @property
    def vocabulary(self) -> Vocabulary:
        """Which journeys, steps and slices the series are made for."""
        return Vocabulary(journeys=(*self._borrower_words(), *self._probe_words()))

    def _borrower_words(self) -> Iterator[JourneyWords]:
        slices = {name: tuple(self.settings.borrowers.slices.get(name, ())) for name in SLICES}  # type: ignore[call-overload]  # the keys are the literals
        for name, journey in self.settings.borrowers.journeys.items():
            yield JourneyWords(origin=Origin.BORROWER, journey=name, steps=journey.steps, slices=slices)

    def _probe_words(self) -> Iterator[JourneyWords]:
        for journey in self.journeys:
            yield words_of_probe(journey, location=self.settings.location)


def words_of_probe(journey: Journey, *, location: str = "local") -> JourneyWords:
    """The words of a probe that takes `journey`."""
    slices = {name: (journey.slices[name],) for name in SLICES if name in journey.slices}
    return JourneyWords(
        origin=Origin.PROBE, journey=journey.name, steps=journey.step_names, slices=slices, location=location
    )


class _Findings:
    """Collects the problems of several loads, so that all are reported at once."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def attempt(self, load: Callable[[], T], fallback: T) -> T:
        try:
            return load()
        except InvalidInput as error:
            self.problems.extend(error.problems)
            return fallback


def load_config(path: Path, *, environment: Mapping[str, str]) -> Config:
    """The configuration in `path`; secrets come from `environment` and from files.

    Raises:
        InvalidInput: with every problem of the file, of the journeys and of the rules that it names.
    """
    findings = _Findings()
    written = read_document(path)
    document, missing = reveal(written, environment=environment, directory=path.parent)
    findings.problems.extend(missing)
    settings = findings.attempt(lambda: document.bind(Settings), _what_is_left(document))
    codes = merged(built_in_codes(), settings.codes)
    journeys = _load_journeys(document, settings, codes, findings)
    groups = _load_groups(document, settings, findings)
    rollups: tuple[Matchers, ...] = findings.attempt(partial(rolled_up, document, settings.collector, groups), ())
    if findings.problems:
        raise InvalidInput(findings.problems)
    return Config(
        settings=settings,
        directory=path.parent,
        journeys=journeys,
        groups=groups,
        codes=codes,
        rollups=rollups,
        secrets=frozenset(filter(None, secrets_in(settings.model_dump()))),
    )


def _what_is_left(document: Document) -> Settings:
    """The settings without the sections that are wrong, so that the files which the others name are looked at too."""
    written = document.value if isinstance(document.value, dict) else {}
    kept = {name: part for name, part in written.items() if name in Settings.model_fields and _is_right(name, part)}
    return Settings.model_validate(kept)


def _is_right(name: str, part: Any) -> bool:
    try:
        Settings.model_validate({name: part})
    except ValidationError:
        return False
    return True


def built_in_codes() -> Codes:
    """The public code sets and the embedded lender's."""
    return merged(public_codes(), sandbox.codes())


def _load_journeys(document: Document, settings: Settings, codes: Codes, findings: _Findings) -> tuple[Journey, ...]:
    variables = _keys(document, "variables")
    known = {**codes, **{scheme: {} for scheme in _keys(document, "codes") - frozenset(codes)}}
    loaded: dict[str, Journey] = {}
    sources: dict[str, str] = {}
    for text in _read_all(document, ("journeys",), settings.journeys, findings):
        journey = findings.attempt(partial(load_journey, text, variables=variables, codes=known), None)
        if journey is not None and journey.name in loaded:
            message = f"the journey in {sources[journey.name]} is named {journey.name!r} too; rename one"
            findings.problems.append(text.problem(("name",), message))
        elif journey is not None:
            loaded[journey.name], sources[journey.name] = journey, text.source
    return tuple(loaded.values())


def _keys(document: Document, section: str) -> frozenset[str]:
    """The keys of a section, whether its values are right or not: a name is not unknown because its value is wrong."""
    part = document.value.get(section) if isinstance(document.value, dict) else None
    return frozenset(key for key in part if isinstance(key, str)) if isinstance(part, dict) else frozenset()


def _load_groups(document: Document, settings: Settings, findings: _Findings) -> tuple[Group, ...]:
    written = settings.alerts.rules
    if written:
        texts = _read_all(document, ("alerts", "rules"), written, findings)
    else:
        texts = [read_document(path) for path in sorted(SHIPPED_RULES.glob("*.yaml"))]
    texts = [with_thresholds(text, settings.alerts.thresholds) for text in texts]
    if settings.alerts.source.prometheus is None:
        return findings.attempt(partial(load_rule_files, texts), ())
    return findings.attempt(partial(load_rule_files, watched(texts), elsewhere=unreadable), ())


def _read_all(document: Document, path: Sequence[Key], names: Iterable[str], findings: _Findings) -> list[Document]:
    """The files that `names` (paths or patterns, from the document's own folder) stand for."""
    texts: list[Document] = []
    for number, name in enumerate(names):
        files = [file for file in _matches(Path(document.source).parent, name) if file.is_file()]
        if not files:
            findings.problems.append(document.problem((*path, number), f"there is no file {name!r}"))
        for file in files:
            texts.extend(findings.attempt(partial(_read_one, file), ()))
    return texts


def _read_one(file: Path) -> tuple[Document, ...]:
    return (read_document(file),)


def _matches(directory: Path, name: str) -> list[Path]:
    if any(character in name for character in "*?["):
        return sorted(Path(found) for found in glob.glob(str(directory / name), recursive=True))  # noqa: PTH207 - a pattern may lead out of the folder
    return [directory / name]
