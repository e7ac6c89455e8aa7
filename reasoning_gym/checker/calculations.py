"""Proves the calculations that a line of text contains."""

from __future__ import annotations

import re

from reasoning_gym.checker.equality import equal, guarded
from reasoning_gym.checker.syntax import Apply, parse
from reasoning_gym.problem import CORRECT, Verdict, incorrect, refused, unreadable

MAX_LINE = 1_000  # characters of a line; the pattern's work may grow with the square of it
_MARK = re.compile(r"<<([^<>]*)>>", re.ASCII)
# a number with its dress (currency, per cent), the operators between numbers, and an equals sign; possessive, so linear
_NUMBER = r"[(\s]*+[-−–]?\s*+[(\s]*+(?:\\?\$)?+\s*+(?:\d++(?:,\d{3})*+(?:\.\d++)?+|\.\d++)%?+[)\s]*+"
_OPERATOR = r"(?:[-−–+*/×·÷^:]|\b[x]\b|(?<=\d)x(?=[\d ]))"
_SIDE = rf"{_NUMBER}(?:{_OPERATOR}{_NUMBER})*+"
# a calculation isn't a part of something longer, before or behind; after a word, a sign is an operator
_START = r"(?<![\w.)+*/^=<>!~–-])(?<![+*/^=<>!~–-] )(?<!\bx )(?<!\d )"
_BEFORE = rf"{_START}(?:(?<!\w )|(?![(\s]*+[-−–]))"
_MORE = r"[!²³^+*/=<>≈≠~\\{\[]|[-−–]\s*+\w|\(\s*+[-\d]|mod\b"
_BEHIND = rf"(?:(?<=\s)(?!{_MORE}|x\b)|(?<!\s)(?![\w(]|{_MORE}))"
_CALCULATION = re.compile(rf"{_BEFORE}(?P<chain>{_SIDE}(?:={_SIDE})++){_BEHIND}", re.ASCII)
_EQUALITY = re.compile(r"[=<>≈≠≡≤≥＝﹦≃≅]|\\(?:approx|equiv|neq?|leq?|geq?|sim|simeq|cong)\b", re.ASCII)
_OPERATES = re.compile(r"[\d.%)]\s*+[-−–+*/×·÷^:x]", re.ASCII)


def check_calculations(line: str) -> Verdict:
    """Whether every calculation in a line of text is true; a line without any is unreadable.

    Reads `48/2 = 24` and chains of equalities wherever they stand in a sentence, with $ and thousands
    separators, and calculator marks `<<48/2=24>>`. A line that holds any other equality is unreadable, and
    so is one where nothing is calculated, such as `5 = 5`.

    >>> check_calculations("She sold 48/2 = 24 clips").correct
    True
    >>> check_calculations("so 12 x $3 = $37")
    Verdict(status=<Status.INCORRECT: 'incorrect'>, reason='12 * 3 = 37 is false')
    """
    if len(line) > MAX_LINE:
        return refused(f"the line has {len(line)} characters, more than {MAX_LINE}")
    found = _MARK.findall(line)
    bare = _MARK.sub("", line) if found else line
    found += [_undressed(match["chain"]) for match in _CALCULATION.finditer(bare)]
    if _EQUALITY.search(_CALCULATION.sub(" ", bare)):
        return unreadable("the line holds an equality that is no calculation with numbers")
    for calculation in found:
        verdict = check_equality(calculation)
        if not verdict.correct:
            return verdict
    if not any(_OPERATES.search(calculation) for calculation in found):
        return unreadable("the line holds no calculation")
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
