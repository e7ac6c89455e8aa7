"""Compares an answer with a reference: the reference's kind picks the one comparison that applies."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from reasoning_gym.checker import phrases
from reasoning_gym.checker.algebra import Algebra
from reasoning_gym.checker.calendar import Clock, Date, may_be_time, read_date, read_time
from reasoning_gym.checker.equality import equal, guarded
from reasoning_gym.checker.extract import unboxed
from reasoning_gym.checker.limits import MAX_CHARACTERS, Refused, Undefined, Unreadable
from reasoning_gym.checker.nodes import KINDS, Kind, kind_of, label, split_constant
from reasoning_gym.checker.number_words import read_number_words
from reasoning_gym.checker.points import refuted, variables
from reasoning_gym.checker.policy import Context, Policy
from reasoning_gym.checker.quantities import (
    Quantity,
    generic_power,
    in_radians,
    measures_length,
    quantity,
    read_number,
    same_units,
)
from reasoning_gym.checker.rationals import rational, tidy
from reasoning_gym.checker.responses import responses
from reasoning_gym.checker.shapes import is_worked_out
from reasoning_gym.checker.structures import compare_nodes
from reasoning_gym.checker.syntax import parse_stripped, strip_mathematics_marks
from reasoning_gym.checker.tokens import number
from reasoning_gym.checker.tree import Apply, Name, Node, Number
from reasoning_gym.checker.values import compare_values
from reasoning_gym.problem import CORRECT, Status, Verdict, incorrect, refused, unreadable

_INTEGER = re.compile(r"-?(?:0|[1-9]\d{0,17})", re.ASCII)
_NUMERAL = re.compile(r"(?P<sign>-?)(?P<size>\d{1,300}(?:\.\d{1,300})?+|\.\d{1,300})(?P<percent>(?:\\?%)?)", re.ASCII)
_FRACTION = re.compile(
    r"(?P<sign>-?)(?:\\[dt]?frac\{(?P<top>-?\d{1,300})\}\{(?P<bottom>\d{1,300})\}|(?P<over>\d{1,300})/(?P<under>\d{1,300}))",
    re.ASCII,
)
_APPROXIMATELY = re.compile(
    r"(?:about|approximately|approx\.?|roughly|around|~|\\(?:approx|sim|simeq)(?![a-z])|≈)[ ]?(?=[-−\d.$\\])", re.ASCII
)
_ELLIPSIS = re.compile(r"(?<=\d)[ ]?(?:\.\.\.|…|\\l?dots)$", re.ASCII)
_MAY_BE_RATIO = re.compile(r":|\\colon|\dto\b|\d to ", re.ASCII)
_CLOCK = re.compile(r"\d\s?:\s?\d\d", re.ASCII)
_RATIO = re.compile(r"[^:=<>|]{1,200}(?:\s?(?::|\\colon|\bto\b)\s?[^:=<>|]{1,200}){1,20}")
# quick looks that most texts don't pass
_MAY_BE_DATE = re.compile(
    r"\d[-/.]\d{1,2}[-/.]\d|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)", re.ASCII | re.IGNORECASE
)
_MAY_BE_TIME = re.compile(r":|\b(?:noon|mid(?:day|night))\b|o.clock|[ap]\.? ?m\b", re.ASCII | re.IGNORECASE)
_MAY_BE_QUANTITY = re.compile(
    r"[$€£¥₹°µΩ'\"]|\\(?:text|mathrm|mbox|hbox|operatorname|rm|circ|degree|Omega|pounds|euro)|[A-Z]{2}|Rs"
    r"|[0-9)}\]!%½]\s*-?(?:[A-Za-z]{2}|\s[A-Za-z]|[A-Za-z]\b)",
    re.ASCII,
)
# no word, no colon, no currency, and no letter that could be a unit
_PLAIN_MATHEMATICS = re.compile(
    r"(?:[-+*/^=<>(){}\[\],|_0-9]|\.(?!\.)|(?<![0-9)}\]] )[a-z](?![A-Za-z])| (?![A-Za-z])"
    r"|\\(?:frac|sqrt|dfrac|pi|cdot|left|right|infty|cup)(?![a-z]))*+",
    re.ASCII,
)
_HAS_LETTER = re.compile(r"[A-Za-z]", re.ASCII)
_HAS_DIGIT = re.compile(r"\d", re.ASCII)
_MATHEMATICAL: frozenset[Kind] = frozenset(
    ["number", "expression", "antiderivative", "equation", "inequality", "interval", "set", "tuple", "matrix",
     "piecewise", "congruence", "statement"]
)  # fmt: skip
# what a reference may be read as, beside what its form says
_READ_AS: frozenset[tuple[Kind, Kind]] = frozenset(
    [("expression", "number"), ("set", "number"), ("set", "expression"), ("number", "expression"),
     ("antiderivative", "expression"), ("antiderivative", "number"), ("expression", "antiderivative"),
     ("interval", "tuple"), ("tuple", "interval"), ("tuple", "set"), ("tuple", "matrix"), ("matrix", "tuple"),
     ("set", "tuple"), ("set", "equation"), ("statement", "set"), ("inequality", "interval")]
)  # fmt: skip


STRICT = Policy()


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference answer, parsed once."""

    text: str
    bare: str  # without what surrounds it
    kind: Kind
    node: Node | None = None  # None for what is no mathematics
    meaning: Quantity | Date | Clock | str | None = None  # of a quantity, a date, a time, a choice or a text


