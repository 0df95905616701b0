"""Identity checks: asked for at a submit, begun, passed or failed or too late, over HTTP as a partner meets them."""

import pytest

from sandbox import Fault, FaultKind, Lender, World
from sandbox.applicants import Applicant, Card
from sandbox.faults import Faults
from sandbox.identity.identity import Identity
from sandbox.identity.method import RIGHT, WRONG, Method, is_right
from sandbox.quotes import Quote
from sandbox.wire import Refused
from sandbox.world import IdentityChecks

STRANGER = "13900000004"
NOON = 1_700_000_000.0


def always(kind, **changed):
    return Fault(kind=kind, starts_at=0, ends_at=4e9, **changed)


def asking(*faults, **settings):
    """A lender whose policy asks everybody for an identity check."""
    world = World(identity=IdentityChecks(**{"methods": {"otp": 1.0}, **settings}))
    return Lender(world, seed=1, faults=(always(FaultKind.STEP_UP), *faults))


def asked(phone):
    """The path of the check that a drawdown is refused for."""
    answer = phone.draw(key="first")
    assert answer["code"] == "IDENTITY_REQUIRED"
    return f"/v1/identity/{answer['data']['check_id']}"


def begin(phone, path):
    return phone.ask("POST", f"{path}/begin")


def prove(phone, path, proof="246810"):
    return phone.ask("POST", f"{path}/proof", {"proof": proof})


def said(phone, answer):
    return phone.answer.status, answer["code"]


def test_whoever_passes_draws_under_a_new_key(phone_of):
    phone = phone_of(asking())
    phone.login()
    quote = phone.quote()["data"]["quote_id"]
    first = phone.submit(quote, key="first")
    path = f"/v1/identity/{first['data']['check_id']}"
    assert begin(phone, path)["data"]["state"] == "begun"
    assert prove(phone, path)["data"]["state"] == "passed"
    assert phone.submit(quote, key="first") == first
    assert phone.submit(quote, key="second")["code"] == "0"


def test_the_refusal_says_which_check_where_how_often_and_for_how_long(phone_of):
    phone = phone_of(asking(valid=120.0, tries=5))
    check = phone.draw()["data"]
    assert (check["method"], check["state"], check["tries_left"], check["expires_in"]) == ("otp", "asked", 5, 120.0)
    assert check["link"] == f"https://lender.example/identity/{check['check_id']}"


def test_a_check_that_was_asked_for_is_not_asked_for_again_while_it_can_be_passed(phone_of):
    phone = phone_of(asking(valid=60.0))
    first = phone.draw(key="1")["data"]
    second = phone.draw(key="2")["data"]
    assert second["check_id"] == first["check_id"]
    assert second["expires_in"] < first["expires_in"]
    phone.now += 60
    third = phone.draw(key="3")["data"]
    assert third["check_id"] != first["check_id"]
    assert third["expires_in"] == 60.0


def test_a_passed_check_holds_for_a_while(phone_of):
    phone = phone_of(asking(holds=600.0))
    path = asked(phone)
    begin(phone, path)
    prove(phone, path)
    phone.now += 580
    assert phone.draw(key="soon")["code"] == "0"
    phone.now += 20
    assert phone.draw(key="late")["code"] == "IDENTITY_REQUIRED"


def test_a_wrong_proof_costs_a_try_and_the_last_one_ends_the_check(phone_of):
    phone = phone_of(asking(tries=2))
    path = asked(phone)
    begin(phone, path)
    assert prove(phone, path, "000000")["data"]["tries_left"] == 1
    last = prove(phone, path, "000000")
    assert (last["code"], last["data"]["tries_left"], last["data"]["state"]) == ("IDENTITY_FAILED", 0, "failed")
    assert said(phone, prove(phone, path)) == (409, "CHECK_ENDED")
    assert phone.draw(key="second")["code"] == "IDENTITY_FAILED"


def test_who_failed_is_asked_anew_when_the_check_would_have_expired(phone_of):
    phone = phone_of(asking(tries=1, valid=60.0))
    path = asked(phone)
    begin(phone, path)
    prove(phone, path, "000000")
    phone.now += 60
    assert phone.draw(key="second")["code"] == "IDENTITY_REQUIRED"


def test_a_check_answers_out_of_order_and_too_late_as_a_good_api_does(phone_of):
    phone = phone_of(asking(valid=60.0))
    path = asked(phone)
    assert said(phone, prove(phone, path)) == (409, "CHECK_NOT_BEGUN")
    begin(phone, path)
    assert said(phone, begin(phone, path)) == (200, "0")
    phone.now += 60
    assert said(phone, prove(phone, path)) == (410, "IDENTITY_EXPIRED")
    assert said(phone, begin(phone, path)) == (410, "IDENTITY_EXPIRED")
    assert phone.ask("GET", path)["data"]["state"] == "expired"


