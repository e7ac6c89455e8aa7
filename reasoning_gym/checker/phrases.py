"""Answers in words: what they say, whatever their case and layout; choices by their letter."""

from __future__ import annotations

import re
from typing import NamedTuple

from reasoning_gym.checker.tree import Apply, Name, Node

_WRAPPER = re.compile(r"\\(?:text|textbf|textit|textrm|mathrm|mathbf|mbox|hbox|operatorname)[ ]?\{([^{}]*)\}", re.ASCII)
_BRACED_SIGN = re.compile(r"\{([:,])\}", re.ASCII)
_LAYOUT = re.compile(r"(?:\\[,;:! ]|\\q?quad\b|[~\s\u00a0])+", re.ASCII)
_MAX_WORDS = 300  # characters

_MATHEMATICAL = re.compile(r"[0-9=^_+*/<>()\[\]|,]")

NO_SOLUTION: Node = Apply("set", ())
REAL_NUMBERS: Node = Apply("domain", (Name("R"),))

_ARTICLES = r"(?:the |an? )?"
_NO_SOLUTION = re.compile(
    rf"(?:{_ARTICLES}(?:empty|null) set"
    r"|no (?:real |such |possible |valid )?(?:solutions?|roots?|values?|answers?|zeros)(?: exists?)?"
    r"|no real numbers?|none|no such (?:x|number|value|integer)s?(?: exists?)?"
    r"|there (?:is|are) no (?:real |such )?(?:solutions?|roots?|values?)"
    r"|(?:it )?has no (?:real )?(?:solutions?|roots?)|inconsistent)",
    re.ASCII,
)
_REALS = re.compile(
    r"(?:x is |x can be |for )?(?:any|all|every|all of the|the set of(?: all)?)? ?"
    r"(?:reals?(?: numbers?| values?)?)(?: of x| x)?",
    re.ASCII,
)
_UNDEFINED = re.compile(
    r"(?:(?:the limit|it) )?(?:is )?(?:undefined|not defined|dne|d\.n\.e|does not exist|doesn't exist|nonexistent)",
    re.ASCII,
)
_INFINITELY_MANY = re.compile(
    r"(?:there are )?(?:infinitely many|an infinite number of|infinite)(?: solutions?| many| many solutions?)?",
    re.ASCII,
)
_TRUE = frozenset({"yes", "true"})
_FALSE = frozenset({"no", "false"})
_LABEL = re.compile(
    r"(?:(?i:option|choice|answer)[ :]{1,3})?"
    r"(?:\((?P<bracketed>[A-Ja-j])\)|(?P<closed>[A-Ja-j])[).:](?=\s|$)|(?P<bare>[A-J])(?![A-Za-z0-9]))"
    r"[.:,]?(?P<rest>.*)",
    re.ASCII | re.DOTALL,
)
_MAY_BE_LABEL = re.compile(
    r"[\s\\]|\([A-Ja-j]\)|[A-Ja-j](?:[).:]|\Z)|[A-Ja-j]\s*\Z|(?i:option|choice|answer)", re.ASCII
)
_ANOTHER_LABEL = re.compile(
    r"\([A-Ja-j]\)|\b[A-J]\b|(?i:\b(?:option|choice)\s[A-J]\b)"
    r"|(?i:\b(?:or|and|not|no|never|wrong|incorrect|false|wait|but|however|is|isn|are|aren|was|can|cannot|impossible|exclude"
    r"|excluded|eliminate|eliminated|reject|rejected|unlikely|maybe|perhaps|nor|neither)\b)",
    re.ASCII,
)
_WORDED = re.compile(r"[A-Za-z0-9 ,.'’()&:/$%\-−–+!?\"#]+")
_A_WORD = re.compile(r"[A-Za-z]{2,}", re.ASCII)


class Label(NamedTuple):
    """A multiple-choice label, in upper case, and whether it stands alone."""

    letter: str
    alone: bool


def plain(text: str) -> str:
    r"""The text without the LaTeX around its words, white space folded.

    >>> plain("\\text{no }\\; \\text{solution}")
    'no solution'
    """
    if "\\" in text:
        text = _WRAPPER.sub(r" \1 ", text)
        if "\\text" in text:  # a wrapper in a wrapper
            text = _WRAPPER.sub(r" \1 ", text)
    if "{" in text:
        text = _BRACED_SIGN.sub(r"\1", text)
    return _LAYOUT.sub(" ", text).strip()


def lowered(text: str) -> str:
    """The text in lower case. No letter outside ASCII becomes one of ASCII, as some look-alikes would."""
    if text.isascii():
        return text.lower()
    return "".join(char if not char.isascii() and char.lower().isascii() else char.lower() for char in text)


def folded(text: str) -> str:
    """What a worded answer says: one case, single spaces, no final full stop, no article before it."""
    words = lowered(plain(text)).strip(" .!$").replace("’", "'")
    words = re.sub(r"(?<=[a-z])-(?=[a-z])", " ", words)
    for article in ("the ", "a ", "an "):
        if words.startswith(article) and len(words) > len(article):
            return words[len(article) :]
    return words


def phrase(text: str) -> Node | str | None:
    """What a standing phrase means: a node, or a word for it ('undefined', 'yes', 'no', …); None for any other text."""
    if len(text) > _MAX_WORDS or _MATHEMATICAL.search(text):
        return None
    words = lowered(plain(text)).strip(" .!$")
    if not words or not words[0].isalpha():
        return None
    if words in _TRUE:
        return "yes"
    if words in _FALSE:
        return "no"
    if _NO_SOLUTION.fullmatch(words):
        return NO_SOLUTION
    if _REALS.fullmatch(words):
        return REAL_NUMBERS
    if _UNDEFINED.fullmatch(words):
        return "undefined"
    return "infinitely many" if _INFINITELY_MANY.fullmatch(words) else None


def label(text: str) -> Label | None:
    """The choice that `B`, `(B)`, `B.`, `b)`, `(B) 42`, `option B` names; None for anything else, or more than one."""
    if len(text) > _MAX_WORDS or not _MAY_BE_LABEL.match(text):
        return None
    words = plain(text)
    found = _LABEL.fullmatch(words)
    if found is None:
        return None
    rest = found["rest"].strip()
    if rest and (found["bare"] or _ANOTHER_LABEL.search(rest)) and phrase(rest) is None:
        return None
    return Label((found["bracketed"] or found["closed"] or found["bare"]).upper(), not rest)


def is_worded(text: str) -> bool:
    """Whether a text is made of words, so that it may be compared as one if it is nothing else."""
    words = plain(text)
    return len(words) <= _MAX_WORDS and bool(_WORDED.fullmatch(words)) and bool(_A_WORD.search(words))
