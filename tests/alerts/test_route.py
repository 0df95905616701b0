from alerts_builders import incident

from alerts.incident import Severity
from alerts.route import decide
from alerts.settings import AlertSettings
from drawdown.reasons import Reason

SETTINGS = AlertSettings.model_validate(
    {
        "channels": [
            {"type": "stdout"},
            {"type": "webhook", "name": "duty", "url": "http://h/"},
            {"type": "webhook", "name": "risk", "url": "http://h/"},
        ],
        "routes": [
            {"reason": ["identity_required", "limit_reduced"], "channels": ["risk", "stdout"]},
            {"severity": "page", "journey": "app", "channels": ["duty"]},
        ],
    }
)


def channels(told=(), **changes):
    return decide(incident(**changes), SETTINGS, told=told).channels


def test_the_first_route_that_matches_decides():
    assert channels(reason=Reason.LIMIT_REDUCED) == ("risk", "stdout")
    assert channels() == ("duty",)


def test_what_no_route_matches_goes_everywhere_and_says_so():
    decision = decide(incident(severity=Severity.TICKET), SETTINGS)
    assert decision.channels == ("stdout", "duty", "risk")
    assert decision.why == "no route matches: every channel"


def test_who_was_told_of_the_beginning_hears_of_the_end():
    decision = decide(incident(), SETTINGS, told={"risk", "gone"})
    assert decision.channels == ("duty", "risk")
    assert decision.why == "route 2 matches; risk was told before"
