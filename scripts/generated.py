"""Tells whether the generated messages belong to the schemas in protocol/, without the generators.

`write` notes the SHA-256 of the schemas and of what was generated from them; `check` compares. The note has the
format of sha256sum.
"""

import argparse
import hashlib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NOTE = ROOT / "protocol" / "v1" / "generated.sha256"
SCHEMAS = ["protocol/v1/faasfarm.proto", "protocol/keda/externalscaler.proto"]
GENERATED = ["Sources/*/Generated/*.swift", "protocol/python/**/*_pb2.py*", "measure/keda/*_pb2.py"]


def sums() -> dict[str, str]:
    files = [ROOT / name for name in SCHEMAS] + sorted(path for pattern in GENERATED for path in ROOT.glob(pattern))
    return {
        path.relative_to(ROOT).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if "__pycache__" not in path.parts and "build" not in path.relative_to(ROOT).parts
    }


def check() -> int:
    if not NOTE.exists():
        print(f"{NOTE.relative_to(ROOT)} is missing; run `make proto`", file=sys.stderr)
        return 1
    noted = {name: digest for digest, _, name in (line.partition("  ") for line in NOTE.read_text().splitlines())}
    current = sums()
    differing = sorted(name for name in noted.keys() | current.keys() if noted.get(name) != current.get(name))
    if differing:
        print(
            f"not as `make proto` left it: {', '.join(differing)}; run `make proto` and commit what it changes",
            file=sys.stderr,
        )
    return 1 if differing else 0


def write() -> int:
    NOTE.write_text("".join(f"{digest}  {name}\n" for name, digest in sums().items()))
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=["check", "write"])
    sys.exit({"check": check, "write": write}[parser.parse_args().action]())
