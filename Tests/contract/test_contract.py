"""What a real gateway answers, case by case, held against FaaSFarm's own gateway or another one.

Cases are in files by whose answer they are: a gateway's (common), a provider's (faasd, kubernetes), an edition's (ce).
Each says how it is known: "seen" on a running gateway, or "read" in its source and not run.

    pytest Tests/contract                                                    FaaSFarm's own, in each edition's profile
    FAASFARM_GATEWAY=http://host:8080 FAASFARM_PASSWORD_FILE=pw pytest Tests/contract     a real one: what differs?

A real gateway needs a worker's image in FAASFARM_IMAGE (examples/openfaas), and FAASFARM_CALLBACK_HOST: an address of
this machine that the gateway can reach. FAASFARM_PROFILE (faasd, ce) says which edition it is when it does not say so.
"""

import json
import os
import re
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from daemon import Gateway as Process
from daemon import wait_until
from gateway import DEADLINE, Answer, Gateway
from receiver import Receiver

HERE = Path(__file__).resolve().parent
REAL = os.environ.get("FAASFARM_GATEWAY")


FILES = {"ce": ("ce", "kubernetes", "common"), "faasd": ("faasd", "common")}


def _profiles() -> list[str]:
    if REAL is None:
        return ["ce", "faasd"]
    if "FAASFARM_PROFILE" in os.environ:
        return [os.environ["FAASFARM_PROFILE"]]
    info = Gateway(REAL, _password(), is_real=True).send(["GET", "/system/info"])
    return ["faasd" if b'"faasd' in info.body else "ce"]


def _password() -> str:
    path = os.environ.get("FAASFARM_PASSWORD_FILE")
    return Path(path).read_text().strip("\r\n") if path else ""


def _cases() -> list[Any]:
    cases = []
    for profile in _profiles():
        for file in FILES[profile]:
            for case in json.loads((HERE / f"{file}.json").read_text())["cases"]:
                cases.append(pytest.param(profile, case, id=f"{profile}-{file}-{case['name']} ({case['known']})"))
    return cases


@pytest.fixture(scope="session")
def receiver() -> Iterator[Receiver]:
    """Where callbacks go."""
    with Receiver(os.environ.get("FAASFARM_CALLBACK_HOST", "127.0.0.1")) as receiver:
        yield receiver


@pytest.fixture(scope="session")
def gateways(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Gateway]]:
    """A gateway with its functions for each profile."""
    if REAL is not None:
        gateway = Gateway(REAL, _password(), is_real=True)
        try:
            gateway.deploy()
            yield dict.fromkeys(_profiles(), gateway)
        finally:
            gateway.clean()
        return
    password = tmp_path_factory.mktemp("contract") / "password"
    password.write_text("secret\n")
    with (
        Process("--profile", "ce", "--slowness", "0.5", "--password-file", str(password)) as ce,
        Process("--profile", "faasd", "--slowness", "0.02", "--password-file", str(password)) as faasd,
    ):
        found = {}
        for profile, process in (("ce", ce), ("faasd", faasd)):
            found[profile] = Gateway(process.url, "secret", is_real=False)
            found[profile].deploy()
        yield found


def test_cases_say_how_they_are_known() -> None:
    """Each case was seen on a running gateway or read in its source, and names are unique in their file."""
    for file in {name for names in FILES.values() for name in names}:
        cases = json.loads((HERE / f"{file}.json").read_text())["cases"]
        assert all(case["known"] in ("seen", "read") for case in cases)
        assert len({case["name"] for case in cases}) == len(cases)


@pytest.mark.parametrize(("profile", "case"), _cases())
def test_exchange(profile: str, case: dict[str, Any], gateways: dict[str, Gateway], receiver: Receiver) -> None:
    """Status, the headers that clients rely on, and the body's text or shape are those of the transcript."""
    gateway = gateways[profile]
    case = gateway.fill(case)
    if "callback" in case and REAL and "FAASFARM_CALLBACK_HOST" not in os.environ:
        pytest.skip("FAASFARM_CALLBACK_HOST is not set: an address of this machine that the gateway can reach")
    if case.get("at") == "metrics" and REAL:
        pytest.skip("a real gateway has its metrics on a port of its own")
    if "meanwhile" in case:
        _meet_meanwhile(gateway, case, receiver)
    elif "during" in case:
        _meet_full_worker(gateway, case, receiver)
    elif case.get("eventually"):
        wait_until(lambda: not _differences(_send(gateway, case, receiver), case), DEADLINE, case["name"])
    else:
        _exchange(gateway, case, receiver)


