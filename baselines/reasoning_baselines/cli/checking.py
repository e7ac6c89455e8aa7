"""The command that compares an answer with a reference."""

from __future__ import annotations

import json
import sys
from typing import IO, Annotated, Any, cast

import typer

from reasoning_baselines.cli.screen import fail, mistakes, out, verdict_style


def check(
    answer: Annotated[
        str | None, typer.Argument(metavar="ANSWER", help="A bare answer, or a whole response that states one.")
    ] = None,
    reference: Annotated[str | None, typer.Argument(metavar="REFERENCE", help="The right answer.")] = None,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help='Read lines {"answer", "reference"}, write lines {"status", "reason"}.')
    ] = False,
    kind: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="What the reference is, if its form misleads: number, text, …"),
    ] = None,
) -> None:
    """Is this answer equal to that one? Exit status 0 only if it is proved.

    With --jsonl, pairs are read from standard input and verdicts written in the same order, each as
    soon as its line is there; a line that can't be read gives the status "error", and exit status 2.
    """
    if jsonl:
        if answer is not None:
            fail("--jsonl reads its answers from standard input; leave out ANSWER and REFERENCE")
        raise typer.Exit(2 if check_lines(sys.stdin.buffer, sys.stdout.buffer) else 0)
    if answer is None or reference is None:
        fail("give an ANSWER and a REFERENCE, such as: reasoning-gym check 'x = 0.5' 1/2; or give --jsonl")
    from reasoning_gym.checker import Kind, parse_reference
    from reasoning_gym.checker import check as verdict_on
    from reasoning_gym.rendering import describe, printable

    with mistakes():
        verdict = verdict_on(answer, parse_reference(reference, cast("Kind | None", kind)))
    out().print(printable(describe(verdict)), style=verdict_style(verdict.status), markup=False)
    raise typer.Exit(0 if verdict.correct else 1)


def check_lines(source: IO[bytes], sink: IO[bytes]) -> int:
    """Write a verdict for each line of pairs, as it comes; how many lines couldn't be read."""
    bad = 0
    for number, line in enumerate(source, 1):
        reply = _reply(line)
        if reply["status"] == "error":
            bad += 1
            reply["reason"] = f"line {number}: {reply['reason']}"
        sink.write(json.dumps(reply).encode() + b"\n")
        sink.flush()
    return bad


def _reply(line: bytes) -> dict[str, str]:
    from reasoning_gym.checker import check as verdict_on

    try:
        pair = _json(line)
        if not isinstance(pair, dict):
            raise ValueError("the line isn't a JSON object")
        answer, reference = (_text(cast("dict[str, Any]", pair), key) for key in ("answer", "reference"))
        verdict = verdict_on(answer, reference)
    except ValueError as error:
        return {"status": "error", "reason": str(error)}
    return {"status": str(verdict.status), "reason": verdict.reason}


def _json(line: bytes) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not JSON: {line.decode(errors='replace')[:60].strip()!r}") from error


def _text(pair: dict[str, Any], key: str) -> str:
    value = pair.get(key)
    if not isinstance(value, str):
        raise ValueError(f"{key!r} must be a text" if key in pair else f"{key!r} is missing")
    return value
