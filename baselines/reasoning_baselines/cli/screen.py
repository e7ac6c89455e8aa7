"""What all commands share: where they print, how they say what is wrong, and how they read names."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from typer.core import TyperGroup

if TYPE_CHECKING:
    from reasoning_gym.rendering import Shown

EXTRAS = {  # the extra that brings a package
    "torch": "agents",
    "transformers": "agents",
    "safetensors": "agents",
    "tokenizers": "agents",
    "stable_baselines3": "agents",
    **dict.fromkeys(("alembic", "cryptography", "fastapi", "httpx", "jinja2", "markupsafe"), "leaderboard"),
    **dict.fromkeys(("pydantic", "sqlalchemy", "starlette", "tomli_w", "uvicorn", "zstandard"), "leaderboard"),
    "psycopg": "postgresql",
    "matplotlib": "plots",
    "sklearn": "critic",
    "pettingzoo": "selfplay",
}

UNUSABLE: dict[type[OSError], str] = {  # what an operating system says of a file, and what to do
    FileNotFoundError: "there is no {!r}; check the path",
    IsADirectoryError: "{!r} is a folder, where a file is wanted; name the file",
    NotADirectoryError: "{!r} can't be, since a part of this path is a file and no folder; check the path",
    FileExistsError: "{!r} is there already, and is no folder; name another",
    PermissionError: "{!r} may not be read or written by you; change its permissions, or name another",
}


class PlainGroup(TyperGroup):
    """A group of commands that says what is wrong with the command line in one plain line."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command and leave the process with its exit status."""
        try:
            status = super().main(args, prog_name, complete_var, False, windows_expand_args, **extra)
        except typer.TyperException as error:
            if type(error).__name__ == "NoArgsIsHelpError":
                typer.echo(error.format_message())
                status = 0
            else:
                complain(error.format_message())
                status = 2
        except typer.Abort:
            status = 130
        if not standalone_mode:
            return status
        sys.exit(status if isinstance(status, int) else 0)


def out() -> Console:
    """Where results go."""
    return Console(highlight=False)


def err() -> Console:
    """Where progress and complaints go."""
    return Console(stderr=True, highlight=False)


def complain(message: str) -> None:
    """Print what is wrong; the message may quote anyone."""
    err().print(f"[bold red]error:[/] {escape(plainly(message))}", soft_wrap=True)


def plainly(message: str) -> str:
    r"""A message that may quote anyone, with all that a terminal might obey spelled out; ends of lines are kept.

    >>> plainly("a\x1b[2J\nb")
    'a\\x1b[2J\nb'
    """
    from reasoning_gym.rendering import printable

    return "\n".join(map(printable, message.split("\n")))


def fail(message: str, status: int = 2) -> NoReturn:
    """Say what is wrong and leave."""
    complain(message)
    raise typer.Exit(status)


@contextmanager
def mistakes() -> Generator[None]:
    """Say in plain words what a user asked for in vain. Only for code that reads what was asked."""
    from gymnasium.error import Error

    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").split(".")[0]
        if package not in EXTRAS:
            raise
        extra = EXTRAS[package]
        fail(
            f"this needs {package}, which isn't installed: pip install 'reasoning-gymnasium[{extra}]', "
            f"or in a clone pip install '.[{extra}]'"
        )
    except (ValueError, OSError, Error) as error:
        fail(_told(error))


def _told(error: Exception) -> str:
    """What an error says, in one line also where pydantic says it in many."""
    if type(error).__module__.startswith("pydantic"):  # told apart by name, since pydantic may not be installed
        from pydantic import ValidationError

        from reasoning_leaderboard.entries import explained

        if isinstance(error, ValidationError):
            return explained(error)
    return unusable(error) if isinstance(error, OSError) and error.strerror else str(error)


def unusable(error: OSError) -> str:
    """What is wrong with a file or a folder, and what to do; the system's number of the error isn't told.

    >>> unusable(FileNotFoundError(2, "No such file or directory", "a/b"))
    "there is no 'a/b'; check the path"
    """
    if error.filename is None:
        return error.strerror or str(error)
    name = str(error.filename)
    advice = UNUSABLE.get(type(error))
    return advice.format(name) if advice else f"{name!r} can't be used: {error.strerror}"


def text_of(file: Path, what: str) -> str:
    """The text of a file that somebody named.

    Raises:
        ValueError: if it can't be read, isn't text or is empty; the message says what it was to be.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise ValueError(f"{what}: {unusable(error)}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{what}: {str(file)!r} isn't text; is it the right file?") from error
    if not text.strip():
        raise ValueError(f"{what}: {str(file)!r} is empty; is it the right file?")
    return text


@contextmanager
def stoppable(told: str = "stopped; the same command goes on from here") -> Generator[None]:
    """Let a person stop a long job with Ctrl-C; what is done is kept, as they are told."""
    try:
        yield
    except KeyboardInterrupt:
        err().print(told, style="yellow", soft_wrap=True)
        raise typer.Exit(130) from None


def command_line() -> str:
    """What was typed to start this process."""
    return shlex.join(["reasoning-gym", *sys.argv[1:]])


def verdict_style(status: str) -> str:
    """The colour of a verdict."""
    return {"correct": "bold green", "incorrect": "bold red"}.get(status, "bold yellow")


def whole_numbers(text: str, what: str) -> list[int]:
    """Read '3', '1,2,5' or '1-4'.

    Raises:
        ValueError: for anything else.
    """
    found: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        ends = (first, last if dash else first)
        if not all(end.strip().isdecimal() and len(end) < 9 for end in ends):
            raise ValueError(f"{what} is {text!r}; write it like 3, like 1,2,5 or like 1-4")
        found += range(int(ends[0]), int(ends[1]) + 1)
    if not found:
        raise ValueError(f"{what} is {text!r}, which holds nothing; write it like 1-4")
    return found


def way_of_showing(name: str) -> Shown:
    """What a user is to see of thoughts.

    Raises:
        ValueError: for any other name than folded, shown or hidden.
    """
    from reasoning_gym.family import nearest
    from reasoning_gym.rendering import SHOWN

    for known in SHOWN:
        if name == known:
            return known
    raise ValueError(f"thoughts is {name!r}; {nearest(name, SHOWN)}")


def option_values(pairs: Sequence[str]) -> dict[str, str]:
    """Read options such as 'samples=16'.

    Raises:
        ValueError: for anything else, and for an option given twice.
    """
    found: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        key = key.strip().replace("-", "_")
        if not equals or not key.isidentifier():
            raise ValueError(f"option {pair!r} can't be read; write it like samples=16")
        if key in found:
            raise ValueError(f"option {key} is given twice")
        found[key] = value.strip()
    return found
