"""JSON from strangers, read strictly, and the one spelling of a value that hashes and signatures are made of."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias, cast

from reasoning_gym.episodes import parse_strictly

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json] | None"

DEEPEST: Final = 16  # arrays and objects inside each other
LARGEST: Final = 2**53 - 1  # every program reads integers up to here alike
HASH: Final = re.compile(r"[0-9a-f]{64}")


def canonical(value: Json) -> bytes:
    r"""The one spelling of a value: keys sorted, no spaces, ASCII alone, whole numbers alone.

    Integers stand for themselves; there are no fractions, whose spellings differ between programs.

    >>> canonical({"b": [1, True], "a": "é\ud800"})
    b'{"a":"\\u00e9\\ud800","b":[1,true]}'

    Raises:
        ValueError: for a number that isn't whole or is too large, and for what is nested too deeply.
        TypeError: for a value that has no form in JSON.
    """
    _hold_to_limits(value, DEEPEST)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode("ascii")


def read_strictly(data: bytes) -> Json:
    """The value that JSON stands for.

    Raises:
        ValueError: if it isn't JSON in UTF-8, names a key twice, is nested too deeply, or holds a number that
            isn't whole, isn't finite or is too large.
    """
    value = parse_strictly(data)
    _hold_to_limits(value, DEEPEST)
    return cast("Json", value)


def sha256(*parts: str | bytes) -> str:
    r"""SHA-256 in hexadecimal of parts that can't be mistaken for others: each goes with its length before it.

    >>> sha256("ab", "c") == sha256("a", "bc")
    False
    """
    return hashlib.sha256(framed(*parts)).hexdigest()


def framed(*parts: str | bytes) -> bytes:
    r"""The parts in one string of bytes, each after its length in eight bytes.

    >>> framed("ab")
    b'\x00\x00\x00\x00\x00\x00\x00\x02ab'
    """
    data = [part.encode("utf-8") if isinstance(part, str) else part for part in parts]
    return b"".join(len(part).to_bytes(8) + part for part in data)


def tuples(value: Any) -> Any:
    """What JSON stands for, with tuples in the place of its arrays, as a question holds its facts.

    >>> tuples(["a", [1, []]])
    ('a', (1, ()))
    """
    return tuple(map(tuples, cast("Sequence[Any]", value))) if isinstance(value, list) else value


def _hold_to_limits(value: object, depth: int) -> None:
    if isinstance(value, float):
        raise ValueError(f"{value!r} isn't a whole number; write whole numbers, or numbers as texts")
    if isinstance(value, int) and abs(value) > LARGEST:
        raise ValueError(f"a number of {value.bit_length()} bits is too large; 53 bits are the limit")
    inside: Sequence[object] = ()
    if isinstance(value, Mapping):
        inside = list(cast("Mapping[str, object]", value).values())
    elif isinstance(value, list | tuple):
        inside = cast("Sequence[object]", value)
    if inside and depth == 0:
        raise ValueError(f"it is nested more than {DEEPEST} deep")
    for each in inside:
        _hold_to_limits(each, depth - 1)
