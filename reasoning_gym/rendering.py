"""Shows an episode to people: as a plain text, or printed in the terminal as it goes on."""

from __future__ import annotations

import re

from reasoning_gym.problem import State, Status, Verdict

# Control characters, marks that reverse the direction of writing, and lone surrogates: a model's text
# could clear the screen, spoof a line, or fail to encode.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_STYLES = {Status.CORRECT: "bold green", Status.INCORRECT: "bold red"}
_WIDTH = 80  # columns at most


def printable(text: str) -> str:
    r"""The text with everything that a terminal might obey, or fail on, written as an escape.

    >>> printable("a\x1b[2Jb")
    'a\\x1b[2Jb'
    """
    return _UNPRINTABLE.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def as_text(state: State, verdict: Verdict | None) -> str:
    """The question, the thoughts numbered, and the verdict if there is one."""
    lines = [state.question.text, "", *(f"{number}. {thought}" for number, thought in enumerate(state.thoughts, 1))]
    if verdict is not None:
        lines += ["", describe(verdict)]
    return printable("\n".join(lines)) + "\n"


def describe(verdict: Verdict) -> str:
    """The verdict in one line."""
    return f"{verdict.status}: {verdict.reason}" if verdict.reason else str(verdict.status)


class Screen:
    """Prints an episode with rich. Each call shows what is new since the last one."""

    def __init__(self) -> None:
        self._shown = 0  # thoughts
        self._begun = self._ended = False

    def show(self, state: State, verdict: Verdict | None) -> None:
        """Print the question at first, then the thoughts that came since, then the verdict."""
        from rich.console import Console
        from rich.panel import Panel
        from rich.table import Table
        from rich.text import Text

        console = Console(highlight=False)
        console.width = min(console.width, _WIDTH)
        question = state.question
        if not self._begun:
            body = Text(printable(question.statement)).append(f"\n{printable(question.answer_format)}", style="dim")
            console.print(Panel(body, title=f"{question.family}, level {question.level}", title_align="left"))
        thoughts = Table.grid(padding=(0, 1))
        thoughts.add_column(justify="right", width=4, style="dim")
        thoughts.add_column()
        for number, thought in list(enumerate(state.thoughts, 1))[self._shown :]:
            thoughts.add_row(str(number), Text(printable(thought)))
        if thoughts.row_count:
            console.print(thoughts)
        if verdict is not None and not self._ended:
            text = Text(printable(describe(verdict)), style=_STYLES.get(verdict.status, "bold yellow"))
            console.print(text)
        self._begun, self._ended, self._shown = True, verdict is not None, len(state.thoughts)
