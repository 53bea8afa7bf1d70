"""`python -m measure COMMAND`."""

import argparse
import importlib
import sys

import zmq
from faasfarm import FaaSFarmError

from measure.processes import ProgramFailed, raise_on_signals

# Each is a package with NAME, SUMMARY, `add_arguments` and `run`.
COMMANDS = ("bench", "soak", "policies", "peers", "curves")


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m measure", description="Measures FaaSFarm.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    runs = {}
    for name in COMMANDS:
        module = importlib.import_module(f"measure.{name}")
        command = commands.add_parser(
            name, help=module.SUMMARY, description=module.__doc__, epilog=module.DETAILS,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        module.add_arguments(command)
        runs[name] = module.run
    options = parser.parse_args(words)
    raise_on_signals()
    try:
        return runs[options.command](options)
    except KeyboardInterrupt:
        return 130
    except (ProgramFailed, FaaSFarmError, zmq.ZMQError, OSError, ValueError) as error:
        print(f"{options.command}: failed: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