def parse_reference(text: str, kind: Kind | None = None) -> Reference:
    """Read a reference answer; its kind is seen from its form unless given.

    Raises:
        ValueError: if the reference can't be read as that kind. That is a mistake in the data, never the answer's.
    """
    if kind is not None and kind not in KINDS:
        raise ValueError(f"kind is {kind!r}; use one of {', '.join(KINDS)}")
    return _parse_reference(text, kind)


@lru_cache(maxsize=1024)
def _parse_reference(text: str, kind: Kind | None) -> Reference:
    bare = _bare(text)
    if not bare:
        raise ValueError("the reference is empty; give the right answer as text")
    try:
        found = _read_reference(text, bare, kind)
    except (Unreadable, Refused, Undefined) as error:
        if kind is None and phrases.is_worded(bare) and not isinstance(error, Undefined):
            return Reference(text, bare, "text", None, phrases.folded(bare))
        raise ValueError(f"can't read the reference {text[:80]!r}: {error}; correct it, or say kind='text'") from error
    if kind is not None and kind != found.kind and (kind, found.kind) not in _READ_AS:
        raise ValueError(f"the reference {text[:80]!r} is of kind {found.kind!r}, not {kind!r}; correct one of them")
    node = found.node
    if kind == "antiderivative" and node is not None:  # asked for as such, the constant may be left out
        node = split_constant(node) or node
    return found if kind is None else Reference(text, bare, kind, node, found.meaning)


def _read_reference(text: str, bare: str, kind: Kind | None) -> Reference:
    """The reference as the first kind that its text can be."""
    if kind == "text":
        return Reference(text, bare, "text", None, phrases.folded(bare))
    simple = _simple(bare)
    if simple is not None:
        return Reference(text, bare, "number", simple)
    if (kind is None and not _is_plain(bare)) or (kind is not None and kind not in _MATHEMATICAL):
        special = _read_special(text, bare, kind)
        if special is not None:
            return special
    node = _read(bare)
    if isinstance(node, str):
        return Reference(text, bare, "text", None, node)
    node = _end_of_calculation(node)
    found = kind_of(node)
    if found in {"number", "expression"}:
        rational(node)  # raises for 1/0
        if isinstance(node, Apply) and _HAS_LETTER.search(bare) and (measured := _quantity(bare)) is not None:
            return Reference(text, bare, found, node, measured)
    return Reference(text, bare, found, node)


def _end_of_calculation(node: Node) -> Node:
    """What `2/4 = 1/2` and `4/3 ≈ 1.33` state as a reference; anything else as it is."""
    if isinstance(node, Apply) and node.head == "about":
        return node.args[0]
    links = node.args if isinstance(node, Apply) and node.head == "chain" else (node,)
    sides = [side for link in links if isinstance(link, Apply) and link.head == "=" for side in link.args]
    pairs = list(zip(sides[::2], sides[1::2], strict=True))
    calculated = len(pairs) == len(links) and not any(map(variables, sides))
    return sides[-1] if calculated and all(equal(left, right).correct for left, right in pairs) else node


