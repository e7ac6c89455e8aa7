"""Writes docs/families.md from the families' specifications, with a problem of each, and their pictures.

python -m reasoning_baselines.family_pages docs
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from reasoning_baselines.environments import category_environment, family_environment
from reasoning_baselines.specifications import specification
from reasoning_gym.audit import audited_families, middle_level
from reasoning_gym.family import Family
from reasoning_gym.problem import Problem

PAGE, PICTURES = "families.md", "pictures"


def write(folder: Path, families: Sequence[Family]) -> None:
    """Write the page and the pictures into a folder."""
    pictures = folder / PICTURES
    pictures.mkdir(parents=True, exist_ok=True)
    for old in pictures.glob("*.svg"):
        old.unlink()
    for family in families:
        if (drawn := family.picture(_sample(family).question)) is not None:
            (pictures / f"{family.name}.svg").write_text(drawn)
    (folder / PAGE).write_text(page(families))


def page(families: Iterable[Family]) -> str:
    """The whole page: what there is by category, then every family."""
    ordered = sorted(families, key=lambda family: (family.category, family.name))
    lines = [
        "# Families",
        "",
        f"{len(ordered)} kinds of problem. Each has levels, reference thoughts, a verifier that grounds any right",
        "answer, and a check of single thoughts that never sees the reference; [the audit](audit.md) measures all of",
        "it. `python -m reasoning_baselines.family_pages docs` writes this page from the families' own specifications.",
        "",
        "| category | environment of all | families |",
        "| --- | --- | --- |",
    ]
    by_category = [(name, list(members)) for name, members in groupby(ordered, key=lambda family: family.category)]
    for category, members in by_category:
        links = ", ".join(f"[{_title(each)}](#{each.name})" for each in members)
        lines.append(f"| {category.replace('_', ' ')} | `{category_environment(category)}` | {links} |")
    for category, members in by_category:
        lines += ["", f"## {category.replace('_', ' ').capitalize()}"]
        for family in members:
            lines += ["", *_section(family)]
    return "\n".join(lines) + "\n"


def _section(family: Family) -> list[str]:
    found = specification(family)
    lines = [f'### {_title(family)}<a id="{family.name}"></a>', "", found.asked, ""]
    lines += [f"- `{family_environment(family)}`, levels 1 to {family.levels}"]
    lines += [f"- **{name}**: {text}" for name, text in found.fields]
    if family.picture(_sample(family).question) is not None:
        lines += ["", f"![{_title(family)}: the question below]({PICTURES}/{family.name}.svg)"]
    for level in dict.fromkeys((1, middle_level(family))):
        problem = family.problem("train", level, 0)
        statement, thoughts = problem.question.statement, family.reference_thoughts(problem)
        lines += ["", f"Level {level}:", "", "```", statement, "", *thoughts, "```"]
    return lines


def _sample(family: Family) -> Problem:
    """The problem that is drawn: of the middle level."""
    return family.problem("train", middle_level(family), 0)


def _title(family: Family) -> str:
    return family.name.replace("_", " ")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("give the folder to write to: python -m reasoning_baselines.family_pages docs")
    write(Path(sys.argv[1]), audited_families())
