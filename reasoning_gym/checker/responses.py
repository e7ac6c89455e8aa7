r"""Finds what a whole response of any model states as its answer: in a box, on a line of its own, or in a sentence.

A form is found by its mark alone ('the answer is', `####`, `**`), the last one counts, and what follows it up to the
end of its sentence is the answer. Nothing is evaluated and no pattern backtracks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from reasoning_gym.checker.extract import boxed, tidied

_ASKED = (
    r"(?:answer|result|solution|value|total|sum|product|difference|quotient|remainder|probability|area|volume|perimeter"
    r"|length|distance|number|limit|derivative|integral|choice|option|average|mean|ratio|cost|price|time|speed)"
)
_IS = r"(?:is|was|equals|would be|should be|must be|=)"
# 'Answer: 42', '**Final answer:** 42', '### Answer', at the start of a line
_LINE = re.compile(
    r"^[^\w\n$\\(]{0,10}+(?:(?:the|my)[ \t]++)?(?:final[ \t]++|correct[ \t]++)?answer(?:[ \t]++is)?[ \t]*+"
    r"(?:[*_]{0,2}+[ \t]*+[:=][ \t]*+[*_]{0,2}+|\.\*\*|[*_:]{0,3}+[ \t]*+$)[ \t]*+",
    re.ASCII | re.IGNORECASE | re.MULTILINE,
)
_HASHES = re.compile(r"^[ \t]*+####[ \t]*+", re.ASCII | re.MULTILINE)
_TAGGED = re.compile(r"<answer>(?P<inside>[^<]{1,4000})</answer>", re.ASCII | re.IGNORECASE)
_EXPLICIT = (_LINE, _HASHES)
_ANSWER_WORDS = (
    r"(?:final[ \t]++|correct[ \t]++)?answer(?:[ \t]++(?:to|for)[ \t]++(?:this|the|that)[ \t]++[a-z]{1,12})?+"
    rf"[ \t]++{_IS}(?:[ \t]++(?:therefore|thus|then|hence|given by|option|choice)\b)?+[ \t]*+:?+[ \t]*+(?:\*\*)?+"
)
_ANSWER_IS = re.compile(rf"\b{_ANSWER_WORDS}", re.ASCII | re.IGNORECASE)
_ANSWER_IS_AGAIN = re.compile(rf"[ \t]*+(?:the[ \t]++)?{_ANSWER_WORDS}", re.ASCII | re.IGNORECASE)
# looser forms, the first that occurs; of each the last occurrence
_LOOSE = (
    _ANSWER_IS,
    re.compile(r"\banswer[ \t]*+[*_]{0,2}+[:=][*_]{0,2}+[ \t]*+", re.ASCII | re.IGNORECASE),
    re.compile(r"\*\*(?=[^*\n]++\*\*)", re.ASCII),
    re.compile(r"^[ \t]*+(?:A:|(?:Ans|Result|Solution)[ \t]*+[:.=])[ \t]*+", re.ASCII | re.MULTILINE),
    re.compile(
        r"\b(?:so|thus|therefore|hence|finally|in total|altogether)\b,?[ \t]++(?:the[ \t]++|our[ \t]++|its[ \t]++)?"
        rf"(?:[a-z]{{1,20}}[ \t]++){{0,3}}?{_ASKED}"
        rf"(?:[ \t]++of[ \t]++\$?[\w\\(){{}}^+-]{{1,40}}\$?)?[ \t]++{_IS}[ \t]*+:?+[ \t]*+",
        re.ASCII | re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?:correct|right|final|best)[ \t]++{_ASKED}[ \t]++{_IS}[ \t]*+:?+[ \t]*+", re.ASCII | re.IGNORECASE
    ),
    re.compile(
        r"\b(?:so|thus|therefore|hence|which gives(?: us)?|we (?:get|obtain|find|have))\b:?,?[ \t]++"
        r"(?=\$[^$\n]++\$[ \t]*+\.?[ \t]*+\Z)",
        re.ASCII | re.IGNORECASE,
    ),
)
_MAY_STATE = re.compile(
    r"\*\*|\b(?:answer|so|thus|therefore|hence|finally|total|altogether|correct|right|final|best|gives|we|A|Ans|Result"
    r"|Solution)\b",
    re.ASCII | re.IGNORECASE,
)
# where a sentence ends, so that 'The answer is 42. I hope it is correct.' states 42
_SENTENCE_END = re.compile(r"(?<=[^\s.])\.(?=\s+[A-Z(]|\s*$)|(?<=[\d)}$])!(?=\s|$)|</answer>", re.ASCII)
_REASONS = re.compile(
    r",?[ \t]{1,3}(?:because|since|as[ \t]++(?:we|the|it)|which|where[ \t]++we)\b", re.ASCII | re.IGNORECASE
)
_LONE_VALUE = re.compile(r"[-+$]{0,2}\d[\d.,/%]{0,20}\$?", re.ASCII)
_SEVERAL_BOLD = re.compile(r"\*\*[^*\n]{1,60}\*\*[\s,;/]{0,4}(?:or|and)?\s?\*\*(?=[^*\n]{0,60}\d)", re.ASCII)
_DISPLAY = re.compile(r"\s*+(?:\\\[|\$\$)\s*+(?P<inside>[^$\n]{1,2000}?)\s*+(?:\\\]|\$\$)", re.ASCII)
# what takes an answer back or leaves it open, behind it or right before it
_TAKEN_BACK = re.compile(
    r"\A[\s.,;:$*)\]}]{0,8}"
    r"(?:(?:is|was)(?: (?:wrong|incorrect|false|impossible|not)\b|n.t\b)"
    r"|or|maybe|perhaps|possibly|either|and not|but not)\b"
    r"|\b(?:could|might|may) (?:also|as well) be\b|\b(?:or maybe|or perhaps|or possibly|alternatively"
    r"|not sure|unsure)\b"
    r"|\banother (?:possible )?answer\b|\bon second thought\b|\bscratch that\b|\bcorrection\b"
    r"|\bactually\b|\bwait\b|\binstead\b",
    re.ASCII | re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(?:not|isn.t|false|wrong|incorrect|untrue|never|doubt|deny|unless|if|assuming)\b[^.\n]*\Z",
    re.ASCII | re.IGNORECASE,
)
_LEFT_OPEN = re.compile(r"\b(?:or|either|not|nor)[\s:$]{1,3}\Z", re.ASCII | re.IGNORECASE)
# what hides text from a reader of the page that the response would be
_HIDDEN = re.compile(
    r"\\[hv]?phantom\b|\\begin[ ]?\{(?:comment|verbatim)\}|\\verb\b|\\iffalse\b"
    r"|\\color[ ]?\{white\}|\\textcolor[ ]?\{white\}",
    re.ASCII,
)
_BOX = re.compile(r"\\(?:boxed|fbox)\b", re.ASCII)
_COMMENT = re.compile(r"(?:^|[ \t])%[^\n]*\Z", re.ASCII | re.MULTILINE)
_END_OF_THINKING = re.compile(r"</think(?:ing)?>", re.ASCII | re.IGNORECASE)
_MAX_RESPONSE = 50_000  # characters at the end of a response that are looked at
_MAX_LINE = 5_000  # characters of an answer that are looked at; the checker reads no longer one
_MAX_TAIL = 300  # characters behind an answer in which it may be taken back
_MAX_WORDS = 8  # of an explicit line beside a box, beyond which it is prose


class _Stated(NamedTuple):
    answer: str
    mark: int  # where what marks it begins in the text
    end: int


def extract_answer(text: str) -> str | None:
    r"""The last stated answer in a model's response, or None if it states none.

    Explicit forms win over loose ones ('the answer is 42', '**42**', 'A: 42').

    >>> extract_answer("First \\boxed{41}. No: \\boxed{42}")
    '42'
    >>> extract_answer("The answer is $42$. I hope it is correct.")
    '$42$'
    """
    found = _all_stated(_spoken(text))
    return found[-1].answer if found else None


def responses(text: str) -> list[str] | None:
    """What a response states as its answer: several texts where those differ; None for a bare answer.

    An answer that the text behind it takes back or leaves open ('or maybe 43') comes with that text, so that
    nothing can read it.
    """
    text = _spoken(text)
    found = _all_stated(text)
    if not found:
        return None
    last = found[-1]
    tail = text[last.end : last.end + _MAX_TAIL]
    if _TAKEN_BACK.search(tail):
        return [f"{last.answer} {tail.strip()}"]
    before = text[max(last.mark - 40, 0) : last.mark]
    if _LEFT_OPEN.search(before) or _DENIED.search(before):
        return [before + text[last.mark : last.end]]
    return list(dict.fromkeys(each.answer for each in found))


def _spoken(text: str) -> str:
    """The end of a text, and of that what stands behind a reasoning model's thinking."""
    text = text[-_MAX_RESPONSE:]
    if "</" not in text:
        return text
    *_, end = 0, *(match.end() for match in _END_OF_THINKING.finditer(text))
    return text[end:]


