"""Who is told of an incident."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from alerts.incident import Incident
from alerts.settings import AlertSettings, RouteSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The names of the channels, and why these."""

    channels: tuple[str, ...]
    why: str


def decide(incident: Incident, settings: AlertSettings, *, told: Iterable[str] = ()) -> Decision:
    """The channels for a notice on `incident`: those of the first route that matches, all without one.

    Channels that were `told` of it before hear how it goes on, whatever its severity is now.
    """
    names = tuple(channel.name for channel in settings.channels)
    number, route = next(_matching(incident, settings), (0, None))
    chosen = route.channels if route else names
    why = f"route {number} matches" if route else "no route matches: every channel"
    more = tuple(name for name in names if name in set(told) - set(chosen))
    return Decision(
        channels=tuple(dict.fromkeys((*chosen, *more))),
        why=f"{why}; {', '.join(more)} was told before" if more else why,
    )


def _matching(incident: Incident, settings: AlertSettings) -> Iterator[tuple[int, RouteSettings]]:
    for number, route in enumerate(settings.routes, start=1):
        if _matches(incident, route):
            yield number, route


def _matches(incident: Incident, route: RouteSettings) -> bool:
    return (
        (not route.severity or incident.severity in route.severity)
        and (not route.reason or incident.reason in route.reason)
        and (not route.journey or incident.journey in route.journey)
    )
