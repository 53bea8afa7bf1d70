"""The live page: what it answers over HTTP, and what a real Chromium makes of it.

`FAASFARM_PAGE_ITEMS` is how many functions are in the list beside the four with a story (20);
`FAASFARM_SCREENSHOTS` is a folder to put pictures into.
"""

import base64
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from daemon import BINARY, PROMPT, SMALL, Client, Daemon, Program, wait_until

ITEMS = int(os.environ.get("FAASFARM_PAGE_ITEMS", "20"))
PERIOD = 2.0
TOKEN = "open sesame"


class Stage(Program):
    """Steered functions with a page and metrics."""

    def __init__(self, extra: int = 0, period: float = PERIOD) -> None:
        super().__init__(BINARY.parent / "steering-stage", extra, period)
        wait_until(lambda: "live page" in self.log() and "/metrics" in self.log(), what="the addresses")
        self.page, self.metrics = page_of(self), metrics_of(self)


def page_of(program: Program) -> str:
    return re.search(r"live page is (http://\S+/)", program.log()).group(1)


def metrics_of(program: Program) -> str:
    return re.search(r"(http://\S+/metrics)", program.log()).group(1)


def ask(url: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], str]:
    request = urllib.request.Request(url, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            return response.status, dict(response.headers), response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read().decode()


def metrics(url: str) -> dict[str, float]:
    lines = [line.rsplit(" ", 1) for line in ask(url)[2].splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, value in lines}


@contextlib.contextmanager
def reader(page: str) -> Iterator[socket.socket]:
    """A connection that has asked for events."""
    host, port = re.match(r"http://([^:]+):(\d+)/", page).groups()
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
        yield connection


def test_state_is_what_the_metrics_tell() -> None:
    """Functions in the JSON have the numbers of their gauges; the past is there for who comes late."""
    with Stage(period=0.5) as stage:

        def is_told() -> bool:
            told, state = metrics(stage.metrics), json.loads(ask(stage.page + "state")[2])
            assert state["whole"] and state["actions"] and state["recording"] == "episodes.sqlite"
            rows = {row["name"]: row for row in state["functions"]}
            assert set(rows) <= {"resize", "failing", "blind", "stranded"}
            return len(rows) == 4 and all(
                same(row[key], told.get(f'faasfarm_steering_{name}{{function="{function}"}}', float("nan")))
                for function, row in rows.items()
                for key, name in [
                    ("asked", "asked_workers"), ("recommended", "recommended_workers"), ("applied", "applied_workers"),
                    ("queued", "queued_calls"), ("qos", "window_qos_ratio"), ("response", "window_response_seconds"),
                ]
            )  # fmt: skip

        wait_until(is_told, 20, "equal numbers")
        wait_until(lambda: len(json.loads(ask(stage.page + "history?function=resize")[2])["points"]) > 4, 20)
        past = json.loads(ask(stage.page + "history?function=failing")[2])
        assert past["decisions"][-1]["fault"].endswith("the checkpoint cannot be read")
        assert [decision["number"] for decision in past["decisions"]] == list(range(1, len(past["decisions"]) + 1))
        assert json.loads(ask(stage.page + "preview?function=failing")[2])["workers"] in (4, 6)
        for path in ("history?function=other", "history?farm=1", "history", "preview?function=other"):
            assert ask(stage.page + path)[0] == 404


def same(shown: float | None, told: float) -> bool:
    """Equal, or unknown to both."""
    return told != told if shown is None else abs(shown - told) < 1e-3


def test_acting_needs_the_token_and_the_pages_own_origin() -> None:
    """Reading needs nothing; acting needs POST, the token, and no other page's origin."""
    with Stage(period=0.3) as stage:
        wait_until(lambda: len(json.loads(ask(stage.page + "state")[2])["functions"]) == 4)
        pause = stage.page + "steer/resize/pause?direction=down"
        right = {"Authorization": f"Bearer {TOKEN}"}
        assert ask(pause, "POST")[0] == 401
        for wrong in (f"Bearer {TOKEN}!", "Bearer open sesam", f"Basic {TOKEN}", TOKEN, "Bearer "):
            assert ask(pause, "POST", Authorization=wrong)[0] == 401, wrong
        assert ask(pause, "GET", **right)[0] == 405
        assert ask(pause, "POST", Origin="http://elsewhere.example", **right)[0] == 403
        assert ask(pause, "POST", Origin="null", **right)[0] == 403
        assert ask(stage.page + "steer/resize/explode", "POST", **right)[0] == 404
        assert ask(stage.page + "steer/other/pause", "POST", **right)[0] == 404
        status, headers, text = ask(pause, "POST", Origin=stage.page.rstrip("/"), **right)
        assert status == 200 and "pause (down)" in text and headers["Cache-Control"] == "no-store"

        def row() -> dict[str, Any]:
            return next(row for row in json.loads(ask(stage.page + "state")[2])["functions"] if row["name"] == "resize")

        wait_until(lambda: row()["pause"] == "down", what="the pause")
        assert ask(stage.page + "steer/resize/resume", "POST", **right)[0] == 200
        assert ask(stage.page + "steer/resize/revert", "POST", **right)[0] == 200
        wait_until(lambda: row()["pause"] is None and row()["mode"] == "advise", what="the way back")
        assert ask(stage.page + "events", "POST")[0] == 405 and ask(stage.page + "nosuch")[0] == 404
        headers = ask(stage.page)[1]
        assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_slow_readers_hold_nobody_up() -> None:
    """Readers that take nothing cost a bounded memory, others go on, too many are sent away, and the end is prompt."""
    with Stage(400, 0.5) as stage, contextlib.ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(reader(stage.page))
        good = stack.enter_context(reader(stage.page))
        stack.enter_context(reader(stage.page)).close()
        start, text = time.monotonic(), b""
        while text.count(b"event: update") < 6:
            assert time.monotonic() - start < 60
            text += good.recv(1 << 20)
        before = resident(stage.process.pid)
        while text.count(b"event: update") < 20:
            assert time.monotonic() - start < 60
            text += good.recv(1 << 20)
        assert resident(stage.process.pid) - before < 100e6
        assert ask(stage.page + "state")[0] == 200
        for _ in range(60):
            stack.enter_context(reader(stage.page))
        wait_until(lambda: ask(stage.page + "events")[0] == 503, 30, "the refusal of a reader too many")
        took = stage.stop(signal.SIGTERM)
        print(f"with 80 readers, 20 of which take nothing, the end took {took:.2f} s")
        assert took < PROMPT


def resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


# What follows needs a browser.


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Stage(ITEMS) as stage:
        yield stage


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    webdriver = pytest.importorskip("selenium.webdriver", reason="scripts/page.sh installs selenium where Chromium is")
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("there is no chromium with a chromedriver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for option in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    started = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    try:
        yield started
    finally:
        started.quit()


def look(browser: Any, url: str, width: int = 1920, scheme: str = "light") -> None:
    """Opens the page at a width and in a colour scheme, and waits until it is live."""
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 1080 if width > 700 else 780, "deviceScaleFactor": 1, "mobile": width < 700},
    )
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    )
    browser.get("about:blank")
    browser.get_log("browser")
    browser.get(url)
    wait_until(lambda: text(browser, "#status") == "live", 30, "the page")
    wait_until(lambda: len(browser.find_elements("css selector", "#charts svg")) == 5, 30, "the charts")


