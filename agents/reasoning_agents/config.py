"""Fills frozen dataclasses from plain tables, such as a TOML file's; an unknown key is an error."""

from __future__ import annotations

import difflib
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

Record = TypeVar("Record")


def from_table(record: type[Record], table: Mapping[str, Any], where: str = "") -> Record:
    """An instance of a dataclass with the values of a table; nested tables fill nested dataclasses.

    Raises:
        ValueError: for an unknown or missing key or a value of another type; names the key and the nearest.
    """
    hints = get_type_hints(record)
    known = {field.name: field for field in fields(cast("Any", record))}
    for key in table:
        if key not in known:
            close = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"
            raise ValueError(f"unknown key {where + key!r}; {hint}")
    values: dict[str, Any] = {}
    for name, field in known.items():
        if name in table:
            values[name] = _value(hints[name], table[name], where + name)
        elif field.default is MISSING and field.default_factory is MISSING:
            raise ValueError(f"the key {where + name!r} is missing; add it")
    return record(**values)


def _value(kind: Any, value: Any, where: str) -> Any:
    """The value as the type that the field declares."""
    if kind is Any:
        return value
    if is_dataclass(kind) and isinstance(value, Mapping):
        return from_table(cast("type[Any]", kind), cast("Mapping[str, Any]", value), f"{where}.")
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is tuple and isinstance(value, list | tuple):
        items = cast("list[Any]", value)
        kinds = [arguments[0]] * len(items) if len(arguments) == 2 and arguments[1] is ... else list(arguments)
        if len(kinds) != len(items):
            raise ValueError(f"{where!r} has {len(items)} values; it takes {len(kinds)}")
        return tuple(
            _value(each, item, f"{where}[{i}]") for i, (each, item) in enumerate(zip(kinds, items, strict=True))
        )
    if isinstance(origin, type) and issubclass(origin, Mapping) and isinstance(value, Mapping):
        table = cast("Mapping[str, Any]", value)
        return {key: _value(arguments[1], item, f"{where}.{key}") for key, item in table.items()}
    if origin in {Union, types.UnionType}:
        return _first_that_fits(arguments, value, where)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    expected = cast("Any", origin or kind)
    fits = isinstance(value, expected) if isinstance(expected, type) else value in arguments
    if not fits or (isinstance(value, bool) and kind is not bool):
        if origin is Literal:
            raise ValueError(f"{where!r} is {value!r}; use one of {', '.join(map(repr, arguments))}")
        name = getattr(kind, "__name__", str(kind))
        raise ValueError(f"{where!r} is {value!r}; it must be of type {name}")
    return cast("Any", value)


def _first_that_fits(kinds: tuple[Any, ...], value: Any, where: str) -> Any:
    error: ValueError | None = None
    for kind in sorted(kinds, key=lambda kind: kind is type(None)):  # what isn't chosen is no help to name
        try:
            return _value(kind, value, where)
        except ValueError as found:
            error = error or found
    raise error or ValueError(f"{where!r} is {value!r}, which fits no type")
