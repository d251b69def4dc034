"""An unmodified OpenFeature client (OFREP provider) against a Charter server that serves flags/charter.yaml.

    python openfeature_ofrep.py HOST:PORT ADMIN_HOST:PORT

Needs requirements.txt. Evaluates a flag of each type with its reason and variant, targeting, a sticky split, a flag that is not there, one that is not
enabled and one of another type; sets a flag over the admin plane and sees it; and asks for all flags twice, the second time with the tag of the first.
Exit code 0 when everything holds.
"""

import sys

import requests
from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import Reason


def address(text: str) -> str:
    return text if "://" in text else f"http://{text}"


def typed(client) -> None:
    someone = EvaluationContext("u1", {"country": "DE"})
    dark = client.get_boolean_details("dark", False, someone)
    assert (dark.value, dark.variant, dark.error_code) == (True, "true", None), dark
    size = client.get_float_details("size", 0.0, someone)
    assert (size.value, size.variant) == (20.5, "large"), size
    count = client.get_integer_details("count", 0, someone)
    assert (count.value, count.variant) == (3, "few"), count
    layout = client.get_object_details("layout", {}, someone)
    assert (layout.value, layout.variant) == ([3, 8], "wide"), layout


def targeted(client) -> None:
    swiss = client.get_string_details("colour", "none", EvaluationContext("u1", {"country": "CH"}))
    assert (swiss.value, swiss.reason) == ("red", Reason.TARGETING_MATCH), swiss
    other = client.get_string_details("colour", "none", EvaluationContext("u1", {"country": "DE"}))
    assert (other.value, other.variant) == ("blue", "blue"), other
    sides = {}
    for user in range(400):
        context = EvaluationContext(f"user-{user}", {})
        side = client.get_string_details("halves", "none", context)
        assert side.reason == Reason.SPLIT, side
        assert client.get_string_value("halves", "none", context) == side.value, "a user stays on a side"
        sides[side.value] = sides.get(side.value, 0) + 1
    assert set(sides) == {"left", "right"} and min(sides.values()) > 140, sides


def missing(client) -> None:
    unknown = client.get_boolean_details("nowhere", True)
    assert (unknown.value, unknown.error_code) == (True, ErrorCode.FLAG_NOT_FOUND), unknown
    mistyped = client.get_boolean_details("colour", True)
    assert (mistyped.value, mistyped.error_code) == (True, ErrorCode.TYPE_MISMATCH), mistyped
    keyless = client.get_string_details("halves", "none")
    assert (keyless.value, keyless.error_code) == ("none", ErrorCode.TARGETING_KEY_MISSING), keyless


def turned(client, admin: str) -> None:
    for order, value in (({"variant": "false"}, False), ({"release": True}, True)):
        requests.post(f"{admin}/flags/dark", json=order, timeout=5).raise_for_status()
        assert client.get_boolean_value("dark", not value) is value


def all_at_once(data: str, admin: str) -> None:
    url = f"{data}/ofrep/v1/evaluate/flags"
    context = {"context": {"targetingKey": "u1", "country": "CH"}}
    first = requests.post(url, json=context, timeout=5)
    flags = {flag["key"]: flag for flag in first.json()["flags"]}
    assert first.status_code == 200 and flags["colour"]["value"] == "red" and set(flags) >= {"dark", "size", "count", "layout", "halves"}, flags
    tag = first.headers["ETag"]
    assert tag.startswith('"'), f"{tag} is a weak tag"
    again = requests.post(url, json=context, headers={"If-None-Match": tag}, timeout=5)
    assert (again.status_code, again.content) == (304, b""), again
    requests.post(f"{admin}/flags/dark", json={"variant": "false"}, timeout=5).raise_for_status()
    changed = requests.post(url, json=context, headers={"If-None-Match": tag}, timeout=5)
    assert changed.status_code == 200 and changed.headers["ETag"] != tag
    requests.post(f"{admin}/flags/dark", json={"release": True}, timeout=5).raise_for_status()
    for body in (b"[]", b'{"context": 3}', b'{"context": {"targetingKey": 3}}', b"{" * 10_000):
        wrong = requests.post(url, data=body, headers={"Content-Type": "application/json"}, timeout=5)
        assert wrong.status_code == 400 and "errorCode" in wrong.json(), (body[:40], wrong.status_code, wrong.text)


def main() -> None:
    data, admin = map(address, sys.argv[1:3])
    api.set_provider(OFREPProvider(data))
    client = api.get_client()
    typed(client)
    targeted(client)
    missing(client)
    disabled = client.get_boolean_details("retired", True)
    assert disabled.value is True and disabled.reason == Reason.DISABLED, disabled
    turned(client, admin)
    all_at_once(data, admin)
    print("an unmodified OpenFeature client: types, targeting, split, errors, orders and tags hold")


main()
