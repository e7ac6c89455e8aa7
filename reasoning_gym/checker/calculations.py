"""Proves the calculations that a line of text contains."""

from __future__ import annotations

import re

from reasoning_gym.checker.equality import equal, guarded
from reasoning_gym.checker.limits import MAX_CHARACTERS
from reasoning_gym.checker.syntax import Apply, parse
from reasoning_gym.problem import CORRECT, Verdict, incorrect, refused, unreadable

_MARK = re.compile(r"<<([^<>]*)>>", re.ASCII)
# a number with its dress (currency, per cent), the operators between numbers, and an equals sign; possessive, so linear
_NUMBER = r"[(\s]*+[-−]?\s*+[(\s]*+(?:\\?\$)?+\s*+(?:\d[\d,]*+(?:\.\d++)?+|\.\d++)%?+[)\s]*+"
_OPERATOR = r"(?:[-−+*/×·÷^:]|\b[x]\b|(?<=\d)x(?=[\d ]))"
_SIDE = rf"{_NUMBER}(?:{_OPERATOR}{_NUMBER})*+"
_CALCULATION = re.compile(rf"(?<![\w.)+*/^=-])(?<![+*/^=-] )(?P<chain>{_SIDE}(?:={_SIDE})++)", re.ASCII)


def check_calculations(line: str) -> Verdict:
    """Whether every calculation in a line of text is true; a line without any is unreadable.

    Reads `48/2 = 24` and chains of equalities wherever they stand in a sentence, with $ and thousands
    separators, and calculator marks `<<48/2=24>>`.

    >>> check_calculations("She sold 48/2 = 24 clips").correct
    True
    >>> check_calculations("so 12 x $3 = $37")
    Verdict(status=<Status.INCORRECT: 'incorrect'>, reason='12 * 3 = 37 is false')
    """
    if len(line) > MAX_CHARACTERS:
        return refused(f"the line has {len(line)} characters, more than {MAX_CHARACTERS}")
    found = _MARK.findall(line)
    bare = _MARK.sub("", line) if found else line
    found += [_undressed(match["chain"]) for match in _CALCULATION.finditer(bare)]
    if not found:
        return unreadable("the line holds no calculation")
    for calculation in found:
        verdict = check_equality(calculation)
        if not verdict.correct:
            return verdict
    return CORRECT


def check_equality(text: str) -> Verdict:
    """Whether `a = b = …` is true. The text is one equality or a chain of them, and nothing else."""

    def decide() -> Verdict:
        node = parse(text)
        links = node.args if isinstance(node, Apply) and node.head == "chain" else (node,)
        for link in links:
            if not (isinstance(link, Apply) and link.head == "="):
                return unreadable(f"{text.strip()} is no equality")
            verdict = equal(link.args[0], link.args[1])
            if not verdict.correct:
                return verdict._replace(reason=f"{text.strip()} is false") if verdict.status == "incorrect" else verdict
        return CORRECT

    verdict = guarded(decide)
    return incorrect(f"{text.strip()[:80]}: {verdict.reason}") if verdict.reason.startswith("undefined") else verdict


def _undressed(calculation: str) -> str:
    """The calculation without currency signs, with `*` for the letter x."""
    plain = calculation.replace("\\$", "").replace("$", "")
    return re.sub(r"\s+", " ", re.sub(r"\s*x\s*", " * ", plain)).strip()
