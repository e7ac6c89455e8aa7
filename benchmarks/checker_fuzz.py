"""Fuzzes the checker with atheris: no text may raise, hang, or be accepted for a value that it can't state.

    pip install atheris
    python benchmarks/checker_fuzz.py CORPUS -max_total_time=3600 -timeout=5 -max_len=400

CORPUS is a folder; it is filled with the labelled cases if it is empty. What crashes is kept in the current folder as
crash-…; make a case of it in tests/checker_cases or tests/test_checker_regressions.py.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["reasoning_gym.checker"]):
    from reasoning_gym.checker import Policy, check, check_calculations, extract_answer, parse_reference, stated_answer

REFERENCES = tuple(
    map(
        parse_reference,
        ["314159", r"x^2+\sqrt{7}", r"\{1, \frac{5}{7}\}", "(3, -8]", "(2, -9)", r"x \equiv 3 \pmod{11}", "17 km/h",
         "B",
         r"\begin{pmatrix}1&2\\3&7\end{pmatrix}", "no solution", r"\sin x+C", "y=3x-8", "March 5, 2024", "7:35 PM",
         "octahedron", r"\begin{cases}x&x>1\\0&x\le1\end{cases}", "2:3:7", r"1,2,\ldots,31"],
    )
)  # fmt: skip
QUICK = Policy(deadline=0)


def one_input(data: bytes) -> None:
    """One text against every kind of reference, and against itself."""
    text = data.decode("utf-8", errors="surrogateescape")
    for reference in REFERENCES:
        check(text, reference, policy=QUICK)
    check_calculations(text)
    stated_answer(text)
    extract_answer(text)
    first, _, second = text.partition("\n")
    try:
        one, other = parse_reference(first), parse_reference(second)
    except ValueError:
        return
    forth, back = check(first, other, policy=QUICK), check(second, one, policy=QUICK)
    inexact = any(
        mark in text for mark in ("≈", "approx", "...", "…", "dots", "about", "around", "roughly", "~", "sim")
    )
    if forth.correct != back.correct and not inexact and extract_answer(text) is None:
        raise AssertionError(f"not symmetric: {first!r} {second!r} {forth} {back}")


def main() -> None:
    """Fill an empty corpus, then fuzz."""
    folder = next((Path(each) for each in sys.argv[1:] if not each.startswith("-")), None)
    if folder is not None and folder.is_dir() and not any(folder.iterdir()):
        lines = [
            line
            for path in (Path(__file__).parents[1] / "tests" / "checker_cases").glob("*.jsonl")
            for line in path.open()
        ]
        for number, line in enumerate(lines):
            case = json.loads(line)
            (folder / f"{number:05}").write_text(f"{case['answer']}\n{case['reference']}")
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