def text(browser: Any, selector: str) -> str:
    return browser.execute_script("return document.querySelector(arguments[0])?.textContent ?? ''", selector)


def is_quiet(browser: Any) -> bool:
    said = [entry for entry in browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]
    assert said == [], said
    return True


def table(browser: Any, section: str) -> dict[str, list[str]]:
    """Cells of the rows that are shown, by name."""
    rows = browser.execute_script(
        "return [...document.querySelectorAll(arguments[0] + ' tbody tr')]"
        ".map((row) => [...row.children].map((cell) => cell.textContent))",
        section,
    )
    return {name.replace(" ⚠", ""): cells for name, *cells in rows}


def test_functions_on_the_page(browser: Any, stage: Stage) -> None:
    """Numbers are the metrics', news comes within a period, a long list is paged and filtered, keys suffice."""
    wait_until(lambda: len(json.loads(ask(stage.page + "state")[2])["functions"]) == ITEMS + 4, 60, "all functions")
    look(browser, stage.page)
    assert text(browser, "#functions .count").startswith(str(ITEMS + 4))

    def is_shown() -> bool:
        told, shown = metrics(stage.metrics), table(browser, "#functions")
        assert 0 < len(shown) <= 20

        def gauge(name: str, function: str) -> float:
            return told.get(f'faasfarm_steering_{name}{{function="{function}"}}', float("nan"))

        def number(value: float, digits: int = 0) -> str:
            return "–" if value != value else f"{value:.{digits}f}"

        some = sorted(shown)[:8]
        return all(
            shown[name][0] == number(gauge("asked_workers", name))
            and shown[name][3] == number(gauge("queued_calls", name))
            and shown[name][4].removesuffix(" %") == number(100 * gauge("window_qos_ratio", name), 1)
            for name in some
        )

    wait_until(is_shown, 30, "the metrics' numbers on the page")

    # The first function is chosen; its decisions go on.
    first = text(browser, "#decisions li strong")
    began = time.monotonic()
    wait_until(lambda: text(browser, "#decisions li strong") not in ("", first), PERIOD + 5, "the next decision")
    print(f"the next decision was there after {time.monotonic() - began:.1f} s; decided every {PERIOD} s")

    # A filter finds one of many; a key press chooses it; reasons are told.
    for name, words in (("failing", "the checkpoint cannot be read"), ("blind", "metrics do not answer")):
        began = time.monotonic()
        search = browser.find_element("css selector", "#functions input[type=search]")
        search.clear()
        search.send_keys(name)
        wait_until(lambda name=name: list(table(browser, "#functions")) == [name], 10, "the filtered list")
        print(f"{ITEMS + 4} functions were filtered in {time.monotonic() - began:.2f} s")
        button = browser.find_element("css selector", "#functions tbody button")
        button.send_keys("\ue007")
        wait_until(lambda name=name: text(browser, "#detail-title") == name, 10, "the detail")
        wait_until(lambda words=words: words in text(browser, "#decisions li"), 10, "the reason")
        assert words in text(browser, "#trouble")
    search.clear()
    search.send_keys(" ")
    if ITEMS + 4 > 20:
        browser.find_elements("css selector", "#functions .pager button")[1].click()
        wait_until(lambda: text(browser, "#functions .pager span").startswith("page 2 of"), 10, "the second page")
        assert len(table(browser, "#functions")) == min(20, ITEMS + 4 - 20)
    assert is_quiet(browser)


