"""Every example of README, docs and `--help` runs, with small budgets, at private addresses: stage.py has what changes.

What does not run is marked: on a page by a comment before the block, in help by NOT_RUN. It may be one in ten at most,
and this prints which and why.
"""

import pytest
import stage

import examples

# Examples of help that nothing here can run, by a part of their text, with the reason.
NOT_RUN: dict[str, str] = {}

ON_PAGES = {page: examples.of_page(page) for page in examples.PAGES}
IN_HELP = examples.of_help()


def reason(example: examples.Example) -> str | None:
    return example.reason or next((why for part, why in NOT_RUN.items() if part in example.text), None)


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    return stage.record(tmp_path_factory.mktemp("recording") / "runs.sqlite")


def run(which: list[examples.Example], folder, recording) -> None:
    failures = []
    with stage.Stage(folder, recording) as on:
        for example in which:
            if reason(example):
                continue
            try:
                on.run(example)
            except Exception as error:
                failures.append(f"{example}: {type(error).__name__}: {error}\n{example.text}")
    assert not failures, "\n\n".join(failures)


@pytest.mark.parametrize("page", [page for page in ON_PAGES if ON_PAGES[page][0]], ids=lambda page: page.stem)
def test_the_examples_of_a_page_run(page, tmp_path, recording) -> None:
    run(ON_PAGES[page][0], tmp_path, recording)


@pytest.mark.parametrize("command", sorted({example.page for example in IN_HELP}))
def test_the_examples_of_help_run(command, tmp_path, recording) -> None:
    run([example for example in IN_HELP if example.page == command], tmp_path, recording)


def test_help_fits_80_columns() -> None:
    for path, text in examples.help_texts():
        wide = [line for line in text.split("\n") if len(line) > 80]
        assert not wide, (path, wide)


def test_the_help_of_serve_is_in_groups() -> None:
    text = dict(examples.help_texts())[("serve",)]
    heads = [line for line in text.split("\n") if line.isupper() and line.endswith(":")]
    assert len(heads) >= 6, heads


def test_nearly_all_examples_are_run() -> None:
    found = [example for page in ON_PAGES.values() for example in page[0]] + IN_HELP
    left_out = [example for example in found if reason(example)]
    for example in left_out:
        print(f"not run: {example}: {reason(example)}")
    others = sum(page[1] for page in ON_PAGES.values())
    print(f"{len(found)} examples, {len(left_out)} of them not run; {others} blocks are drawings, formulas or answers")
    assert len(found) > 60
    assert len(left_out) * 10 <= len(found)
