"""The command that answers a question, once or in a small conversation."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from reasoning_baselines.cli.evaluating import Device, Dtype, ModelName, ThoughtTokens, Threads
from reasoning_baselines.cli.screen import complain, err, mistakes, option_values, out, way_of_showing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from reasoning_baselines.asking import Answered, Asker
    from reasoning_gym.rendering import Shown

STDIN = "-"
HELP = """/thoughts  unfolds the thoughts behind the last answer
/quit      ends it (or end the input)
Anything else is a question."""


def ask(
    text: Annotated[
        str | None, typer.Argument(metavar="[TEXT]", help="The question; - reads it from standard input.")
    ] = None,
    agent: Annotated[
        str | None, typer.Option("--agent", metavar="NAME", help="By default one that suits the question.")
    ] = None,
    model: ModelName = None,
    option: Annotated[
        list[str] | None, typer.Option("--option", "-o", metavar="KEY=VALUE", help="Of the agent; may be repeated.")
    ] = None,
    family: Annotated[
        str | None, typer.Option(metavar="NAME", help="That asks it; by default one that asks such a thing.")
    ] = None,
    level: Annotated[
        int | None, typer.Option(metavar="N", help="Of the question, for models that are told it.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Of the agent.")] = 0,
    thoughts: Annotated[str, typer.Option(metavar="HOW", help="folded, shown or hidden.")] = "folded",
    as_json: Annotated[bool, typer.Option("--json", help="Print a record of all of it.")] = False,
    max_thoughts: Annotated[int, typer.Option(min=1, metavar="N", help="Before it must have answered.")] = 32,
    device: Device = "cpu",
    dtype: Dtype = "float32",
    threads: Threads = 1,
    max_thought_tokens: ThoughtTokens = 256,
) -> None:
    """Ask a question: reasoning-gym ask '3x+5=2x-7'. Its thoughts are folded, and each is checked.

    A bare equation or calculation is put in the words of a family that asks such a thing; anything else is asked as it
    stands. Without TEXT it is a conversation. Exit status 0 if an answer was given, right or wrong, else 1.
    """
    with mistakes():
        from reasoning_baselines.asking import Asker, Asking
        from reasoning_gym.planning import Limits

        shown = way_of_showing(thoughts)
        talking = text is None and sys.stdin.isatty()
        if text is None and not talking:
            raise ValueError("there is no question; give a TEXT, or - to read it from standard input")
        asking = Asking(
            agent=agent,
            options=option_values(option or []),
            model=model,
            family=family,
            level=level,
            seed=seed,
            device=device,
            dtype=dtype,
            threads=threads,
            max_thought_tokens=max_thought_tokens,
            limits=Limits(max_thoughts),
        )
        asker = Asker(asking)
        answered = None if text is None else _answered(asker, _read() if text == STDIN else text)
    if answered is None:
        _talk(asker, shown, as_json=as_json)
        return
    _print(answered, shown, as_json=as_json)
    raise typer.Exit(0 if answered.answer is not None else 1)


def _read() -> str:
    """What standard input holds; of too long a text enough to see that it is."""
    from reasoning_gym.asking import MAX_ASKED_CHARS

    return sys.stdin.read(2 * MAX_ASKED_CHARS)


def _talk(asker: Asker, shown: Shown, *, as_json: bool) -> None:
    """Answer line by line until the person has enough; a mistake ends nothing."""
    console = out()
    console.print("Ask, such as 3x+5=2x-7. /thoughts unfolds the last answer, /quit ends.", style="dim")
    last: Answered | None = None
    for line in _lines():
        if line == "/thoughts":
            if last is None:
                console.print("nothing was asked yet", style="dim")
            else:
                _print_thoughts(last, console)
        elif line.startswith("/"):
            console.print(HELP, style="dim", markup=False)
        elif line:
            last = _answer(asker, line) or last
            if last is not None and last.text == line:
                _print(last, shown, as_json=as_json)


def _lines() -> Iterator[str]:
    """The lines that a person types, until the end of the input or /quit."""
    while True:
        try:
            line = input("> ").strip()
        except (EOFError, KeyboardInterrupt):
            out().print()
            return
        if line == "/quit":
            return
        yield line


def _answer(asker: Asker, line: str) -> Answered | None:
    """The answer to a line; None, and what is wrong on the screen, if there can be none."""
    try:
        return _answered(asker, line)
    except (ValueError, OSError) as error:
        complain(str(error))
    except KeyboardInterrupt:
        complain("stopped")
    return None


def _answered(asker: Asker, text: str) -> Answered:
    with err().status("thinking"):
        return asker.answer(text)


def _print(answered: Answered, shown: Shown, *, as_json: bool) -> None:
    from rich.text import Text

    from reasoning_baselines.asking import check_lines, fold_line, record
    from reasoning_gym.rendering import counted, left_out, printable

    console = out()
    if as_json:
        typer.echo(json.dumps(record(answered, shown)))
        return
    _print_question(answered, console)
    if shown == "hidden":
        console.print(f"{counted(len(left_out(answered.transcript)))} hidden", style="dim")
    else:
        console.print(fold_line(answered, folded=shown == "folded"), style="dim")
    if shown == "shown":
        _print_thoughts(answered, console)
    if answered.answer is None:
        because = answered.truncated_because or "the last thought states nothing"
        console.print(Text(f"no answer: {because}", style="bold yellow"), soft_wrap=True)
    else:
        console.print(Text(printable(answered.answer), style="bold"), soft_wrap=True)
    style = "green" if answered.follows else "yellow" if answered.conclusion is None else "red"
    for line in check_lines(answered, reasons=shown != "hidden"):
        console.print(Text(printable(line), style=style), soft_wrap=True)


def _print_question(answered: Answered, console: Console) -> None:
    """How a text was asked, if in other words; and whether a model that knows no others was asked in vain."""
    from rich.text import Text

    from reasoning_baselines.models import shipped_models
    from reasoning_gym.asking import AS_IT_STANDS
    from reasoning_gym.rendering import printable

    question = answered.question
    if question.statement != answered.text.strip():
        console.print(Text(f"asked as: {printable(question.statement)}", style="dim"), soft_wrap=True)
    elif question.family == AS_IT_STANDS and answered.model in shipped_models():
        note = f"asked as it stands; {answered.model} knows no language, so expect nothing: name another with --model"
        console.print(Text(note, style="yellow"), soft_wrap=True)


def _print_thoughts(answered: Answered, console: Console) -> None:
    from reasoning_baselines.tables import steps

    console.print(steps(answered.thoughts))
