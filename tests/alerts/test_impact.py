from collections import Counter

from alerts_builders import T0, alert, impact, incident, parts, tally

from alerts.impact import BEFORE, LEAD, Assessor, together
from alerts.incident import Impact, Status
from drawdown.outcome import Origin
from drawdown.reasons import Reason
from drawdown.tally import Tally


class Witness:
    """Answers with the questions: attempts are the seconds asked for."""

    def __init__(self, affected=1):
        self.affected = affected
        self.asked = []

    def tally(self, *, origin, journey, reason, since, until, within):
        assert within is None
        assert reason is Reason.GATEWAY_TIMEOUT
        self.asked.append((origin, journey, since - T0, until - T0))
        return tally(self.affected, round(until - since))


JOURNEYS = {Origin.BORROWER: ("app", "web"), Origin.PROBE: ("synthetic",)}


def assess(one, now, witness=None):
    return Assessor(witness or Witness(), JOURNEYS).assess(one, now=now)


def test_the_impact_is_counted_from_shortly_before_the_first_alert():
    found = assess(incident(), T0 + 2)
    assert found.since.attempts == found.now.attempts == LEAD + 2
    assert found.before.attempts == BEFORE


def test_now_is_the_last_minute_and_the_last_ten_seconds_once_it_is_over():
    assert assess(incident(), T0 + 500).now.attempts == 60
    over = assess(incident(status=Status.RESOLVED, resolved_at=T0 + 500), T0 + 700)
    assert (over.now.attempts, over.since.attempts) == (10, 500 + LEAD)


def test_borrowers_are_counted_in_their_journey_and_probes_in_theirs():
    witness = Witness()
    assess(incident(), T0 + 2, witness)
    assert {(origin, journey) for origin, journey, _, _ in witness.asked} == {
        ("borrower", "app"),
        ("probe", "synthetic"),
    }


def test_what_only_a_probe_sees_is_looked_for_in_all_borrowers_journeys():
    assert assess(incident(journey="synthetic"), T0 + 2).since.attempts == 2 * (LEAD + 2)


def test_what_was_before_is_asked_once():
    witness = Witness()
    known = incident(impact=impact(before=tally(3, 900)))
    assert assess(known, T0 + 2, witness).before == tally(3, 900)
    assert min(since for _, _, since, _ in witness.asked) == -LEAD


def test_what_the_witnesses_have_forgotten_stays_counted():
    known = incident(impact=impact(since=tally(300, 900)))
    assert assess(known, T0 + 2).since == tally(300, 900)
    assert assess(known, T0 + 2, Witness(affected=301)).since.affected == 301


class Crowd:
    """So many attempts a second of each channel, before and after T0."""

    def __init__(self, *, before, after):
        self.rates = (before, after)

    def tally(self, *, origin, journey, reason, since, until, within):
        assert within is None
        assert (origin, journey, reason) == (Origin.BORROWER, "app", Reason.GATEWAY_CONGESTED)
        rate = self.rates[until > T0]
        return tally(0, 3 * round(rate * (until - since)), slices={"channel": self._parts(rate * (until - since))})

    def _parts(self, attempts):
        return parts(alpha=(0, round(attempts)), beta=(0, round(2 * attempts)))


def crowded(before, after, **labels):
    seen = alert(T0 + 60, reason="gateway_congested", **labels)
    return Assessor(Crowd(before=before, after=after), JOURNEYS).crowded(seen, T0, now=T0 + 60)


def test_half_as_many_attempts_again_are_a_crowd():
    assert crowded(10, 15, channel="alpha")
    assert not crowded(10, 14, channel="alpha")


def test_a_crowd_is_looked_for_where_the_alert_is():
    assert not crowded(1, 1.9, channel="alpha")
    assert crowded(1, 1.9, channel="beta")
    assert crowded(1, 1.9)


def test_without_anything_to_compare_with_nothing_is_a_crowd():
    assert not crowded(0, 50, channel="alpha")