def _read_special(text: str, bare: str, kind: Kind | None) -> Reference | None:
    """The reference as a choice, a date, a time, a ratio or a quantity, if it can be nothing else or is said to be."""
    if kind in {None, "choice"} and (choice := phrases.label(bare)) is not None:
        return Reference(text, bare, "choice", Name(bare) if bare == choice.letter else None, choice.letter)
    if kind in {None, "date"} and (date := _date(bare)) is not None:
        return Reference(text, bare, "date", None, date)
    if kind in {None, "time"} and (clock := _time(bare)) is not None:
        ratio = _ratio(bare) if may_be_time(_clock_text(bare)) else None
        return Reference(text, bare, "time", ratio, clock)
    if kind in {None, "ratio"} and (ratio := _ratio(bare)) is not None:
        return Reference(text, bare, "ratio", ratio)
    measured = _quantity(bare) if kind in {None, "quantity"} else None
    if measured is not None and (measured.sure or kind == "quantity"):
        value = measured.value
        if isinstance(value, Apply) and value.head == "=" and label(value.args[0]) is not None:
            measured = measured._replace(value=value.args[1])
        if kind_of(measured.value) in {"number", "expression"}:
            rational(measured.value)
            return Reference(text, bare, "quantity", measured.value, measured)
    return None


def check(
    answer: str, reference: str | Reference, *, kind: Kind | None = None, policy: Policy | None = None
) -> Verdict:
    """Whether a stated answer equals the reference. Never raises on the answer, whatever it holds.

    Args:
        answer: a bare answer, or a model's whole response, from which the stated answer is taken first.
        reference: the right answer as text, or parsed before.
        kind: what the reference is, where its form alone would mislead.
        policy: what counts as equal; strict by default.

    Raises:
        ValueError: if the reference can't be read.
    """
    if isinstance(reference, str):
        if kind is None and answer == reference and _INTEGER.fullmatch(answer):
            return CORRECT
        reference = parse_reference(reference, kind)
    policy = policy or STRICT
    stated = responses(answer)
    if stated is None:
        return check_stated(answer, reference, policy)
    if len(stated) == 1:
        return check_stated(stated[0], reference, policy)
    verdicts = [check_stated(each, reference, policy) for each in stated]
    return CORRECT if all(verdict.correct for verdict in verdicts) else incorrect("several different answers")


def check_stated(answer: str, reference: Reference, policy: Policy = STRICT) -> Verdict:
    """As `check`, for an answer that was taken from its text already: all of it must be the answer."""
    if len(answer) > 2 * MAX_CHARACTERS:
        return refused(f"the answer has {len(answer)} characters, more than {MAX_CHARACTERS}")
    bare = _bare(answer)
    if not bare:
        return unreadable("the answer is empty")
    if policy.form in {None, "number"}:
        if bare == reference.bare:
            return CORRECT
        node = reference.node
        if isinstance(node, Number) and reference.kind == "number" and not policy.rounding:
            simple = _simple(bare)
            if simple is not None:
                return CORRECT if _value(simple) == node.value else incorrect("the values differ")
    context = Context(policy, Algebra())
    return guarded(lambda: _COMPARISONS.get(reference.kind, _compare_mathematics)(bare, reference, context))


def _value(node: Node) -> int | Fraction:
    value = rational(node)
    assert value is not None
    return value


# comparisons, by the reference's kind


def _compare_mathematics(bare: str, reference: Reference, context: Context) -> Verdict:
    assert reference.node is not None
    plain = _is_plain(bare)
    if not plain and _date(bare) is not None:  # 2024-03-05 is no difference
        return incorrect("a date where something else was asked for")
    if not plain and bare.count(":") > 1 and _ratio(bare) is not None:
        return incorrect("a ratio where something else was asked for")
    try:
        node = _read(bare)
        if isinstance(node, str):
            return incorrect(f"a text where the reference is of kind {reference.kind!r}")
        kind = "expression" if reference.kind == "choice" else reference.kind
        verdict = compare_nodes(node, reference.node, kind, context)
    except Unreadable as error:
        verdict = unreadable(str(error))
    if verdict.correct or plain or reference.kind not in {"number", "expression", "equation"}:
        return verdict
    found = _quantity(bare)
    if found is None:
        return verdict
    if isinstance(reference.meaning, Quantity):
        return _first_correct(_compare_measured(found, reference.meaning, context), verdict)
    if not found.sure:
        return verdict
    values = [found.value]
    if (angle := in_radians(found)) is not None:
        values.append(angle)
    return _first_correct((compare_nodes(value, reference.node, reference.kind, context) for value in values), verdict)