def test_a_check_of_nobody_or_of_another_is_not_found(phone_of):
    lender = asking()
    phone, other = phone_of(lender), phone_of(lender, number=STRANGER)
    path = asked(phone)
    other.login()
    for wrong in (path, "/v1/identity/none"):
        for answer in (other.ask("GET", wrong), begin(other, wrong), prove(other, wrong)):
            assert said(other, answer) == (404, "NOT_FOUND")


def test_a_check_needs_the_borrowers_token(phone_of):
    phone = phone_of(asking())
    path = asked(phone)
    phone.headers.clear()
    assert said(phone, begin(phone, path)) == (401, "TOKEN_INVALID")


@pytest.mark.parametrize(
    ("method", "proof"), [("otp", "12345"), ("face", "246810"), ("id_upload", "document-"), ("otp", "")]
)
def test_what_is_no_proof_of_the_kind_costs_no_try(phone_of, method, proof):
    phone = phone_of(asking(methods={method: 1.0}))
    path = asked(phone)
    begin(phone, path)
    answer = prove(phone, path, proof)
    assert said(phone, answer) == (422, "PROOF_INVALID")
    assert answer["data"]["problem"].startswith(f"a proof by {method} is ")
    assert phone.ask("GET", path)["data"]["tries_left"] == 3
    assert prove(phone, path, RIGHT[Method(method)])["code"] == "0"


@pytest.mark.parametrize("method", Method)
def test_of_each_method_one_proof_is_right_and_one_that_looks_like_it_is_wrong(method):
    assert is_right(method, RIGHT[method])
    assert not is_right(method, WRONG[method])


def test_the_service_that_fails_people_fails_the_right_proof_too(phone_of):
    lender = asking()
    phone = phone_of(lender)
    path = asked(phone)
    begin(phone, path)
    lender.inject(always(FaultKind.IDENTITY_FAILS))
    assert prove(phone, path)["code"] == "IDENTITY_FAILED"


def test_a_fault_leaves_less_time_for_a_check(phone_of):
    phone = phone_of(asking(always(FaultKind.IDENTITY_EXPIRES, strength=0.9)))
    path = asked(phone)
    begin(phone, path)
    assert phone.ask("GET", path)["data"]["expires_in"] == pytest.approx(30.0, abs=3.0)
    phone.now += 28
    assert prove(phone, path)["code"] == "IDENTITY_EXPIRED"


def test_a_check_hit_by_a_fault_elsewhere_is_spared(phone_of):
    elsewhere = {"channel": "beta"}
    phone = phone_of(asking(always(FaultKind.IDENTITY_EXPIRES, where=elsewhere)))
    path = asked(phone)
    begin(phone, path)
    phone.lender.inject(always(FaultKind.IDENTITY_FAILS, where=elsewhere))
    assert prove(phone, path)["code"] == "0"


def test_a_failed_proof_is_not_explained_where_nothing_is(phone_of):
    phone = phone_of(asking(always(FaultKind.UNEXPLAINED)))
    path = asked(phone)
    begin(phone, path)
    assert prove(phone, path, "000000")["guidance"] == ""


def test_slow_or_dead_servers_hit_checks_too(phone_of):
    phone = phone_of(asking())
    path = asked(phone)
    phone.lender.inject(always(FaultKind.SLOW_SERVERS, where={"endpoint": "identity"}))
    begin(phone, path)
    assert phone.answer.after > 1
    phone.lender.inject(always(FaultKind.SERVERS_DOWN, where={"endpoint": "identity"}))
    begin(phone, path)
    assert phone.answer.broken


def expired(phone_of, lender):
    """The phone of one whose identity document has expired."""
    numbers = (str(number) for number in range(13_900_000_000, 13_900_100_000))
    found = next(number for number in numbers if is_expired(lender.applicants.find(number)))
    return phone_of(lender, number=found)


def is_expired(applicant):
    return applicant.id_expired and applicant.margin > 0


def test_who_has_an_expired_document_uploads_a_new_one_and_draws(phone_of):
    phone = expired(phone_of, Lender(seed=1))
    answer = phone.draw(key="first")
    assert (answer["code"], answer["data"]["method"]) == ("ID_EXPIRED", "id_upload")
    path = f"/v1/identity/{answer['data']['check_id']}"
    begin(phone, path)
    assert prove(phone, path, "document-valid")["code"] == "0"
    assert phone.draw(key="second")["code"] == "0"


