"""Cuts plain text and LaTeX into the tokens of one grammar. What isn't known is unreadable."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TypeAlias

from reasoning_gym.checker.limits import MAX_CHARACTERS, MAX_DIGITS, Refused, Unreadable
from reasoning_gym.checker.tree import Apply, Name, Node, Number

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
        "arccot",
        "arcsec",
        "arccsc",
        "sinh",
        "cosh",
        "tanh",
        "coth",
        "sech",
        "csch",
        "arcsinh",
        "arccosh",
        "arctanh",
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
        "det",
    ]
)
SYNONYMS = {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "acot": "arccot", "asec": "arcsec", "acsc": "arccsc",
    "arsinh": "arcsinh", "arcosh": "arccosh", "artanh": "arctanh", "asinh": "arcsinh", "acosh": "arccosh",
    "atanh": "arctanh", "lg": "log", "tg": "tan", "ctg": "cot", "arctg": "arctan", "cosec": "csc",
    "Abs": "abs", "Sqrt": "sqrt", "root": "sqrt", "ceiling": "ceil", "dbinom": "binom", "tbinom": "binom",
}  # fmt: skip
GREEK = frozenset(
    [
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "varepsilon",
        "zeta",
        "eta",
        "theta",
        "vartheta",
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
        "varphi",
        "chi",
        "psi",
        "omega",
        "Gamma",
        "Delta",
        "Theta",
        "Lambda",
        "Xi",
        "Sigma",
        "Upsilon",
        "Phi",
        "Psi",
        "Omega",
    ]
)
WORDS = {
    "and": "and", "or": "or", "not": "not", "implies": "->", "iff": "<->", "inf": "oo", "infinity": "oo", "mod": "mod",
    "union": "union", "cup": "union", "choose": "choose", "percent": "%", "degrees": "deg", "degree": "deg",
    "if": "if", "when": "if", "for": "if", "otherwise": "otherwise", "else": "otherwise",
}  # fmt: skip

# one spelling for each symbol; anything outside this table and ASCII is unreadable, so no look-alike passes
_SYMBOLS = {
    "−": "-", "–": "-", "×": "*", "·": "*", "⋅": "*", "∗": "*", "÷": "/", "∕": "/", "⁄": "/",
    "≤": "<=", "≥": ">=", "≠": "!=", "⩽": "<=", "⩾": ">=", "±": "+-", "∓": "-+", "∪": "union", "∩": "intersection",
    "∖": "difference", "∈": "in", "≡": "equiv", "≈": "approx", "∧": "and", "∨": "or", "¬": "not", "+/-": "+-",
    "→": "->", "⇒": "->", "↔": "<->", "⇔": "<->", "⟨": "langle", "⟩": "rangle", "°": "deg", "…": "...",
    "⌊": "lfloor", "⌋": "rfloor", "⌈": "lceil", "⌉": "rceil",
    "==": "=", ":=": "=", "&&": "and", "||": "or", "=>": "->", "<=>": "<->", "**": "^", "=<": "<=",
}  # fmt: skip
_SPECIAL: dict[str, tuple[str, str | Node]] = {
    "π": ("name", "pi"), "∞": ("name", "oo"), "√": ("function", "sqrt"), "∛": ("function", "cbrt"),
    "θ": ("name", "theta"), "α": ("name", "alpha"), "β": ("name", "beta"), "γ": ("name", "gamma"),
    "λ": ("name", "lambda"), "φ": ("name", "phi"), "ω": ("name", "omega"), "∅": ("value", Apply("set", ())),
    "ℝ": ("value", Apply("domain", (Name("R"),))), "ℤ": ("value", Apply("domain", (Name("Z"),))),
    "ℚ": ("value", Apply("domain", (Name("Q"),))), "ℕ": ("value", Apply("domain", (Name("N"),))),
    "ℂ": ("value", Apply("domain", (Name("C"),))),
    **{sign: ("value", Apply("/", (Number(top), Number(bottom)))) for sign, top, bottom in (
        ("½", 1, 2), ("⅓", 1, 3), ("⅔", 2, 3), ("¼", 1, 4), ("¾", 3, 4), ("⅕", 1, 5), ("⅖", 2, 5), ("⅗", 3, 5),
        ("⅘", 4, 5), ("⅙", 1, 6), ("⅚", 5, 6), ("⅛", 1, 8), ("⅜", 3, 8), ("⅝", 5, 8), ("⅞", 7, 8))},
}  # fmt: skip
_COMMANDS = {
    "cdot": "*", "times": "*", "ast": "*", "div": "/", "le": "<=", "leq": "<=", "leqslant": "<=", "ge": ">=",
    "geq": ">=", "geqslant": ">=", "ne": "!=", "neq": "!=", "lt": "<", "gt": ">", "pm": "+-", "mp": "-+",
    "cup": "union", "bigcup": "union", "cap": "intersection", "setminus": "difference", "backslash": "difference",
    "in": "in", "equiv": "equiv", "approx": "approx", "land": "and", "wedge": "and", "lor": "or", "vee": "or",
    "neg": "not", "lnot": "not", "to": "->", "rightarrow": "->", "implies": "->", "Rightarrow": "->",
    "leftrightarrow": "<->", "iff": "<->", "Leftrightarrow": "<->", "circ": "deg", "degree": "deg",
    "lvert": "|", "rvert": "|", "vert": "|", "mid": "mid", "colon": ":", "|": "||",
    "{": "{set", "}": "}set", "lbrace": "{set", "rbrace": "}set", "lbrack": "[", "rbrack": "]", "%": "%",
    "langle": "langle", "rangle": "rangle", "lfloor": "lfloor", "rfloor": "rfloor", "lceil": "lceil",
    "rceil": "rceil", "ldots": "...", "dots": "...", "cdots": "...", "dotsc": "...", "mod": "mod", "bmod": "mod",
    "pmod": "pmod", "choose": "choose", "over": "over", "\\": "newline", "cr": "newline", "prime": "'", "lt ": "<",
}  # fmt: skip
_SKIPPED = frozenset(
    ["left", "right", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr", "Biggl", "Biggr",
     "displaystyle", "textstyle", "limits", "nolimits", "middle", "hline",
     ",", ";", ":", "!", " ", "\n", ">", "quad", "qquad", "thinspace", "enspace", "$"]
)  # fmt: skip
_FRACTIONS = frozenset({"frac", "dfrac", "tfrac", "cfrac"})
_WRAPPERS = frozenset(
    ["text", "textbf", "textit", "textrm", "textnormal", "mathrm", "mathbf", "mathit", "mathsf", "mathnormal",
     "operatorname", "mbox", "hbox", "bm", "boldsymbol", "rm"]
)  # fmt: skip
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿˣ", "0123456789-+nx")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉ₙₓ", "0123456789nx")
_UNIT_VECTOR = re.compile(r" ?(?:\{ ?[ijk] ?\}|[ijk]\b)", re.ASCII)
_BOLD = frozenset({"mathbf", "boldsymbol", "bm"})
_VECTORS = _BOLD | {
    "vec",
    "hat",
    "overrightarrow",
}  # \\mathbf{i} and \\hat{\\imath} are the unit vector, not the number i
_ACCENTS = _VECTORS | {"overline", "bar", "tilde", "angle", "triangle", "widehat", "dot", "ddot"}
_ACCENTED = re.compile(
    r" ?(?:\{ ?\\?(?P<braced>[A-Za-z]{1,4})(?:math)? ?\}|\\?(?P<bare>[A-Z]{1,4}|[a-z](?![a-z])))", re.ASCII
)
_ENVIRONMENTS = frozenset(
    ["matrix", "pmatrix", "bmatrix", "Bmatrix", "vmatrix", "Vmatrix", "smallmatrix", "array", "cases", "dcases",
     "rcases", "aligned", "align", "align*", "gathered", "split"]
)  # fmt: skip

_TOKEN = re.compile(
    r"(?P<number>\d+(?:\.\d*)?+(?:[eE][+-]?\d+(?![\d.]))?|\.\d+(?:[eE][+-]?\d+(?![\d.]))?)"
    r"|(?P<symbol>\.\.\.|<=>|<->|->|=>|<=|>=|!=|==|=<|:=|\*\*|&&|\|\||\+/-|//"
    r"|[-+*/^_=<>(){}\[\],;:!|%&'~−–×·⋅∗÷∕⁄≤≥≠⩽⩾±∓∪∩∖∈≡≈∧∨¬→⇒↔⇔⟨⟩°…⌊⌋⌈⌉])"
    r"|(?P<word>[A-Za-z]+)"
    r"|(?P<space>[ \t\r\n\u00a0\u2009\u202f]+)"
    r"|(?P<command>\\(?:[A-Za-z]+|[^A-Za-z]))"
    r"|(?P<superscript>[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿˣ]+)"
    r"|(?P<subscript>[₀₁₂₃₄₅₆₇₈₉ₙₓ]+)"
    r"|(?P<special>[π∞√∛θαβγλφω∅ℝℤℚℕℂ½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞])",
    re.ASCII,  # digits are 0 to 9: no look-alike passes
)
_SEPARATOR = r"(?:\{,\}(?:\\!)?|,\\! ?|\\!,|\\[,;: ]|[,~ \u00a0\u2009\u202f])"
_GROUPED = re.compile(rf"\d{{1,3}}(?:{_SEPARATOR}\d{{3}})++(?:\.\d++)?+(?![\d,]|\{{,\}}|\.\d)", re.ASCII)
_OPENS_GROUP = frozenset(",{\\~ \u00a0\u2009\u202f")
_NOT_DIGITS = re.compile(r"[^0-9.]")
_REPEATING = re.compile(
    r"(?P<whole>\d{0,300})\.(?P<fixed>\d{0,300})"
    r"(?:\\(?:overline|bar|dot)[ ]?\{(?P<over>\d{1,300})\}"
    r"|\\(?:overline|bar|dot)[ ]?(?P<one>\d)|(?<=\.)\((?P<round>\d{1,300})\))",
    re.ASCII,
)
_BASED = re.compile(
    r"(?P<open>\(?)(?P<sign>-?)(?P<digits>[0-9A-Z]{1,300}(?:\.[0-9A-Z]{1,300})?)(?P<close>\)?)_"
    r"(?:\{(?:\\[,;! ])? ?(?P<braced>[1-9]\d?) ?\}|(?P<plain>[1-9]\d?)(?!\d)"
    r"|\{? ?\\text(?:rm)?\{ ?(?P<word>[a-z]{3,11}) ?\} ?\}?|\{ ?(?P<bare>[a-z]{3,11}) ?\})",
    re.ASCII,
)
_WRAPPED_DIGITS = re.compile(r"\\(?:text|mathrm|textrm)[ ]?\{([0-9A-F]{1,300})\}(?=\)?_)", re.ASCII)
_BASE_WORDS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
               "eleven": 11, "twelve": 12, "sixteen": 16}  # fmt: skip
_WRAPPED = re.compile(r"[ ]?\{(?P<inside>[^{}\\$]{0,200})\}")
_ENVIRONMENT = re.compile(r"[ ]?\{(?P<name>[a-zA-Z]{1,20}\*?)\}")
_COLUMNS = re.compile(r"[ ]?\{[lcr| ]{0,40}\}")
_LENGTH = re.compile(r"[ ]?\[-?[\d.]{1,6}(?:pt|em|ex|mm|cm)\]")
_BLACKBOARD = re.compile(r"[ ]?(?:\{ ?(?P<braced>[RZQNC]) ?\}|(?P<bare>[RZQNC]))")
_SMALL = tuple(map(Number, range(100)))
_MAX_WORD = 100
# characters that no longer symbol begins with
_SINGLE = {
    **{char: char for char in "+^_(){}[],;%'"},
    **{char: symbol for char, symbol in _SYMBOLS.items() if len(char) == 1 and char not in "~&"},
}
_ATTACHED_BASE = re.compile(r"(?:10|2)(?=\()")
_LOWERED_BASE = re.compile(r"[₀₁₂₃₄₅₆₇₈₉]{1,2}")
_TIMES_POWER_OF_TEN = re.compile(r" ?10 ?(?:\^|\*\*|[⁰¹²³⁴⁵⁶⁷⁸⁹⁻])")
_DIGITS = re.compile(r"\d++(?=[-+*/^=)\]}<>|a-df-z%!;:]|\Z)", re.ASCII)
_CLOSING = frozenset({")", "]", "}", "}set"})
_ONE_DIGIT = re.compile(r"(\d)", re.ASCII)
_SINGLE_DIGITS = re.compile(r"[ \t]*(\d)[ \t]*(\d)", re.ASCII)

Value: TypeAlias = "str | Node"


class Tokens:
    """The tokens of a text as columns.

    kinds: `number`, `name`, `function`, `value` (a whole node), a symbol as its own kind, …; the last is `end`.
    values: a number's node, a name, or what stood in the text.
    spaced: whether white space came before the token.
    """

    __slots__ = ("kinds", "spaced", "values")

    def __init__(self) -> None:
        self.kinds: list[str] = []
        self.values: list[Value] = []
        self.spaced: list[bool] = []

    def add(self, kind: str, value: Value, spaced: bool = False) -> None:
        """Append a token."""
        self.kinds.append(kind)
        self.values.append(value)
        self.spaced.append(spaced)


def tokenize(text: str) -> Tokens:
    """All of the text as tokens.

    Raises:
        Unreadable: at the first character that has no meaning here.
        Refused: if the text or one of its numbers is too long.
    """
    if len(text) > MAX_CHARACTERS:
        raise Refused(f"the text has {len(text)} characters, more than {MAX_CHARACTERS}")
    tokens = Tokens()
    if "+/-" in text:
        text = text.replace("+/-", "±")
    if "}_" in text or "})_" in text:  # \text{FF}_{16}
        text = _WRAPPED_DIGITS.sub(r"\1", text)
    _read(text, tokens)
    tokens.add("end", "the end")
    return tokens


def _read(text: str, tokens: Tokens) -> None:
    """Append the tokens of a text."""
    kinds, values, spaces = tokens.kinds, tokens.values, tokens.spaced
    position, length, depth = 0, len(text), 0
    spaced, indexed = False, "_" in text
    while position < length:
        char = text[position]
        symbol = _SINGLE.get(char)
        if symbol is not None:  # most characters, without a pattern
            position += 1
            kinds.append(symbol)
            values.append(char)
            spaces.append(spaced)
            spaced = False
            if char in "([{":
                depth += 1
                if indexed and char == "(" and (end := _based(text, position - 1, tokens, spaces[-1])):
                    position, depth = end, depth - 1
            elif char in ")]}":
                depth -= 1
            continue
        if char == " ":
            spaced = True
            position += 1
            continue
        if "0" <= char <= "9":
            found = _DIGITS.match(text, position)
            if found is not None:  # a whole number that nothing follows which could make it another
                kinds.append("number")
                digits = found[0]
                values.append(_SMALL[int(digits)] if len(digits) < 3 else number(digits))
                spaces.append(spaced)
                position = found.end()
                spaced = False
                continue
        found = _TOKEN.match(text, position)
        if found is None:
            raise Unreadable(f"can't read {char!r} at position {position}")
        start, position = position, found.end()
        kind = found.lastgroup
        piece = text[start:position]
        if kind == "number":
            position = _read_number(text, start, position, depth, tokens, spaced)
        elif kind == "word":
            position = _read_word(text, start, position, tokens, spaced)
        elif kind == "command":
            position, depth = _command(text, position, piece[1:], tokens, spaced, depth)
            if piece[1:] in _SKIPPED and piece not in {"\\left", "\\right"}:
                spaced = True
                continue
        elif kind == "symbol":
            if piece == "~" and kinds and kinds[-1] not in {"->", "and", "or", "(", "<->", "not"}:
                spaced = True  # LaTeX's hard space; a leading ~ is a logician's not
                continue
            _read_symbol(piece, text[position : position + 1], tokens, spaced)
        elif kind == "space":
            spaced = True
            continue
        elif kind == "special":
            special, value = _SPECIAL[piece]
            tokens.add(special, value, spaced)
        else:
            _read_script(kind == "superscript", piece, tokens, spaced)
        spaced = False


def _read_word(text: str, start: int, end: int, tokens: Tokens, spaced: bool) -> int:
    """Append what the letters from start to end mean; returns where they really end."""
    piece = text[start:end]
    before = tokens.kinds[-1] if tokens.kinds else ""
    if piece in {"x", "X"} and before == "number" and _TIMES_POWER_OF_TEN.match(text, end):
        tokens.add("*", piece, spaced)  # 3 x 10^8
        return end
    if piece[0] <= "Z" and "_" in text and (based := _based(text, start, tokens, spaced, new=True)):
        return based
    if piece == "U" and before in _CLOSING and text[end:].lstrip()[:1] in {"(", "[", "{", "\\"}:
        tokens.add("union", piece, spaced)
        return end
    _word(piece, tokens, spaced)
    if tokens.values[-1] == "log" and (attached := _ATTACHED_BASE.match(text, end)) is not None:  # log2(8)
        tokens.add("_", "_")
        tokens.add("number", Number(int(attached[0])))
        return attached.end()
    return end


def _read_symbol(piece: str, following: str, tokens: Tokens, spaced: bool) -> None:
    """Append a symbol of one or more characters."""
    symbol = _SYMBOLS.get(piece, piece)
    if piece == "!=" and not spaced and tokens.kinds and tokens.kinds[-1] in {"number", ")"}:  # 5!=120
        tokens.add("!", "!")
        symbol = "="
    elif piece == "||" and not (spaced or following == " "):  # ||x|-1|, not p || q
        tokens.add("|", "|", spaced)
        symbol = "|"
    tokens.add("not" if symbol == "~" else symbol, piece, spaced)


def _read_script(above: bool, piece: str, tokens: Tokens, spaced: bool) -> None:
    """Append raised or lowered characters as an exponent or an index."""
    tokens.add("^" if above else "_", piece, spaced)
    tokens.add("(" if above else "{", "(" if above else "{")
    _read(piece.translate(_SUPERSCRIPTS if above else _SUBSCRIPTS), tokens)
    tokens.add(")" if above else "}", ")" if above else "}")


def _read_number(text: str, start: int, end: int, depth: int, tokens: Tokens, spaced: bool) -> int:
    """Append the number at start, which reaches at least to end; returns where it really ends."""
    following = text[end] if end < len(text) else ""
    if following:
        if following in "(\\" and text[end - 1 : end] + following != "\\(" and (found := _REPEATING.match(text, start)):
            tokens.add("number", _repeating(found), spaced)
            return found.end()
        if (
            depth == 0
            and end - start <= 3
            and following in _OPENS_GROUP
            and not (start and text[start - 1] in "0123456789.,")
            and (found := _GROUPED.match(text, start))
        ):
            tokens.add("number", number(_NOT_DIGITS.sub("", found[0])), spaced)
            return found.end()
        if (following == "_" or "A" <= following <= "Z") and (end_ := _based(text, start, tokens, spaced, new=True)):
            return end_
        if lowered := _LOWERED_BASE.match(text, end):  # 1010₂
            base = int(lowered[0].translate(_SUBSCRIPTS))
            value = in_base(text[start:end], base)
            if value is not None:
                tokens.add("value", Apply("base", (Number(value), Number(base))), spaced)
                return lowered.end()
    tokens.add("number", number(text[start:end]), spaced)
    return end


def number(text: str) -> Number:
    """The number that an unsigned numeral stands for.

    Raises:
        Refused: if it is too long.
    """
    if len(text) > MAX_DIGITS:
        raise Refused(f"a number of {len(text)} digits is longer than {MAX_DIGITS}")
    if text.isdigit():
        return _SMALL[int(text)] if len(text) < 3 else Number(int(text))
    mantissa, _, exponent = text.lower().partition("e")
    whole, _, fraction = mantissa.partition(".")
    shift = int(exponent or 0)
    if abs(shift) > MAX_DIGITS:
        raise Refused(f"a power of ten beyond {MAX_DIGITS} is out of range")
    digits, places = int((whole + fraction) or 0), len(fraction) - shift
    value = Fraction(digits, 10**places) if places > 0 else Fraction(digits * 10**-places)
    return Number(value, max(places, 0))


def _repeating(found: re.Match[str]) -> Number:
    r"""`0.1\\overline{6}` is 1/6."""
    fixed = found["fixed"]
    period = found["over"] or found["one"] or found["round"]
    base = 10 ** len(fixed)
    value = Fraction(int(found["whole"] or 0)) + Fraction(int(fixed or 0), base)
    return Number(value + Fraction(int(period), base * (10 ** len(period) - 1)), 0)


def in_base(digits: str, base: int) -> int | Fraction | None:
    """The value of a numeral in a base from 2 to 36; None if a digit is none of it."""
    whole, _, places = digits.partition(".")
    if not 2 <= base <= 36 or not (whole + places).isalnum():
        return None
    try:
        value = int(whole + places, base)
    except ValueError:
        return None
    return Fraction(value, base ** len(places)) if places else value


def _based(text: str, start: int, tokens: Tokens, spaced: bool, *, new: bool = False) -> int | None:
    """Append `1010_2` or `(1A)_{16}`, if that stands at start; returns where it ends. An opened bracket is replaced."""
    found = _BASED.match(text, start)
    if found is None or bool(found["open"]) != bool(found["close"]) or (found["sign"] and not found["open"]):
        return None
    digits, word = found["digits"], found["word"] or found["bare"]
    base = _BASE_WORDS.get(word, 0) if word else int(found["braced"] or found["plain"])
    letters = not digits.replace(".", "").isdigit()
    if letters and (base < 11 or (len(digits) == 1 and not found["open"])):
        return None  # A_2 is a name with an index
    value = in_base(digits, base)
    if value is None:
        return None
    if not new:
        tokens.kinds.pop()
        tokens.values.pop()
        tokens.spaced.pop()
    signed = Number(-value if found["sign"] else value)
    tokens.add("value", Apply("base", (signed, Number(base))), spaced)
    return found.end()


def _word(word: str, tokens: Tokens, spaced: bool) -> None:
    """Append a function, a constant, a word of logic, a Greek letter, or a product of one-letter variables."""
    if len(word) == 1:
        tokens.add("name", word, spaced)
        return
    if len(word) > _MAX_WORD:
        raise Unreadable(f"{word[:20]!r}… is too long for a word")
    word = SYNONYMS.get(word, word)
    if word in FUNCTIONS:
        tokens.add("function", word, spaced)
        return
    if (meaning := WORDS.get(word.lower())) is not None:
        tokens.add("name" if meaning == "oo" else meaning, meaning if meaning == "oo" else word, spaced)
        return
    if word in {"pi", "Pi", "PI", "oo"}:
        tokens.add("name", "oo" if word == "oo" else "pi", spaced)
        return
    if word in GREEK:
        tokens.add("name", word, spaced)
        return
    for size in range(min(len(word) - 1, 6), 1, -1):
        for part, rest, first in ((word[:size], word[size:], True), (word[-size:], word[:-size], False)):
            head = SYNONYMS.get(part, part)
            if head not in FUNCTIONS and head not in {"pi", "oo"}:
                continue
            kind = "function" if head in FUNCTIONS else "name"
            if first:
                tokens.add(kind, head, spaced)
                _word(rest, tokens, False)
            else:
                _word(rest, tokens, spaced)
                tokens.add(kind, head)
            return
    if len(word) > 3 or len(set(word)) < len(word):
        raise Unreadable(f"{word!r} is neither a number, a known function nor a product of variables")
    for index, letter in enumerate(word):
        tokens.add("name", letter, spaced and index == 0)


def _command(text: str, position: int, name: str, tokens: Tokens, spaced: bool, depth: int) -> tuple[int, int]:
    """Append the tokens of a LaTeX command; returns where to go on, and how deep in brackets."""
    if name in _SKIPPED:
        if name in {"left", "right"} and text[position : position + 1] == ".":  # an invisible bracket
            return position + 1, depth
        return position, depth
    if name in _COMMANDS:
        symbol = _COMMANDS[name]
        if symbol == "newline" and (length := _LENGTH.match(text, position)):
            position = length.end()
        tokens.add(symbol, "\\" + name, spaced)
        return position, depth + (symbol in {"{set", "["}) - (symbol in {"}set", "]"})
    if name in _FRACTIONS:
        tokens.add("frac", name, spaced)
        if digits := _SINGLE_DIGITS.match(text, position):  # \frac12 is one half
            for digit in digits.groups():
                tokens.add("{", "{")
                tokens.add("number", Number(int(digit)))
                tokens.add("}", "}")
            return digits.end(), depth
    elif name in _WRAPPERS and not (name in _BOLD and _UNIT_VECTOR.match(text, position)):
        return _wrapper(text, position, name, tokens, spaced), depth
    elif name == "infty":
        tokens.add("name", "oo", spaced)
    elif name in FUNCTIONS or SYNONYMS.get(name) in FUNCTIONS:
        name = SYNONYMS.get(name, name)
        tokens.add("function", name, spaced)
        digits = _SINGLE_DIGITS.match(text, position) if name == "binom" else None
        if name == "sqrt" and text[position : position + 2].isdigit() and text[position : position + 2].isascii():
            digits = _ONE_DIGIT.match(text, position)  # TeX takes one digit: \sqrt22 is two times the root of 2
        if digits is not None:
            for digit in digits.groups():
                tokens.add("{", "{")
                tokens.add("number", Number(int(digit)))
                tokens.add("}", "}")
            return digits.end(), depth
    elif name in GREEK or name in {"pi", "ell"}:
        tokens.add(
            "name", {"ell": "l", "varphi": "phi", "vartheta": "theta", "varepsilon": "epsilon"}.get(name, name), spaced
        )
    elif name in _ACCENTS and (found := _ACCENTED.match(text, position)):
        letters = found["braced"] or found["bare"]
        if name not in _BOLD or letters in {"i", "j", "k"}:
            letters = f"vec_{letters}" if name in _VECTORS else f"{name}_{letters}"
        tokens.add("name", letters, spaced)
        return found.end(), depth
    elif name in {"emptyset", "varnothing"}:
        tokens.add("value", Apply("set", ()), spaced)
    elif name in {"begin", "end"}:
        return _environment(text, position, name, tokens, spaced), depth
    elif name == "mathbb" and (found := _BLACKBOARD.match(text, position)):
        tokens.add("value", Apply("domain", (Name(found["braced"] or found["bare"]),)), spaced)
        return found.end(), depth
    else:
        raise Unreadable(f"the LaTeX command \\{name} is not known")
    return position, depth


def _wrapper(text: str, position: int, name: str, tokens: Tokens, spaced: bool) -> int:
    r"""Append what stands in `\\text{…}`: mathematics and words of logic, read as if they stood outside."""
    found = _WRAPPED.match(text, position)
    if found is None:
        tokens.add("wrapper", name, spaced)
        return position
    inside = found["inside"].strip(" ,")
    if not inside:
        return found.end()
    before = len(tokens.kinds)
    _read(inside, tokens)
    if len(tokens.kinds) > before:
        tokens.spaced[before] = spaced
    return found.end()


def _environment(text: str, position: int, command: str, tokens: Tokens, spaced: bool) -> int:
    r"""Append `\\begin{pmatrix}` or `\\end{pmatrix}` as one token that names the environment."""
    found = _ENVIRONMENT.match(text, position)
    if found is None or found["name"] not in _ENVIRONMENTS:
        raise Unreadable(f"the LaTeX environment at position {position} is not known")
    tokens.add("\\" + command, found["name"], spaced)
    position = found.end()
    if command == "begin" and found["name"] == "array" and (columns := _COLUMNS.match(text, position)):
        return columns.end()
    return position