def _exchange(gateway: Gateway, case: dict[str, Any], receiver: Receiver) -> None:
    path = "/" + uuid.uuid4().hex
    differences = _differences(_send(gateway, case, receiver, path), case)
    assert not differences, "; ".join(differences)
    if "callback" in case:
        posted = receiver.take(path)
        differences = _differences(Answer(200, posted.headers, posted.body), case["callback"])
        assert not differences, "callback: " + "; ".join(differences)


def _meet_meanwhile(gateway: Gateway, case: dict[str, Any], receiver: Receiver) -> None:
    """Sends the case's request, and others before it is answered."""
    ended: list[Answer] = []
    other = threading.Thread(target=lambda: ended.append(_send(gateway, case, receiver)))
    other.start()
    for inner in case["meanwhile"]:
        wait_until(
            lambda inner=inner: not _differences(_send(gateway, inner, receiver), inner) or not other.is_alive(),
            DEADLINE,
            inner["name"],
        )
        assert other.is_alive(), f"the answer came before that of: {inner['name']}"
    other.join()
    differences = _differences(ended[0], case)
    assert not differences, "; ".join(differences)


def _meet_full_worker(gateway: Gateway, case: dict[str, Any], receiver: Receiver) -> None:
    """Tries again until the request meets the call that occupies the worker."""

    def meets() -> bool:
        ended: list[Answer] = []
        other = threading.Thread(target=lambda: ended.append(gateway.send(case["during"], login="none")))
        other.start()
        try:
            while other.is_alive():
                try:
                    _exchange(gateway, case, receiver)
                    return True
                except AssertionError:
                    continue
            return False
        finally:
            other.join()

    wait_until(meets, DEADLINE, case["name"])


def _send(gateway: Gateway, case: dict[str, Any], receiver: Receiver, path: str = "/") -> Answer:
    headers = dict(case.get("send", {}))
    if "callback" in case:
        headers["X-Callback-Url"] = receiver.url + path
    return gateway.send(case["request"], login=case.get("login", "right"), headers=headers)


def _differences(answer: Answer, expected: dict[str, Any]) -> list[str]:
    found = []
    status = expected.get("status", answer.status)
    if answer.status not in (status if isinstance(status, list) else [status]):
        found.append(f"status {answer.status} instead of {status}: {answer.body[:200]!r}")
    for name, value in expected.get("headers", {}).items():
        if answer.headers.get(name.lower()) != value:
            found.append(f"{name}: {answer.headers.get(name.lower())!r} instead of {value!r}")
    found += [f"{name} is missing" for name in expected.get("present", []) if name.lower() not in answer.headers]
    found += [f"{name} is there" for name in expected.get("missing", []) if name.lower() in answer.headers]
    found += _body_differences(answer.body, expected)
    return found


def _body_differences(body: bytes, expected: dict[str, Any]) -> list[str]:
    text = body.decode("utf-8", "replace")
    wanted = expected.get("body")
    if wanted is not None and not (wanted[1:] in text if wanted.startswith("~") else text == wanted):
        return [f"body {text[:300]!r} instead of {wanted!r}"]
    if not any(key in expected for key in ("json", "shape", "values", "absent", "entry")):
        return []
    try:
        value = json.loads(body)
    except ValueError:
        return [f"the body is no JSON: {text[:200]!r}"]
    if "json" in expected:
        return [] if value == expected["json"] else [f"{value!r} instead of {expected['json']!r}"]
    if "entry" in expected:
        entries = [entry for entry in value if entry.get("name") == expected["entry"]["name"]]
        return _value_differences(entries[0], expected["entry"]) if entries else ["the function is not in the list"]
    return _value_differences(value, expected)


def _value_differences(value: dict[str, Any], expected: dict[str, Any]) -> list[str]:
    found = _shape_differences(value, expected.get("shape", {}), "")
    for name, wanted in expected.get("values", {}).items():
        if value.get(name) != wanted:
            found.append(f"{name} is {value.get(name)!r} instead of {wanted!r}")
    found += [f"{name} is there" for name in expected.get("absent", []) if name in value]
    if "createdAt" in expected.get("shape", {}) and not re.match(r"\d{4}-\d\d-\d\dT[\d:.]+Z", value["createdAt"]):
        found.append(f"createdAt is {value['createdAt']!r}")
    return found


def _shape_differences(value: dict[str, Any], shape: dict[str, Any], where: str) -> list[str]:
    types = {"string": str, "number": (int, float), "object": dict}
    found = []
    for name, kind in shape.items():
        if name not in value:
            found.append(f"{where}{name} is missing")
        elif isinstance(kind, dict):
            found += _shape_differences(value[name], kind, f"{where}{name}.")
        elif not isinstance(value[name], types[kind]):
            found.append(f"{where}{name} is {value[name]!r}, no {kind}")
    return found
