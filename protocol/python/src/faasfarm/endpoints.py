"""Where a daemon listens, as text: what an endpoint looks like, and which of them need IPv6."""

import ipaddress
import socket

LOOKS = "an endpoint is tcp://HOST:PORT or ipc://PATH"


def fault(endpoint: str) -> str:
    """What is wrong with the form of an endpoint, and how it is written; empty when nothing is.

    Only what ZeroMQ takes for something else, or refuses without saying why; it judges the rest itself.
    """
    if not isinstance(endpoint, str):
        return f"it is of type {type(endpoint).__name__}, expected a text"
    if not endpoint.startswith("tcp://"):
        return ""
    host, colon, port = endpoint.removeprefix("tcp://").rpartition(":")
    if ":" in host and not (host.startswith("[") and host.endswith("]")):
        return f"an IPv6 address stands in brackets: {_bracketed(host, port)}"
    if not colon or not (port == "*" or (port.isascii() and port.isdecimal())):
        return f"it has no port; {LOOKS}"
    if port != "*" and int(port) > 65_535:
        return f"it has the port {port}, and ports end at 65535"
    return ""


def _bracketed(host: str, port: str) -> str:
    """How somebody may have meant an address without brackets."""
    try:
        ipaddress.IPv6Address(host.strip("[]"))
    except ValueError:
        return "tcp://[::1]:5555"
    return f"tcp://[{host.strip('[]')}]:{port}"


def needs_ipv6(endpoint: str) -> bool:
    """Whether the host of a tcp endpoint is an IPv6 address, or a name that has no other.

    A socket of ZeroMQ that may use IPv6 prefers it, and then does not find who listens on IPv4 only.
    """
    if not endpoint.startswith("tcp://"):
        return False
    host = endpoint.removeprefix("tcp://").rpartition(":")[0]
    if host.startswith("["):
        return True
    try:
        families = {found[0] for found in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        # ZeroMQ says of an unknown name what it is.
        return False
    return socket.AF_INET6 in families and socket.AF_INET not in families