def test_another_check_is_no_new_document(phone_of):
    lender = Lender(World(identity=IdentityChecks(methods={"otp": 1.0})), seed=1)
    phone = expired(phone_of, lender)
    first = phone.draw(key="first")["data"]
    lender.inject(always(FaultKind.STEP_UP))
    assert phone.draw(key="second")["data"]["check_id"] == first["check_id"]
    path = f"/v1/identity/{first['check_id']}"
    begin(phone, path)
    prove(phone, path, "document-valid")
    assert phone.draw(key="third")["code"] == "0"


@pytest.mark.parametrize("share", [0.0, 0.002, 0.05])
def test_so_many_documents_have_expired_as_the_world_says(share):
    world = World(identity=IdentityChecks(expired_documents=share))
    people = Lender(world, seed=1).applicants.block(13_900_000_000, 4096)
    assert sum(one.id_expired for one in people) / 4096 == pytest.approx(share, rel=0.5)


def test_methods_are_asked_for_by_their_weights():
    settings = IdentityChecks(methods={"otp": 0.6, "face": 0.0, "id_upload": 0.4})
    identity, faults = Identity(settings), Faults([always(FaultKind.STEP_UP, strength=0.5)])
    asked_for = []
    for number in range(1000):
        quote = quoted(Applicant(str(number), number, "A", 1000, place=number / 1000))
        try:
            identity.check_submit(quote, faults.at({}), NOON)
        except Refused as refused:
            asked_for.append(refused.payload["method"])
    assert {method: asked_for.count(method) for method in set(asked_for)} == {"otp": 300, "id_upload": 200}


def asked_by(faults, who, **settings):
    """The method by which somebody is asked, None when he is not."""
    identity = Identity(IdentityChecks(**settings))
    try:
        identity.check_submit(quoted(who), Faults(faults).at({"tier": who.tier}), NOON)
    except Refused as no:
        return no.payload["method"]
    return None


def test_a_policy_can_ask_one_slice_by_one_method_and_the_others_by_another_or_not_at_all():
    policies = [
        always(FaultKind.STEP_UP, where={"tier": "C", "method": "face"}),
        always(FaultKind.STEP_UP, where={"tier": "B", "method": "otp"}),
    ]
    people = [Applicant("1", 1, tier, 1000, place=0.9) for tier in "ABC"]
    assert [asked_by(policies, who) for who in people] == [None, "otp", "face"]
    assert [asked_by(policies, who, methods={"id_upload": 1.0}) for who in people] == [None, "otp", "face"]


def test_a_policy_that_asks_more_of_the_borrowers_by_one_method_asks_the_rest_by_that_one():
    both = [
        always(FaultKind.STEP_UP, where={"method": "face"}, strength=0.5),
        always(FaultKind.STEP_UP, where={"method": "otp"}, strength=0.2),
    ]
    people = [Applicant("1", 1, "A", 1000, place=place) for place in (0.1, 0.3, 0.5)]
    assert [asked_by(both, who) for who in people] == ["otp", "face", None]


def test_a_service_can_fail_the_checks_of_one_method_alone(phone_of):
    for method, code in (("otp", "IDENTITY_FAILED"), ("face", "0")):
        phone = phone_of(asking())
        path = asked(phone)
        begin(phone, path)
        phone.lender.inject(always(FaultKind.IDENTITY_FAILS, strength=1.0, where={"method": method}))
        assert prove(phone, path)["code"] == code


def test_the_checks_of_one_method_alone_can_expire_early(phone_of):
    left = []
    for method in ("otp", "face"):
        phone = phone_of(asking(always(FaultKind.IDENTITY_EXPIRES, strength=0.5, where={"method": method})))
        left.append(phone.draw()["data"]["expires_in"])
    assert left == [150.0, 300.0]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"methods": {"otp": 0.0}}, "one of them above 0"),
        ({"methods": {}}, "one of them above 0"),
        ({"methods": {"otp": 2.0, "face": -1.0}}, "weights of 0 or more"),
        ({"methods": {"palm": 1.0}}, "there is no method 'palm', only otp, face, id_upload"),
        ({"tries": 0}, "tries must be 1 or more"),
        ({"valid": 0.0}, "valid must be above 0"),
    ],
)
def test_checks_that_nobody_could_pass_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Identity(IdentityChecks(**settings))


def quoted(applicant):
    return Quote(1, applicant, 1000, Card("icbc", "alpha", closed=False))
