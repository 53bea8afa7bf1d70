"""What the ingress of functions costs its callers, beside the gateway without it, and beside nginx in its place."""

import contextlib
import re
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

from measure.bench.wrk import deploy
from measure.parts import Part, Setting
from measure.processes import ProgramFailed, child, first_line, gateway, output
from measure.rows import Row
from measure.turns import in_turns

CALLERS = 16


class Load(NamedTuple):
    """What callers got: answers a second, and seconds within which half of them came."""

    rate: float
    median: float


def wrk(url: str, body: str, seconds: float, folder: Path) -> Load:
    """As many callers as there are, each with one call after the other."""
    script = folder / "call.lua"
    script.write_text(f"wrk.method = 'POST'\nwrk.body = '{body}'\nwrk.headers['Content-Type'] = 'application/json'\n")
    command = ["wrk", "-t1", f"-c{CALLERS}", f"-d{max(1, round(seconds))}s", "--latency", "-s", script, url]
    # The calls that were under way when the side before ended are over by then.
    time.sleep(0.1)
    said = output(command, seconds + 60)
    rate = re.search(r"Requests/sec:\s*([\d.]+)", said)
    half = re.search(r"50%\s+([\d.]+)(us|ms|s)\b", said)
    if not rate or not half or "Non-2xx" in said or "Socket errors" in said:
        raise ProgramFailed(f"wrk: {said.strip()[-300:]}")
    return Load(float(rate[1]), float(half[1]) * {"us": 1e-6, "ms": 1e-3, "s": 1}[half[2]])


@contextlib.contextmanager
def ingress(stand: Path, upstream: str) -> Iterator[str]:
    """A FunctionIngress alone, as the tests have it; gives its address."""
    command = [stand, upstream, "--function", "worker", "--ready", CALLERS]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with child(command, grace=5, **pipes) as process:
        yield first_line(process).strip()


@contextlib.contextmanager
def nginx(folder: Path, port: int, server: str, upstream: str = "") -> Iterator[str]:
    """nginx with one server; gives its address."""
    folder.mkdir(exist_ok=True)
    (folder / "logs").mkdir(exist_ok=True)
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"daemon off; worker_processes auto; pid {folder}/nginx.pid; error_log {folder}/error.log;\n"
        "events { worker_connections 1024; }\n"
        f"http {{ access_log off; keepalive_requests 100000000; client_body_temp_path {folder}/body;\n"
        f"proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u;\n"
        f"scgi_temp_path {folder}/s; {upstream}\n"
        f"server {{ listen 127.0.0.1:{port} backlog=1024; {server} }} }}\n"
    )
    address = f"http://127.0.0.1:{port}"
    with child(["nginx", "-p", folder, "-c", configuration], grace=5, stderr=subprocess.DEVNULL):
        deadline = time.monotonic() + 10
        while True:
            with contextlib.suppress(OSError), urllib.request.urlopen(address + "/nginx", timeout=5):
                break
            if time.monotonic() > deadline:
                raise ProgramFailed(f"nginx does not answer: {(folder / 'error.log').read_text()[-300:]}")
            time.sleep(0.02)
        yield address


def proxy(upstream: str) -> tuple[str, str]:
    """What makes nginx a proxy that keeps its connections: the server's part and the upstream's."""
    place = upstream.removeprefix("http://")
    return (
        "location = /nginx { return 200; } location / { proxy_pass http://up; proxy_http_version 1.1;"
        ' proxy_set_header Connection ""; }',
        f"upstream up {{ server {place}; keepalive 64; keepalive_requests 100000000; }}",
    )


def beside(sides: dict[str, str], body: str, blocks: int, seconds: float, folder: Path) -> dict[str, list[Load]]:
    """What each side gives, in turns."""
    calls = [lambda url=url: wrk(url + "/function/worker", body, seconds, folder) for url in sides.values()]
    for call in calls:
        call()
    return dict(zip(sides, in_turns(calls, blocks), strict=True))


def ratios(ours: list[Load], theirs: list[Load]) -> list[float]:
    return [one.rate / other.rate for one, other in zip(ours, theirs, strict=True)]


def told(loads: list[Load]) -> str:
    rate, half = median(load.rate for load in loads), median(load.median for load in loads)
    return f"{rate:,.0f} a second, half within {half * 1e3:.2f} ms"


def values(found: dict[str, list[Load]]) -> dict:
    return {side: [load._asdict() for load in loads] for side, loads in found.items()}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def rows(setting: Setting, seconds: float = 2) -> Iterator[Row]:
    stand = setting.program.parent / "ingress-stand"
    if not stand.exists():
        yield Row.skipped("the ingress", f"there is no {stand} (swift build -c release --product ingress-stand)")
        return
    folder = setting.folder
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(gateway(setting.program))
        deploy(server.address, setting.program, CALLERS)
        ours = stack.enter_context(ingress(stand, server.address))
        theirs = stack.enter_context(nginx(folder / "proxy", free_port(), *proxy(server.address)))
        slow = beside(
            {"gateway": server.address, "ingress": ours}, '{"mode":"sleep","ms":20}', setting.blocks, seconds, folder
        )
        share = median(ratios(slow["ingress"], slow["gateway"]))
        added = median(
            one.median - other.median for one, other in zip(slow["ingress"], slow["gateway"], strict=True)
        ) * 1e3  # fmt: skip
        yield Row(
            f"{CALLERS} callers of a function of 20 ms",
            f"gateway alone {told(slow['gateway'])}; through the ingress {told(slow['ingress'])}: "
            f"{share:.3f} of the rate, {added:+.2f} ms",
            "at least 0.95 of the rate, and at most 2 ms more in the median",
            share >= 0.95 and added <= 2,
            values(slow),
        )
        echo = beside(
            {"gateway": server.address, "nginx": theirs, "ingress": ours},
            '{"mode":"sleep","ms":0}', setting.blocks, seconds, folder,
        )  # fmt: skip
        share = median(ratios(echo["ingress"], echo["nginx"]))
        yield Row(
            f"{CALLERS} callers of a function of no work",
            f"gateway alone {told(echo['gateway'])}; behind nginx {told(echo['nginx'])}; behind the ingress "
            f"{told(echo['ingress'])}: {share:.2f} of nginx",
            "at least 0.5 of nginx in the same place",
            share >= 0.5,
            values(echo),
        )
    with contextlib.ExitStack() as stack:
        bare = stack.enter_context(nginx(folder / "bare", free_port(), "location / { return 200; }"))
        ours = stack.enter_context(ingress(stand, bare))
        theirs = stack.enter_context(nginx(folder / "proxy", free_port(), *proxy(bare)))
        found = beside({"nginx": theirs, "ingress": ours}, "", setting.blocks, seconds, folder)
        share = median(ratios(found["ingress"], found["nginx"]))
        yield Row(
            "the same before an nginx that answers by itself, without gateway and function",
            f"behind nginx {told(found['nginx'])}; behind the ingress {told(found['ingress'])}: {share:.2f} of nginx",
            values=values(found),
        )


PART = Part(
    "ingress", "calls through the ingress of functions, beside the gateway alone and nginx", rows, needs="nginx"
)
