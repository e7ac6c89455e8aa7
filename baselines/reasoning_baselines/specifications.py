"""The specification that stands in a family's docstring, in its parts."""

from __future__ import annotations

import inspect
import re
from typing import NamedTuple

from reasoning_gym.family import Family

_FIELD = re.compile(r"(Statement|Thoughts|Answer|Level|Levels|Verified|Checked step by step)s?:\s*", re.ASCII)
_CLAUSE = re.compile(r"(?:[.;:] |[.;:]$).*", re.ASCII | re.DOTALL)


class Specification(NamedTuple):
    """What a family's docstring says."""

    asked: str
    fields: tuple[tuple[str, str], ...]  # name, text


def specification(family: Family) -> Specification:
    """The parts of a family's docstring: what is asked, and its fields, without the sample at the end."""
    head, _, rest = (inspect.getdoc(type(family)) or "").partition("\n\n")
    fields: list[tuple[str, list[str]]] = []
    for paragraph in rest.split("\n\n"):
        lines = paragraph.splitlines()
        if all(line.startswith("    ") for line in lines):
            continue  # the sample
        for line in lines:
            if found := _FIELD.match(line):
                fields.append((found[1], [line[found.end() :].strip()]))
            elif fields:
                fields[-1][1].append(line.strip())
    return Specification(" ".join(head.split()), tuple((name, " ".join(text)) for name, text in fields))


def verified_how(family: Family) -> str:
    """How the family verifies an answer, in one clause."""
    verified = dict(specification(family).fields).get("Verified")
    return _CLAUSE.sub("", verified) if verified else "see its documentation"