def test_what_followed_from_the_reason_is_counted_beside_it():
    class Both(Witness):
        def tally(self, *, reason, **_where):
            return tally(40 if reason is Reason.GATEWAY_CONGESTED else 7, 100)

    busy = alert(reason="gateway_congested", channel="alpha")
    one = incident(alerts=(alert(channel="alpha"), busy), impact=impact(also={Reason.GATEWAY_CONGESTED: 3}))
    assert assess(one, T0 + 9, Both()).also == {Reason.GATEWAY_CONGESTED: 40}
    known = incident(alerts=one.alerts, impact=impact(also={Reason.GATEWAY_CONGESTED: 90}))
    assert assess(known, T0 + 9, Both()).also == {Reason.GATEWAY_CONGESTED: 90}


class Routed:
    """Banks are paid through channels; `hit` says for each bank and channel how many of how many attempts are."""

    def __init__(self, **hit):
        self.hit = {tuple(name.split("_")): counts for name, counts in hit.items()}

    def tally(self, *, origin, within, **_when):
        rows = {pair: counts for pair, counts in self.hit.items() if within is None or self._in(pair, within)}
        if origin is Origin.PROBE or not rows:
            return Tally()
        slices = {name: self._parts(rows, place) for place, name in enumerate(("bank", "channel"))}
        return tally(sum(hit for hit, _ in rows.values()), sum(of for _, of in rows.values()), slices=slices)

    def _in(self, pair, within):
        return pair[("bank", "channel").index(within.slice)] in within.values

    def _parts(self, rows, place):
        sums = Counter(), Counter()
        for pair, counts in rows.items():
            for each, count in zip(sums, counts, strict=True):
                each[pair[place]] += count
        return parts(**{name: (sums[0][name], sums[1][name]) for name in sums[1]})


def shadows(**hit):
    impact = Assessor(Routed(**hit), JOURNEYS).assess(incident(impact=Impact(before=tally(0, 9))), now=T0 + 60)
    return impact.shadows


def test_the_banks_that_are_paid_through_the_channel_that_is_hit_are_its_shadow():
    through_alpha = {"icbc_alpha": (200, 220), "ccb_alpha": (20, 22)}
    assert shadows(**through_alpha, ccb_beta=(0, 180), cmb_beta=(0, 150), boc_gamma=(0, 90)) == ("bank",)


def test_the_channels_that_pay_the_bank_that_is_hit_are_its_shadow():
    hit = {"cmb_gamma": (110, 120), "cmb_beta": (5, 6)}
    assert shadows(**hit, boc_gamma=(0, 60), icbc_alpha=(0, 220), ccb_beta=(0, 190)) == ("channel",)


def test_a_shadow_stays_one_when_what_showed_it_is_forgotten():
    hit = {"icbc_alpha": (200, 220), "ccb_alpha": (20, 22), "ccb_beta": (0, 180), "cmb_beta": (0, 150)}
    known = Routed(**hit, boc_gamma=(0, 90)).tally(origin=Origin.BORROWER, within=None)
    old = incident(impact=Impact(since=known, before=tally(0, 9), shadows=("bank",)))
    assert Assessor(Routed(), JOURNEYS).assess(old, now=T0 + 60).shadows == ("bank",)


def test_where_a_bank_is_hit_by_one_of_its_channels_alone_both_are_told():
    hit = {"cmb_gamma": (110, 120), "cmb_beta": (0, 80)}
    assert shadows(**hit, boc_gamma=(0, 60), icbc_alpha=(0, 220), ccb_beta=(0, 190)) == ()


def test_of_a_bank_that_one_channel_alone_pays_nobody_can_say_which_it_is():
    assert shadows(cmb_gamma=(110, 120), boc_beta=(0, 60), icbc_alpha=(0, 220), ccb_beta=(0, 190)) == ()


def test_tallies_add_up():
    left = tally(3, 10, steps={"submit": 2, "payout": 1}, slices={"channel": parts(alpha=(3, 5))})
    right = tally(4, 20, steps={"payout": 4}, slices={"channel": parts(beta=(4, 6), alpha=(0, 9))})
    both = together(left, right)
    assert (both.affected, both.attempts, both.borrowers) == (7, 30, 7)
    assert list(both.steps.items()) == [("payout", 5), ("submit", 2)]
    assert both.slices["channel"] == parts(beta=(4, 6), alpha=(3, 14))
    assert together(Tally(), right) == right
