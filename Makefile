# Everything that is done with this source tree. `make` alone says what there is.

# Otherwise a new source file rebuilds SwiftProtobuf and all that is on it, by chance
# (findings/swiftpm-orders-traits-by-chance.sh).
SWIFT_BUILD := SWIFT_DETERMINISTIC_HASHING=1 swift build
# The debug build is what `demo` and `test` use, so that one build serves both.
BUILD := .build/debug
# The Python that .venv is made with, once.
export PYTHON ?= python3
# `make install` puts the program into PREFIX/bin, below DESTDIR where a package is made.
PREFIX ?= /usr/local
DESTDIR ?=
PROGRAM ?= .build/release/faasfarm
BIN = $(DESTDIR)$(patsubst ~/%,$(HOME)/%,$(PREFIX))/bin
PY := .venv/bin/python
RUFF := .venv/bin/ruff

PYTHON_FILES := conftest.py protocol/python protocol/v1/conformance examples scripts measure Tests
# Files, not links: the formatter would put a file in a link's place.
SWIFT_FILES = $$(find Package.swift Sources Tests examples -type f -name '*.swift' -not -path '*/Generated/*')

.DEFAULT_GOAL := help
.PHONY: help demo test test-peers test-page contract release install uninstall bench bench-peers learning-curves policies soak proto format lint prerequisites
# Recipes of one `make` run one after the other: builds share the .build folder.
.NOTPARALLEL:

help:
	@echo 'FaaSFarm: task farms on OpenFaaS, steered by learning agents over ZeroMQ.'
	@echo
	@echo '  make demo     build, start a farm, let a Python agent steer it, replay the recording (first build: minutes)'
	@echo '  make test     build and run all tests, Swift and Python'
	@echo '  make contract the answers of a gateway: the embedded one, or FAASFARM_GATEWAY=http://...'
	@echo '  make test-peers  other people'"'"'s learners on our environments (installs PyTorch, once)'
	@echo '  make test-page  the live page in a real Chromium, with 1,000 functions in its list (installs what is missing)'
	@echo '  make release  build .build/release/faasfarm, for long simulations: ten times as fast as the build of `demo`'
	@echo '  make install  put that build on your PATH: PREFIX/bin/faasfarm (PREFIX=/usr/local); make uninstall takes it away'
	@echo '  make bench    measure against other programs in the same run'
	@echo '  make bench-peers  training speed beside Stable-Baselines3 (installs PyTorch, once)'
	@echo '  make learning-curves  whether PPO learns alike here and in Stable-Baselines3 (minutes)'
	@echo '  make policies compare the trained agents of examples/policies, and write docs/results.md (minutes)'
	@echo '  make soak     check at full size what must hold, and write docs/measured.md (minutes)'
	@echo '  make format   format the Swift and Python sources'
	@echo '  make lint     check format and style'
	@echo '  make proto    generate the Swift and Python messages after a change of a file protocol/*/*.proto'
	@echo
	@echo 'All of them install what is missing (apt; else they say what to install) and keep Python things in .venv.'
	@echo 'Begin with `make demo`; then read docs/quickstart.md.'

# Takes milliseconds when nothing is missing, so it looks every time.
prerequisites:
	@scripts/prerequisites.sh
	@scripts/make-venv.sh

demo: prerequisites
	@$(SWIFT_BUILD) --product faasfarm
	@$(PY) scripts/demo.py --program $(BUILD)/faasfarm

test: prerequisites
	@scripts/test.sh

contract: prerequisites
	@$(SWIFT_BUILD) --product faasfarm
	@$(PY) -m pytest -q Tests/contract

test-peers: prerequisites
	@$(SWIFT_BUILD) --product faasfarm
	@scripts/test-peers.sh

test-page: prerequisites
	@$(SWIFT_BUILD) --product faasfarm
	@$(SWIFT_BUILD) --product steering-stage
	@scripts/page.sh install
	@FAASFARM_PAGE_ITEMS=1000 $(PY) -m pytest -q -s Tests/acceptance/test_page.py

release: prerequisites
	@$(SWIFT_BUILD) -c release --product faasfarm

.build/release/faasfarm: release

install: $(PROGRAM)
	@install -d '$(BIN)' && install -m 755 '$(PROGRAM)' '$(BIN)/faasfarm' \
	    || { echo 'make install: $(BIN) is not yours to write; use PREFIX=~/.local' >&2; exit 1; }
	@echo 'make install: $(BIN)/faasfarm'
	@[ -n '$(DESTDIR)' ] || case ":$$PATH:" in *':$(BIN):'*) ;; *) echo 'make install: $(BIN) is not on your PATH; put it there' ;; esac

uninstall:
	@rm -f '$(BIN)/faasfarm'
	@echo 'make uninstall: there is no $(BIN)/faasfarm any more'

bench: release
	@scripts/prerequisites.sh bench
	@$(PY) -m measure bench --program .build/release/faasfarm

bench-peers: release
	@scripts/make-peers-venv.sh
	@.venv-peers/bin/python -m measure peers --program .build/release/faasfarm

learning-curves: release
	@scripts/make-peers-venv.sh
	@.venv-peers/bin/python -m measure curves --program .build/release/faasfarm

policies: release
	@$(PY) -m measure policies report --program .build/release/faasfarm

soak: release
	@$(SWIFT_BUILD) -c release --product steering-board
	@$(PY) -m measure soak --program .build/release/faasfarm

proto: prerequisites
	@protocol/generate.sh
	@$(PY) scripts/generated.py write

format: prerequisites
	@swift format format --in-place --parallel $(SWIFT_FILES)
	@$(RUFF) check --quiet --fix $(PYTHON_FILES)
	@$(RUFF) format --quiet $(PYTHON_FILES)
	@echo 'make format: done'

lint: prerequisites
	@swift format lint --strict --parallel $(SWIFT_FILES)
	@$(RUFF) check --quiet $(PYTHON_FILES)
	@$(RUFF) format --quiet --check $(PYTHON_FILES)
	@echo 'make lint: nothing to complain about'
