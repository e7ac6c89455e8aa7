"""The labelled cases of the checker, and the table of docs/checker.md that is made of them.

python tests/checker_tables.py    # writes the table anew
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from reasoning_gym.checker import Policy

FOLDER = Path(__file__).parent / "checker_cases"
PAGE = Path(__file__).parent.parent / "docs" / "checker.md"
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"
MAX_CELL = 60  # characters; longer texts are no examples
ROWS = 4  # of each label, for a kind


class Case(NamedTuple):
    """One labelled pair of a case file."""

    file: str
    answer: str
    reference: str
    correct: bool
    note: str = ""
    policy: Policy = Policy()
    kind: Any = None


def read_cases() -> list[Case]:
    """All cases, by file."""
    found: list[Case] = []
    for path in sorted(FOLDER.glob("*.jsonl")):
        for line in path.read_text().splitlines():
            case = json.loads(line)
            case["policy"] = Policy(**case.get("policy", {}))
            found.append(Case(path.stem, **case))
    return found


def table() -> str:
    """What equals what: for each kind, the cases that teach something."""
    cases = read_cases()
    rows = ["| kind | reference | equal to it | not equal to it |", "| --- | --- | --- | --- |"]
    for file in dict.fromkeys(case.file for case in cases):
        shown = [case for case in cases if case.file == file and case.note and _fits(case)]
        examples = {label: [case for case in shown if case.correct is label][:ROWS] for label in (True, False)}
        references: dict[str, dict[bool, list[str]]] = {}
        for label, chosen in examples.items():
            for case in chosen:
                cell = f"{_code(case.answer)} ({case.note}{_policy(case)})"
                references.setdefault(case.reference, {True: [], False: []})[label].append(cell)
        for reference, cells in references.items():
            kind = file.replace("_", " ")
            rows.append(f"| {kind} | {_code(reference)} | {'<br>'.join(cells[True])} | {'<br>'.join(cells[False])} |")
    return "\n".join(rows)


def page_with(rows: str) -> str:
    """The page with its table replaced."""
    text = PAGE.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{rows}\n\n{END}{after}"


def _fits(case: Case) -> bool:
    texts = (case.answer, case.reference)
    return all(len(text) <= MAX_CELL and text.isprintable() and "`" not in text for text in texts)


def _code(text: str) -> str:
    return f"`{text}`".replace("|", "\\|") if text.strip() == text and text else f"`` {text} ``".replace("|", "\\|")


def _policy(case: Case) -> str:
    changed = [f"{name}={value!r}" for name in ("rounding", "form") if (value := getattr(case.policy, name))]
    changed += [f"kind={case.kind!r}"] if case.kind else []
    return f"; {', '.join(changed)}" if changed else ""


if __name__ == "__main__":
    PAGE.write_text(page_with(table()))