def test_acting_on_the_page(browser: Any, stage: Stage) -> None:
    """The wrong token is told of, the right one pauses the function."""
    look(browser, stage.page + "#function/resize")
    wait_until(lambda: text(browser, "#detail-title") == "resize", what="the function of the address")
    wait_until(lambda: "workers" in text(browser, "#facts div:last-child dd"), what="the preview")
    pause, token = browser.find_element("css selector", "[data-act=pause]"), browser.find_element("id", "token")
    token.send_keys("wrong")
    pause.click()
    wait_until(lambda: "token is wrong" in text(browser, "#answer"), what="the refusal")
    token.clear()
    token.send_keys(TOKEN)
    pause.click()
    wait_until(lambda: "resize: pause" in text(browser, "#answer"), what="the answer")
    wait_until(lambda: "paused both" in text(browser, "#facts"), PERIOD + 10, "the pause")
    browser.find_element("css selector", "[data-act=resume]").click()
    wait_until(lambda: "paused" not in text(browser, "#facts"), PERIOD + 10, "the end of the pause")
    # The refusal is the one thing that a console may tell.
    assert [e for e in browser.get_log("browser") if e["level"] != "DEBUG" and "401" not in e["message"]] == []


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (360, "dark"), (1920, "light"), (1920, "dark")])
def test_layout(browser: Any, stage: Stage, width: int, scheme: str) -> None:
    """Nothing is wider than the window, headings are in order, all that can be clicked has a name."""
    look(browser, stage.page + "#function/resize", width, scheme)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    levels = browser.execute_script(
        "return [...document.querySelectorAll('h1,h2,h3')].map((h) => Number(h.tagName[1]))"
    )
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))
    nameless = browser.execute_script(
        "return [...document.querySelectorAll('button,input')].filter((e) => e.checkVisibility() && "
        "!(e.textContent.trim() || e.ariaLabel || e.closest('label'))).length"
    )
    assert nameless == 0
    ink, back = browser.execute_script("const s = getComputedStyle(document.body); return [s.color, s.backgroundColor]")
    bright = [sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in (ink, back)]
    assert (bright[0] > bright[1]) == (scheme == "dark")
    folder = os.environ.get("FAASFARM_SCREENSHOTS")
    if folder:
        time.sleep(3 * PERIOD)
        height = browser.execute_script("return document.documentElement.scrollHeight")
        shot = {"captureBeyondViewport": True, "clip": {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}}
        picture = browser.execute_cdp_cmd("Page.captureScreenshot", shot)["data"]
        (Path(folder) / f"page-{width}-{scheme}.png").write_bytes(base64.b64decode(picture))
    assert is_quiet(browser)


def test_a_live_farm_on_the_page(browser: Any) -> None:
    """A daemon's farm is on its page with the numbers of its metrics, within a window."""
    arguments = [
        "--pools",
        1,
        "--log-level",
        "notice",
        "--metrics-listen",
        "127.0.0.1:0",
        "--page-listen",
        "127.0.0.1:0",
    ]
    with Daemon(*arguments) as daemon, Client(daemon.endpoint) as client:
        wait_until(lambda: "live page" in daemon.log() and "/metrics" in daemon.log())
        client.make(SMALL)
        client.reset()
        look(browser, page_of(daemon))
        assert text(browser, "#detail-title").endswith("small")
        for _ in range(3):
            client.step()
        wait_until(lambda: "3/6" in table(browser, "#farms")["#1 small"], 5, "the third window")

        def is_shown() -> bool:
            told, row = metrics(metrics_of(daemon)), table(browser, "#farms")["#1 small"]
            return (
                float(row[0]) == told['faasfarm_workers{state="desired"}']
                and float(row[1]) == told['faasfarm_workers{state="ready"}']
                and float(row[3]) == told['faasfarm_open_tasks{place="queued"}']
                and row[4] == f"{100 * told['faasfarm_window_qos_ratio']:.1f} %"
            )

        wait_until(is_shown, 10, "the metrics' numbers on the page")
        client.request("close", {})
        wait_until(lambda: text(browser, "#farms .count") == "0" and "is gone" in text(browser, "#detail-title"), 10)
        assert is_quiet(browser)
        assert daemon.stop(signal.SIGTERM) < PROMPT
