"""A person reasons about a problem in the terminal, or over a pipe."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from reasoning_baselines.tables import steps, verdict_text
from reasoning_gym.family import Family
from reasoning_gym.planning import NO_ANSWER, Limits, transition
from reasoning_gym.problem import Problem, State, Verdict
from reasoning_gym.rendering import Screen, printable

HELP = """One line is one thought. 'Answer: 42' answers and ends it.
:check        is the last thought true, and does it follow?
:check TEXT   the same of a thought that you haven't had yet
:undo         take the last thought back
:quit         give up and see how it goes (or end the input)"""


@dataclass(frozen=True)
class Table:
    """What is played: a problem, its family, and how much an episode may hold."""

    family: Family
    problem: Problem
    limits: Limits

    def check(self, state: State, thought: str) -> Verdict:
        """Whether a thought is true and follows, without the reference."""
        return self.family.check_thought(state.question, state.thoughts, thought)


def play_by_hand(table: Table, console: Console, *, check_all: bool = False) -> Verdict | None:
    """Let a person reason until the episode ends; the verdict, or None if they gave up."""
    state = State(table.problem.question)
    Screen().show(state, None)
    console.print("[dim]:help tells what you can do[/]")
    verdict = None
    while verdict is None:
        line = _ask(len(state.thoughts) + 1, console)
        if line is None or line == ":quit":
            break
        if line.startswith(":"):
            state = _obey(line, state, table, console)
        elif line:
            if check_all:
                console.print(_indented(table.check(state, line)))
            state, verdict = _think(line, state, table)
    _close(verdict, table, console)
    return verdict


def _ask(number: int, console: Console) -> str | None:
    """The next line that was typed, or None at the end of the input."""
    prompt = f"{number:>4} "
    try:
        if sys.stdin.isatty():
            return input(prompt).strip()
        line = sys.stdin.readline()
    except (EOFError, KeyboardInterrupt):
        console.print()
        return None
    if line:
        # What a pipe sends isn't on the screen yet.
        console.print(Text(prompt + printable(line.strip())))
    return line.strip() if line else None


def _obey(line: str, state: State, table: Table, console: Console) -> State:
    """Do what a line with a colon says; the state after it."""
    command, _, text = line.partition(" ")
    if command == ":undo":
        return State(state.question, state.thoughts[:-1])
    if command == ":check" and (text.strip() or state.thoughts):
        before = state if text.strip() else State(state.question, state.thoughts[:-1])
        console.print(_indented(table.check(before, text.strip() or state.thoughts[-1])))
    elif command == ":check":
        console.print("     there is no thought yet", style="dim")
    else:
        if command != ":help":
            console.print(Text(f"     there is no {printable(command)}", style="yellow"))
        console.print(HELP, style="dim", markup=False)
    return state


def _think(line: str, state: State, table: Table) -> tuple[State, Verdict | None]:
    """The state after a thought, and the verdict if it ended the episode."""
    move = transition(state, line, table.limits)
    if move.answer is not None:
        return move.state, table.family.verify(table.problem, move.answer)
    return move.state, NO_ANSWER if move.truncated_because is not None else None


def _close(verdict: Verdict | None, table: Table, console: Console) -> None:
    """Print the verdict; and how it goes, unless the person has just shown that."""
    if verdict is not None:
        console.print(verdict_text(verdict))
    if verdict is None or not verdict.correct:
        console.print("One way to do it:", style="dim")
        console.print(steps(table.family.reference_thoughts(table.problem)))


def _indented(verdict: Verdict) -> Text:
    return Text("     ").append_text(verdict_text(verdict))
