"""Cuts plain text and LaTeX into the tokens of one grammar. What isn't known is unreadable."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

from reasoning_gym.checker.limits import MAX_CHARACTERS, MAX_DIGITS, Refused, Unreadable

FUNCTIONS = frozenset(
    [
        "sin",
        "cos",
        "tan",
        "cot",
        "sec",
        "csc",
        "arcsin",
        "arccos",
        "arctan",
        "sinh",
        "cosh",
        "tanh",
        "ln",
        "log",
        "exp",
        "sqrt",
        "cbrt",
        "abs",
        "floor",
        "ceil",
        "gcd",
        "lcm",
        "binom",
        "max",
        "min",
    ]
)
SYNONYMS = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "lg": "log", "Abs": "abs", "Sqrt": "sqrt"}
CONSTANTS = frozenset({"pi", "oo"})
GREEK = frozenset(
    [
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "zeta",
        "eta",
        "theta",
        "iota",
        "kappa",
        "lambda",
        "mu",
        "nu",
        "xi",
        "rho",
        "sigma",
        "tau",
        "upsilon",
        "phi",
        "chi",
        "psi",
        "omega",
    ]
)
WORDS = {"and": "and", "or": "or", "not": "not", "implies": "->", "iff": "<->", "inf": "oo", "infinity": "oo"}

# one spelling for each symbol; anything outside this table and ASCII is unreadable, so no look-alike passes
_SYMBOLS = {
    "−": "-", "–": "-", "×": "*", "·": "*", "⋅": "*", "∗": "*", "÷": "/", "∕": "/", "⁄": "/",
    "≤": "<=", "≥": ">=", "≠": "!=", "⩽": "<=", "⩾": ">=", "±": "+-", "∪": "union", "∈": "in",
    "∧": "and", "∨": "or", "¬": "not", "+/-": "+-", "→": "->", "⇒": "->", "↔": "<->", "⇔": "<->",
    "π": "pi", "∞": "oo", "√": "sqrt", "°": "deg",
    "==": "=", "&&": "and", "&": "and", "||": "or", "~": "not", "=>": "->", "<=>": "<->", "**": "^",
}  # fmt: skip
_COMMANDS = {
    "cdot": "*", "times": "*", "div": "/", "le": "<=", "leq": "<=", "leqslant": "<=", "ge": ">=", "geq": ">=",
    "geqslant": ">=", "ne": "!=", "neq": "!=", "lt": "<", "gt": ">", "pm": "+-", "cup": "union", "in": "in",
    "land": "and", "wedge": "and", "lor": "or", "vee": "or", "neg": "not", "lnot": "not", "to": "->",
    "rightarrow": "->", "implies": "->", "Rightarrow": "->", "leftrightarrow": "<->", "iff": "<->",
    "Leftrightarrow": "<->", "infty": "oo", "circ": "deg", "lvert": "|", "rvert": "|", "vert": "|",
    "{": "{set", "}": "}set", "lbrace": "{set", "rbrace": "}set", "lbrack": "[", "rbrack": "]", "%": "%",
}  # fmt: skip
_SKIPPED = frozenset(
    ["left", "right", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "displaystyle",
     ",", ";", ":", "!", " ", "quad", "qquad", "$"]
)  # fmt: skip
_FRACTIONS = frozenset({"frac", "dfrac", "tfrac", "cfrac"})
_WRAPPERS = frozenset({"text", "textbf", "textit", "mathrm", "mathbf", "mathit", "operatorname", "mbox"})
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿˣ", "0123456789-+nx")

_TOKEN = re.compile(
    r"(?P<space>[ \t\r\n]+)"
    r"|(?P<number>(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+(?![\d.]))?)"
    r"|(?P<word>[A-Za-z]+)"
    r"|(?P<command>\\(?:[A-Za-z]+|[^A-Za-z]))"
    r"|(?P<superscript>[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿˣ]+)"
    r"|(?P<symbol><=>|<->|->|=>|<=|>=|!=|==|\*\*|&&|\|\||\+/-|//|[-+*/^_=<>(){}\[\],;:!|%&~−–×·⋅∗÷∕⁄≤≥≠⩽⩾±∪∈∧∨¬→⇒↔⇔π∞√°])",
    re.ASCII,  # digits are 0 to 9: no look-alike passes
)
_GROUPED = re.compile(r"\d{1,3}(?:(?:,|\{,\}|\\,|\\!,| )\d{3})+(?:\.\d+)?(?![\d,]|\{,\}|\.\d)", re.ASCII)
_MAX_WORD = 100
_SINGLE_DIGITS = re.compile(r"[ \t]*(\d)[ \t]*(\d)", re.ASCII)


class Token(NamedTuple):
    """One token: `number`, `name`, `function` or the symbol itself as its own kind."""

    kind: str
    text: str
    value: int | Fraction = 0  # of a number
    places: int | None = None  # digits after the point of a decimal number; None for an integer
    spaced: bool = False  # whether white space came before it


def tokenize(text: str) -> list[Token]:
    """All of the text as tokens, the last of kind `end`.

    Raises:
        Unreadable: at the first character that has no meaning here.
        Refused: if the text or one of its numbers is too long.
    """
    if len(text) > MAX_CHARACTERS:
        raise Refused(f"the text has {len(text)} characters, more than {MAX_CHARACTERS}")
    tokens: list[Token] = []
    position = depth = 0
    spaced = False
    while position < len(text):
        if depth == 0 and (grouped := _GROUPED.match(text, position)) and not _digit_before(text, position):
            tokens.append(_number(re.sub(r"[^0-9.]", "", grouped[0]), spaced))
            position, spaced = grouped.end(), False
            continue
        match = _TOKEN.match(text, position)
        if match is None:
            raise Unreadable(f"can't read {text[position]!r} at position {position}")
        position = match.end()
        kind, found = match.lastgroup, match[0]
        if kind == "space":
            spaced = True
            continue
        if kind == "number":
            tokens.append(_number(found, spaced))
        elif kind == "word":
            tokens += _word(found, spaced)
        elif kind == "superscript":
            tokens += [
                Token("^", "^"),
                Token("(", "("),
                *tokenize(found.translate(_SUPERSCRIPTS))[:-1],
                Token(")", ")"),
            ]
        elif kind == "command":
            position = _command(text, position, found[1:], tokens, spaced)
        else:
            symbol = _SYMBOLS.get(found, found)
            if symbol in {"pi", "oo"}:
                tokens.append(Token("name", symbol, spaced=spaced))
            elif symbol == "sqrt":
                tokens.append(Token("function", "sqrt", spaced=spaced))
            else:
                tokens.append(Token(symbol, found, spaced=spaced))
                depth += (symbol in "([{") - (symbol in ")]}")
        spaced = False
    tokens.append(Token("end", ""))
    return tokens


def _digit_before(text: str, position: int) -> bool:
    return position > 0 and (text[position - 1] in "0123456789.,")


def _number(text: str, spaced: bool) -> Token:
    if len(text) > MAX_DIGITS:
        raise Refused(f"a number of {len(text)} digits is longer than {MAX_DIGITS}")
    if text.isdigit():
        return Token("number", text, int(text), None, spaced)
    mantissa, _, exponent = text.lower().partition("e")
    whole, _, fraction = mantissa.partition(".")
    shift = int(exponent or 0)
    if abs(shift) > MAX_DIGITS:
        raise Refused(f"10^{shift} is out of range")
    value = Fraction(int((whole + fraction) or 0)) * Fraction(10) ** (shift - len(fraction))
    return Token("number", text, value, max(len(fraction) - shift, 0), spaced)


def _word(word: str, spaced: bool) -> list[Token]:
    """A function, a constant, a word of logic, a Greek letter, or a product of one-letter variables."""
    if len(word) > _MAX_WORD:
        raise Unreadable(f"{word[:20]!r}… is too long for a word")
    word = SYNONYMS.get(word, word)
    if word in FUNCTIONS:
        return [Token("function", word, spaced=spaced)]
    if word.lower() in WORDS and (len(word) > 1):
        logic = WORDS[word.lower()]
        return [Token("name" if logic == "oo" else logic, logic, spaced=spaced)]
    if word in CONSTANTS or word in GREEK or len(word) == 1:
        return [Token("name", word, spaced=spaced)]
    for length in range(min(len(word) - 1, 6), 1, -1):
        if (head := SYNONYMS.get(word[:length], word[:length])) in FUNCTIONS or head in CONSTANTS:
            kind = "function" if head in FUNCTIONS else "name"
            return [Token(kind, head, spaced=spaced), *_word(word[length:], False)]
        if (tail := SYNONYMS.get(word[-length:], word[-length:])) in FUNCTIONS or tail in CONSTANTS:
            kind = "function" if tail in FUNCTIONS else "name"
            return [*_word(word[:-length], spaced), Token(kind, tail)]
    if len(word) > 3 or len(set(word)) < len(word):
        raise Unreadable(f"{word!r} is neither a number, a known function nor a product of variables")
    return [Token("name", letter, spaced=spaced and i == 0) for i, letter in enumerate(word)]


def _command(text: str, position: int, name: str, tokens: list[Token], spaced: bool) -> int:
    """Append the tokens of a LaTeX command; returns where to go on."""
    if name in _SKIPPED:
        return position
    if name in _COMMANDS:
        symbol = _COMMANDS[name]
        tokens.append(Token("name" if symbol == "oo" else symbol, symbol, spaced=spaced))
    elif name in _FRACTIONS:
        tokens.append(Token("frac", name, spaced=spaced))
        if digits := _SINGLE_DIGITS.match(text, position):  # \frac12 is one half
            for digit in digits.groups():
                tokens += [Token("{", "{"), _number(digit, False), Token("}", "}")]
            return digits.end()
    elif name in _WRAPPERS:
        tokens.append(Token("wrapper", name, spaced=spaced))
    elif name == "binom" or name in FUNCTIONS or SYNONYMS.get(name) in FUNCTIONS:
        tokens.append(Token("function", SYNONYMS.get(name, name), spaced=spaced))
    elif name in GREEK or name in CONSTANTS:
        tokens.append(Token("name", name, spaced=spaced))
    else:
        raise Unreadable(f"the LaTeX command \\{name} is not known")
    return position