def _all_stated(text: str) -> list[_Stated]:
    """All boxes and the last explicit line beside them; or else the last loose form."""
    found = list(_all_boxes(text)) if "\\boxed" in text or "\\fbox" in text else []
    if not found and "<" in text:
        found = [_Stated(tidied(match["inside"]), match.start(), match.end()) for match in _TAGGED.finditer(text)]
    line = _last(text, _EXPLICIT) if "nswer" in text or "####" in text or "NSWER" in text else None
    if line is not None and _BOX.search(line.answer):
        line = None
    if found:
        aside = line is not None and len(line.answer.split()) <= _MAX_WORDS
        return sorted([*found, line] if aside and line else found, key=lambda stated: stated.mark)
    if line is not None:
        return [line]
    if " " not in text.strip():
        return _bold(text)
    if not _MAY_STATE.search(text):
        return []
    if _SEVERAL_BOLD.search(text):
        return []
    for pattern in _LOOSE:
        if (loose := _last(text, (pattern,))) is not None:
            return [loose]
    return []


def _all_boxes(text: str) -> Iterator[_Stated]:
    """The boxes of a text, but for those in a comment; none where something may hide them."""
    if _HIDDEN.search(text):
        return
    for start, end, inside in boxed(text):
        line_start = text.rfind("\n", max(start - _MAX_TAIL, 0), start) + 1
        if not _COMMENT.search(text[max(line_start, start - _MAX_TAIL) : start]):
            yield _Stated(inside, start, end)


