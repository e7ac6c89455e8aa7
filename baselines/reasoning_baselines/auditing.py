"""What the audit of the families found: a table for the terminal, a page, and a file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import NamedTuple

from rich.table import Table
from rich.text import Text

from reasoning_baselines.tables import plain_table
from reasoning_gym.audit import MAX_GENERATION, MAX_VERIFICATION, Audit, Share, Times, why_unaudited
from reasoning_gym.family import Family, families

SCHEMA = 1  # of audit.json
_DECIMALS = re.compile(r"(?<=[ \[])-?\d+\.\d{5,}(?:e[-+]?\d+)?(?=[,\]}])")


class Summary(NamedTuple):
    """A family over all its levels."""

    family: str
    levels: int
    references: Share
    wrong: Share  # wrong answers that were paid for no reason that the checker knows
    chance: Share  # wrong answers that are right by chance
    guess: float  # the most that a constant is paid, at the level where it is paid most
    wrong_steps: Share
    generation: Times  # at the middle level
    verification_p99: float  # at the level where it is longest
    distinct: tuple[Share, Share]  # at the first and at the last level
    faults: list[str]
    slow: list[str]


def summaries(audits: Iterable[Audit]) -> list[Summary]:
    """The families, each over all its levels, in the order in which they come."""
    return [_summary(list(levels)) for _, levels in groupby(audits, key=lambda audit: audit.family)]


def _summary(levels: Sequence[Audit]) -> Summary:
    attacks = [attack for audit in levels for attack in audit.attacks.values()]
    tried = sum(attack.tried for attack in attacks)
    middle = next((audit for audit in levels if audit.middle), levels[0])
    return Summary(
        levels[0].family,
        len(levels),
        _together(audit.references for audit in levels),
        Share(sum(attack.wrong for attack in attacks), tried),
        Share(sum(attack.right for attack in attacks), tried),
        max(audit.guess[1] for audit in levels),
        _together(audit.wrong_steps for audit in levels),
        middle.generation,
        max(audit.verification.p99 for audit in levels),
        (levels[0].distinct, levels[-1].distinct),
        [f"level {audit.level}: {fault}" for audit in levels for fault in audit.shortfalls()],
        [f"level {audit.level}: {fault}" for audit in levels for fault in audit.slow()],
    )


def _together(shares: Iterable[Share]) -> Share:
    found = list(shares)
    return Share(sum(share.hits for share in found), sum(share.tried for share in found))


def audit_table(audits: Iterable[Audit]) -> Table:
    """A line a family: what was paid, what guessing pays, and milliseconds."""
    table = plain_table("family", ">right", ">wrong", ">guess", ">steps", ">make", ">judge", ">differ")
    table.columns[0].no_wrap = True
    table.padding = (0, 1, 0, 0)
    for each in summaries(audits):
        style = "bold red" if each.faults else "yellow" if each.slow else ""
        table.add_row(Text(each.family, style=style), *_cells(each))
    return table


def _cells(summary: Summary) -> list[str]:
    first, last = summary.distinct
    return [
        _percent(summary.references.rate),
        str(summary.wrong.hits),
        _percent(summary.guess),
        _percent(summary.wrong_steps.rate),
        f"{summary.generation.p99:.1f}",
        f"{summary.verification_p99:.2f}",
        f"{100 * first.rate:.0f}-{100 * last.rate:.0f}",
    ]


def _percent(rate: float) -> str:
    """A share in per cent, 100 only if nothing is missing."""
    text = f"{100 * rate:.3g}" if rate < 0.995 else f"{100 * rate:.1f}" if rate < 1 else "100"
    return "<100" if text == "100.0" else text


def explain() -> str:
    """What the columns of the table mean."""
    return (
        "right: reference answers that were paid, %. wrong: wrong answers that were\n"
        "paid. guess: the most that one constant answer is paid, %. steps: reference\n"
        "steps with something changed that pass, %. make: p99 of making a problem at\n"
        "the middle level, ms. judge: p99 of verifying an answer, ms. differ: different\n"
        "questions among the draws, first to last level, %."
    )


def audit_file(audits: Sequence[Audit], command: str, *, problems: int, draws: int) -> str:
    """All that was measured, for audit.json: one line a level, numbers to four decimal places."""
    head = json.dumps({"schema": SCHEMA, "command": command, "problems": problems, "draws": draws})[:-1]
    lines = ",\n".join(_DECIMALS.sub(_rounded, json.dumps(asdict(audit))) for audit in audits)
    return f'{head}, "levels": [\n{lines}\n]}}\n'


def _rounded(match: re.Match[str]) -> str:
    return repr(round(float(match[0]), 4))


def audit_page(audits: Sequence[Audit], command: str, *, problems: int, draws: int) -> str:
    """The page docs/audit.md."""
    found = summaries(audits)
    levels = sum(each.levels for each in found)
    total = _together(each.references for each in found)
    attacks = _together(each.wrong for each in found)
    made = max(each.generation.p99 for each in found), max(each.generation.slowest for each in found)
    overlap = _together(audit.overlap for audit in audits)
    lines = [
        "# The audit",
        "",
        f"`{command}` held {len(found)} families at {levels} levels to their contract: {problems:,} problems a level,",
        f"{draws:,} draws of training questions. Written by that command; audit.json has every level and every kind of",
        "attack.",
        "",
        "| what | found | asked for |",
        "| --- | --- | --- |",
        f"| reference answers that are paid | {total.hits:,} of {total.tried:,} | all |",
        f"| wrong answers that are paid | {attacks.hits:,} of {attacks.tried:,} | none |",
        f"| of them right by chance, or one of many right answers | {_together(s.chance for s in found).hits:,} | |",
        f"| test questions that are training questions | {overlap.hits:,} of {overlap.tried:,} | none |",
        f"| calls that raised | {sum(len(a.raised) for a in audits):,} | none |",
        f"| slowest p99 of making a problem, middle levels | {made[0]:.1f} ms | {MAX_GENERATION[0]:g} ms |",
        f"| slowest making of all, middle levels | {made[1]:.0f} ms | {MAX_GENERATION[1]:g} ms |",
        f"| slowest p99 of verifying | {max(s.verification_p99 for s in found):.2f} ms | {MAX_VERIFICATION:g} ms |",
        "",
        "The wrong answers are empty ones, constants, NaN and infinity, prose, the question itself, another problem's",
        "answer, the reference with a digit, sign or letter changed, hedges, code, and texts of 10,000 characters.",
        "",
        "## Families",
        "",
        "Guess: the most that one constant answer is paid at any level. Wrong steps: reference thoughts with a digit,",
        "sign or letter changed that pass the check of a thought; some are true all the same. Different: of the draws,",
        "at the first and at the last level. Milliseconds: p99 of making a problem at the middle level, and of",
        "verifying an answer.",
        "",
        "| family | levels | right | wrong | guess | wrong steps | make | verify | different |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for each in found:
        right, wrong, guess, steps, make, verify, differ = _cells(each)
        shares = f"{right} % | {wrong} | {guess} % | {steps} %"
        lines.append(f"| {each.family} | {each.levels} | {shares} | {make} | {verify} | {differ} % |")
    faults = [f"- {each.family}, {fault}" for each in found for fault in each.faults + each.slow]
    lines += ["", "## Shortfalls", "", *(faults or ["None."])]
    return "\n".join([*lines, "", *unaudited_section(families().values())]) + "\n"


def unaudited_section(known: Iterable[Family]) -> list[str]:
    """The lines of the page that name the families which can't be audited."""
    reasons = {family.name: why_unaudited(family) for family in known}
    return ["## Not audited", "", *(f"- {name} {reason}" for name, reason in reasons.items() if reason)]