def _compare_quantities(bare: str, reference: Reference, context: Context) -> Verdict:
    wanted = reference.meaning
    assert isinstance(wanted, Quantity)
    found = _quantity(bare)
    if found is not None:
        if context.policy.form == "number" and rational(found.value) is not None and not found.worked_out:
            return incorrect("a number was asked for, worked out")
        context = context.loose()
        return _first_correct(_compare_measured(found, wanted, context), incorrect("the quantities differ"))
    node = _read(bare)
    if isinstance(node, str):
        return incorrect("a quantity was asked for")
    verdict = compare_values(node, wanted.value, context)
    if not verdict.correct and (angle := in_radians(wanted)) is not None:
        return _first_correct([compare_values(node, angle, context)], verdict)
    return verdict


def _compare_measured(found: Quantity, wanted: Quantity, context: Context) -> Iterable[Verdict]:
    """The verdicts in every reading of the two units."""
    powers = generic_power(found.unit), generic_power(wanted.unit)
    if powers != (None, None):
        other = found if powers[0] is None else wanted
        alike = measures_length(other.unit, max(filter(None, powers), default=0)) if None in powers else 0 in powers
        if alike or powers[0] == powers[1]:
            yield compare_values(found.value, wanted.value, context)
    elif found.unit == wanted.unit:
        yield compare_values(found.value, wanted.value, context)
    else:
        for given, asked in same_units(found, wanted):
            yield compare_values(given, asked, context)


def _compare_ratios(bare: str, reference: Reference, context: Context) -> Verdict:
    assert isinstance(reference.node, Apply)
    wanted = reference.node.args
    found = _ratio(bare)
    if found is None:
        if len(wanted) != 2:
            return incorrect("a ratio was asked for")
        node = _read(bare)
        quotient = Apply("/", wanted)
        return incorrect("a ratio was asked for") if isinstance(node, str) else compare_values(node, quotient, context)
    if len(found.args) != len(wanted):
        return incorrect(f"a ratio of {len(found.args)} where one of {len(wanted)} was asked for")
    if not all(_is_nonzero(part, context.algebra) for part in (*wanted, *found.args)):
        return incorrect("a ratio with a part that may be 0")
    if context.policy.form == "number" and not all(map(is_worked_out, found.args)):
        return incorrect("numbers were asked for, worked out")
    for part, other in zip(found.args[1:], wanted[1:], strict=True):
        first, second = Apply("*", (part, wanted[0])), Apply("*", (other, found.args[0]))
        verdict = compare_values(first, second, context.loose())
        if not verdict.correct:
            return verdict
    return CORRECT


def _is_nonzero(node: Node, algebra: Algebra) -> bool:
    """Whether an expression is proved to be other than 0, at some point at least."""
    value = rational(node)
    return value != 0 if value is not None else refuted(node, Number(0), algebra.work)


def _compare_times(bare: str, reference: Reference, context: Context) -> Verdict:
    wanted = reference.meaning
    assert isinstance(wanted, Clock)
    found = _time(bare)
    if found is None:
        if reference.node is not None and not _CLOCK.search(bare):
            return _compare_ratios(bare, reference, context)
        return unreadable("a time of day was asked for")
    known = _is_certain(found, bare) and _is_certain(wanted, reference.bare)
    same = (found.seconds - wanted.seconds) % (86400 if known else 43200) == 0
    return CORRECT if same else incorrect("another time")


def _is_certain(clock: Clock, bare: str) -> bool:
    """Whether the half of the day is known: from am or pm, an hour after 12, or the 0 of a 24-hour clock."""
    return clock.half_given or bare.startswith("0")


def _date(bare: str) -> Date | None:
    return read_date(phrases.plain(bare)) if _MAY_BE_DATE.search(bare) else None


def _time(bare: str) -> Clock | None:
    if not _MAY_BE_TIME.search(bare):
        return None
    return read_time(_clock_text(bare))


def _clock_text(bare: str) -> str:
    return re.sub(r"(?<=\d) ?: ?(?=\d)", ":", phrases.plain(bare))


def _compare_dates(bare: str, reference: Reference, _context: Context) -> Verdict:
    found = _date(bare)
    if found is None:
        return unreadable("a date was asked for")
    return CORRECT if found == reference.meaning else incorrect("another date")