def _last(text: str, patterns: tuple[re.Pattern[str], ...]) -> _Stated | None:
    """The answer behind the last mark that has one."""
    marks = sorted(match.span() for pattern in patterns for match in pattern.finditer(text))
    for start, end in reversed(marks[-4:]):
        if (found := _behind(text, end)) is not None:
            return found._replace(mark=start)
    return None


def _behind(text: str, position: int) -> _Stated | None:
    """The answer that begins at a position, or on the next line; None if nothing is there."""
    if (display := _DISPLAY.match(text, position)) is not None:
        return _Stated(display["inside"], position, display.end())
    line = text[position : min(_line_end(text, position), position + _MAX_LINE)]
    if not line.strip(" \t*_:$"):
        position += len(line)
        while position < len(text) and text[position].isspace():
            position += 1
        end = _line_end(text, position)
        line = text[position : min(end, position + _MAX_LINE)]
        following = text[end : end + _MAX_TAIL].strip().partition("\n")[0]
        if _LONE_VALUE.fullmatch(following):  # two values, one a line
            return _Stated(f"{line.strip()} or {following}", position, end)
    if (again := _ANSWER_IS_AGAIN.match(line)) is not None:
        line = line[again.end() :]
    answer = line
    for pattern in (_SENTENCE_END, _REASONS):
        if (stop := pattern.search(answer)) is not None:
            answer = answer[: stop.start()]
    emphasis = answer.find("**")
    if emphasis > 0:
        answer = answer[:emphasis]
    answer = answer.rstrip(" ,;")
    end = text.find(answer, position) + len(answer)
    tidy = tidied(answer)
    return _Stated(tidy, position, end) if tidy.strip("*_:$ ") else None


def _line_end(text: str, position: int) -> int:
    end = text.find("\n", position)
    return len(text) if end < 0 else end


def _bold(text: str) -> list[_Stated]:
    """`**42**` by itself."""
    bare = text.strip()
    if len(bare) > 4 and bare.startswith("**") and bare.endswith("**") and "*" not in bare[2:-2]:
        return [_Stated(bare[2:-2].strip(), 0, len(text))]
    return []
