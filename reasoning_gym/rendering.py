r"""Shows an episode to people and programs: as a text, or printed in the terminal as it goes on.

Thoughts are kept apart from what a user is shown. A transcript is written in one of three ways:

- shown: every thought, numbered;
- folded: every thought but the stated answer between `[thought]` and `[/thought]`; `unfolded` reads it back;
- hidden: the answer alone, and how many thoughts were left out.

In a folded transcript whatever a thought could break out with, or a terminal obey, is written as `\u{…}`, the
character's number in hexadecimal: a marker's bracket, control characters, and the backslash of what looks like such an
escape. So a marker is always the transcript's own.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from reasoning_gym.checker.extract import stated_answer
from reasoning_gym.planning import NO_ANSWER
from reasoning_gym.problem import State, Status, Verdict

if TYPE_CHECKING:
    from rich.console import Console

Shown: TypeAlias = Literal["shown", "folded", "hidden"]  # what a user sees of the thoughts
SHOWN: tuple[Shown, ...] = ("shown", "folded", "hidden")

# Control characters, marks that reverse the direction of writing, and lone surrogates: a model's text
# could clear the screen, spoof a line, or fail to encode.
_UNPRINTABLE_CHARACTERS = "\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff"
_UNPRINTABLE = re.compile(f"[{_UNPRINTABLE_CHARACTERS}]")
_ESCAPED = rf"[{_UNPRINTABLE_CHARACTERS}]|\[(?=/?thought\])|\\(?=u\{{)"
_IN_THOUGHT = re.compile(_ESCAPED, re.IGNORECASE)
_IN_QUESTION = re.compile(rf"{_ESCAPED}|\n(?=\n|\Z)", re.IGNORECASE)  # the first empty line ends the question
_IN_LINE = re.compile(rf"{_ESCAPED}|\n", re.IGNORECASE)
_ESCAPE = re.compile(r"\\u\{([0-9a-f]{1,6})\}")
_THOUGHT = re.compile(r"\[thought\]((?:(?!\[/?thought\]).)*)\[/thought\]\n", re.DOTALL)
_END = re.compile(r"(?:Answer: (?P<answer>[^\n]*)\n)?(?:\n(?P<verdict>[^\n]+)\n)?")
_STYLES = {Status.CORRECT: "bold green", Status.INCORRECT: "bold red"}
_WIDTH = 80  # columns at most


class Transcript(NamedTuple):
    """What is told of an episode."""

    question: str  # its text
    thoughts: tuple[str, ...]
    answer: str | None = None  # that the last thought stated; None where none was, or it was cut
    verdict: str | None = None  # in one line; None before the end


def transcript_of(state: State, verdict: Verdict | None) -> Transcript:
    """The transcript of an episode in a state, with the verdict if it is over."""
    stated = stated_answer(state.thoughts[-1]) if state.thoughts and verdict != NO_ANSWER else None
    return Transcript(state.question.text, state.thoughts, stated, None if verdict is None else describe(verdict))


def as_text(transcript: Transcript, shown: Shown = "shown") -> str:
    """The question, the thoughts as `shown` says, and the verdict if there is one."""
    if shown == "folded":
        return _folded(transcript)
    thoughts = list(_numbered(transcript) if shown == "shown" else _counted(transcript))
    lines = [transcript.question, "", *thoughts]
    if transcript.verdict is not None:
        lines += ["", transcript.verdict]
    return printable("\n".join(lines)) + "\n"


def unfolded(text: str) -> Transcript:
    r"""The transcript that a folded text was written from.

    >>> transcript = Transcript("1+1?", ("1+1=2", "Answer: 2"), "2", "correct")
    >>> as_text(transcript, "folded")
    '1+1?\n\n[thought]1+1=2[/thought]\nAnswer: 2\n\ncorrect\n'
    >>> unfolded(as_text(transcript, "folded")) == transcript
    True

    Raises:
        ValueError: if the text isn't a folded transcript.
    """
    question, gap, rest = text.partition("\n\n")
    thoughts: list[str] = []
    position = 0
    while (match := _THOUGHT.match(rest, position)) is not None:
        thoughts.append(_read(match[1]))
        position = match.end()
    end = _END.fullmatch(rest, position)
    if not gap or end is None:
        raise ValueError(
            f"no folded transcript: {rest[position : position + 60]!r} is no [thought]…[/thought], answer or verdict"
        )
    answer, verdict = (None if part is None else _read(part) for part in end.group("answer", "verdict"))
    if answer is not None and not (thoughts and stated_answer(thoughts[-1]) is not None):
        thoughts.append(_stating(answer))
    return Transcript(_read(question), tuple(thoughts), answer, verdict)


def left_out(transcript: Transcript) -> tuple[str, ...]:
    """The thoughts that a user isn't shown: all but a last one that only states the answer.

    Of thoughts that go on after an answer, as no episode's do, all are left out.
    """
    *earlier, last = transcript.thoughts or ("",)
    if transcript.answer is None or last != _stating(transcript.answer):
        return transcript.thoughts
    return transcript.thoughts if earlier and stated_answer(earlier[-1]) is not None else tuple(earlier)


def printable(text: str) -> str:
    r"""The text with everything that a terminal might obey, or fail on, written as an escape.

    >>> printable("a\x1b[2Jb")
    'a\\x1b[2Jb'
    """
    return _UNPRINTABLE.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def describe(verdict: Verdict) -> str:
    """The verdict in one line."""
    return f"{verdict.status}: {verdict.reason}" if verdict.reason else str(verdict.status)


def counted(thoughts: int) -> str:
    """A number of thoughts in words.

    >>> counted(1), counted(4)
    ('1 thought', '4 thoughts')
    """
    return f"{thoughts} thought{'' if thoughts == 1 else 's'}"


class Screen:
    """Prints an episode with rich. Each call shows what is new since the last one."""

    def __init__(self, shown: Shown = "shown") -> None:
        self._how: Shown = shown
        self._shown = 0  # thoughts
        self._begun = self._ended = False

    def show(self, state: State, verdict: Verdict | None) -> None:
        """Print the question at first, then the thoughts that came since, then the verdict."""
        from rich.console import Console
        from rich.panel import Panel
        from rich.text import Text

        console = Console(highlight=False)
        console.width = min(console.width, _WIDTH)
        question = state.question
        if not self._begun:
            body = Text(printable(question.statement)).append(f"\n{printable(question.answer_format)}", style="dim")
            console.print(Panel(body, title=f"{question.family}, level {question.level}", title_align="left"))
        over = verdict is not None and not self._ended
        if self._how == "shown":
            self._show_numbered(state, console)
        else:
            self._show_apart(transcript_of(state, verdict), console, over=over)
        if verdict is not None and over:
            text = Text(printable(describe(verdict)), style=_STYLES.get(verdict.status, "bold yellow"))
            console.print(text)
        self._begun, self._ended, self._shown = True, verdict is not None, len(state.thoughts)

    def _show_numbered(self, state: State, console: Console) -> None:
        """Print the new thoughts."""
        from rich.table import Table
        from rich.text import Text

        thoughts = Table.grid(padding=(0, 1))
        thoughts.add_column(justify="right", width=4, style="dim")
        thoughts.add_column()
        for number, thought in list(enumerate(state.thoughts, 1))[self._shown :]:
            thoughts.add_row(str(number), Text(printable(thought)))
        if thoughts.row_count:
            console.print(thoughts)

    def _show_apart(self, transcript: Transcript, console: Console, *, over: bool) -> None:
        """Print the new thoughts between marks, or at the end how many there were; and then the answer."""
        from rich.text import Text

        if self._how == "folded":
            for thought in left_out(transcript)[self._shown :]:
                console.print(Text(_marked(thought), style="dim"))
        elif over:
            console.print(Text(f"{counted(len(left_out(transcript)))} hidden", style="dim"))
        if over and transcript.answer is not None:
            console.print(Text(printable(_stating(transcript.answer))))


def _numbered(transcript: Transcript) -> Iterator[str]:
    return (f"{number}. {thought}" for number, thought in enumerate(transcript.thoughts, 1))


def _counted(transcript: Transcript) -> Iterator[str]:
    yield f"{counted(len(left_out(transcript)))} hidden"
    if transcript.answer is not None:
        yield _stating(transcript.answer)


def _folded(transcript: Transcript) -> str:
    lines = [_written(transcript.question, _IN_QUESTION), "", *map(_marked, left_out(transcript))]
    if transcript.answer is not None:
        lines.append(_stating(_written(transcript.answer, _IN_LINE)))
    if transcript.verdict is not None:
        lines += ["", _written(transcript.verdict, _IN_LINE)]
    return "\n".join(lines) + "\n"


def _marked(thought: str) -> str:
    return f"[thought]{_written(thought, _IN_THOUGHT)}[/thought]"


def _stating(answer: str) -> str:
    return f"Answer: {answer}"


def _written(text: str, escaped: re.Pattern[str]) -> str:
    return escaped.sub(lambda match: rf"\u{{{ord(match[0]):x}}}", text)


def _read(text: str) -> str:
    """The text that was written with escapes.

    Raises:
        ValueError: for an escape that stands for no character.
    """
    return _ESCAPE.sub(_character, text)


def _character(escape: re.Match[str]) -> str:
    code = int(escape[1], 16)
    if code > sys.maxunicode:
        raise ValueError(f"no folded transcript: {escape[0]} stands for no character")
    return chr(code)