def _compare_choices(bare: str, reference: Reference, context: Context) -> Verdict:
    found = phrases.label(bare)
    if found is None and reference.node is not None:  # a letter may be a variable
        return _compare_mathematics(bare, reference, context)
    if found is None:
        return incorrect("one of the choices was asked for, by its letter")
    return CORRECT if found.letter == reference.meaning else incorrect("another choice")


def _compare_texts(bare: str, reference: Reference, _context: Context) -> Verdict:
    if phrases.folded(bare) == phrases.folded(reference.bare):
        return CORRECT
    meaning = phrases.phrase(bare)
    return CORRECT if meaning is not None and meaning == reference.meaning else incorrect("another text")


_COMPARISONS: Mapping[Kind, Callable[[str, Reference, Context], Verdict]] = {
    "quantity": _compare_quantities,
    "ratio": _compare_ratios,
    "time": _compare_times,
    "date": _compare_dates,
    "choice": _compare_choices,
    "text": _compare_texts,
}


def _first_correct(verdicts: Iterable[Verdict], otherwise: Verdict) -> Verdict:
    """The first verdict that is correct, or else another; what can't be read is no verdict."""
    try:
        for verdict in verdicts:
            if verdict.correct:
                return verdict
            if otherwise.status is Status.UNREADABLE:
                otherwise = verdict
    except (Unreadable, Undefined):
        pass
    return otherwise


# reading


def _simple(bare: str) -> Node | None:
    """An integer, a decimal, a percentage or a fraction of integers, in plain digits; None for any other text."""
    if found := _NUMERAL.fullmatch(bare):
        read = number(found["size"])
        node = Number(-read.value, read.places) if found["sign"] else read
        return node if not found["percent"] else None
    if found := _FRACTION.fullmatch(bare):
        top, bottom = int(found["top"] or found["over"]), int(found["bottom"] or found["under"])
        if bottom:
            return Apply("/", (Number(-top if found["sign"] else top), Number(bottom)))
    return None


def _is_plain(bare: str) -> bool:
    """Whether a text can only be mathematics: nothing that could be a word, a unit, a date or a choice."""
    return (
        len(bare) > 3
        and _PLAIN_MATHEMATICS.fullmatch(bare) is not None
        and (bare.count("-") < 2 or not _MAY_BE_DATE.search(bare))
        and (bare.count("/") < 2 or not _MAY_BE_DATE.search(bare))
    )


def _read(bare: str) -> Node | str:
    """The tree of an answer, or the word for a standing phrase such as 'undefined'.

    Raises:
        Unreadable, Refused: if it is neither.
    """
    if _is_plain(bare):
        return parse_stripped(bare)
    if bare[0].isalpha() or bare[0] == "\\":
        meaning = phrases.phrase(bare)
        if meaning is not None:
            return meaning
        if not _HAS_DIGIT.search(bare) and (spelt := read_number_words(phrases.plain(bare))) is not None:
            return Number(tidy(spelt))
    inexact = False
    if found := _APPROXIMATELY.match(bare):
        bare, inexact = bare[found.end() :], True
    if found := _ELLIPSIS.search(bare):
        bare, inexact = bare[: found.start()], True
    node = read_number(bare)
    return Apply("approx", (node,)) if inexact else node


def _quantity(bare: str) -> Quantity | None:
    """The value and unit of an answer, None where it names no unit or the value can't be read."""
    if not _MAY_BE_QUANTITY.search(bare) or _time(bare) is not None:  # 9 pm is no length
        return None
    try:
        return quantity(bare)
    except Unreadable:
        return None


def _ratio(bare: str) -> Apply | None:
    """`2:3`, `1:2:3` as a ratio of its parts; None for any other text."""
    if "to" in bare:
        bare = phrases.plain(bare)
    if not _MAY_BE_RATIO.search(bare) or not _RATIO.fullmatch(bare):
        return None
    try:
        parts = tuple(map(read_number, re.split(r":|\\colon|\bto\b", bare)))
    except Unreadable:
        return None
    return Apply("ratio", parts) if all(kind_of(part) in {"number", "expression"} for part in parts) else None


def _bare(text: str) -> str:
    r"""The text without what surrounds it: white space, `$…$`, one `\\boxed{}`, a final full stop."""
    text = strip_mathematics_marks(text)
    if text[:1] == '"' and text[-1:] == '"' and len(text) > 2:
        text = strip_mathematics_marks(text[1:-1])
    if "\\" in text:
        inside = unboxed(text)
        if inside != text:
            text = strip_mathematics_marks(inside)
    return text
