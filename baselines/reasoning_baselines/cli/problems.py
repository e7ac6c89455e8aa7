"""The commands that show problems: the families, samples of them, and one to reason about oneself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from reasoning_baselines.cli.screen import mistakes, out, way_of_showing

if TYPE_CHECKING:
    from reasoning_gym.env import ReasoningEnv

EnvironmentName = Annotated[
    str, typer.Argument(metavar="ID", help="Of an environment, such as ReasoningMath-v0, or a family's name.")
]
Level = Annotated[int | None, typer.Option(metavar="N", help="Difficulty, from 1; by default 1 to 3.")]
Split = Annotated[str, typer.Option(metavar="NAME", help="train or test.")]
DataPath = Annotated[str | None, typer.Option(metavar="FILE", help="Data, for families that read problems.")]


def families(
    category: Annotated[str | None, typer.Argument(metavar="[CATEGORY]", help="Only these, such as games.")] = None,
) -> None:
    """List the environments: categories, families, levels, and how an answer is verified."""
    from reasoning_baselines.tables import families_table
    from reasoning_gym.family import families as known
    from reasoning_gym.family import nearest

    found = known().values()
    if category is not None:
        wanted = category.strip().lower().replace(" ", "_").replace("-", "_")
        categories = sorted({family.category for family in found})
        with mistakes():
            if wanted not in categories:
                raise ValueError(f"there is no category {category!r}; {nearest(wanted, categories)}")
        out().print(families_table([family for family in found if family.category == wanted], mixes=False))
        return
    out().print(families_table(found))


def sample(
    name: EnvironmentName,
    n: Annotated[int, typer.Option("--n", "-n", min=1, metavar="N", help="How many problems.")] = 1,
    index: Annotated[int, typer.Option(min=0, metavar="N", help="Index of the first problem.")] = 0,
    level: Level = None,
    split: Split = "train",
    path: DataPath = None,
    thoughts: Annotated[str, typer.Option(metavar="HOW", help="shown; folded or hidden, as a transcript.")] = "shown",
) -> None:
    """Show problems with their reference thoughts and answers."""
    from reasoning_baselines.tables import worked_problem
    from reasoning_gym.problem import State
    from reasoning_gym.rendering import as_text, transcript_of

    with mistakes():
        shown = way_of_showing(thoughts)
        environment = _environment(name, level, split, path)
        problems = [environment.mix.problem(each) for each in range(index, index + n)]
    console = out()
    for number, (family, problem) in enumerate(problems):
        if number:
            console.print()
        worked = family.reference_thoughts(problem)
        if shown == "shown":
            console.print(worked_problem(problem, worked))
        else:
            typer.echo(as_text(transcript_of(State(problem.question, worked), None), shown), nl=False)


def play(
    name: EnvironmentName,
    index: Annotated[int | None, typer.Option(min=0, metavar="N", help="Which problem; by default any.")] = None,
    level: Level = None,
    split: Split = "train",
    check: Annotated[bool, typer.Option("--check", help="Check every thought as it comes.")] = False,
    path: DataPath = None,
) -> None:
    """Reason in the terminal: one line is one thought, and an answer ends it.

    Lines that begin with a colon are commands: :check, :undo, :help, :quit.
    """
    import secrets
    import shlex

    from reasoning_baselines.playing import Table, play_by_hand

    with mistakes():
        environment = _environment(name, level, split, path)
        chosen = secrets.randbelow(environment.mix.size) if index is None else index
        family, problem = environment.mix.problem(chosen)
    asked = {"index": chosen, "level": level, "split": split if split != "train" else None, "path": path}
    repeat = " ".join(f"--{key} {shlex.quote(str(value))}" for key, value in asked.items() if value is not None)
    play_by_hand(Table(family, problem, environment.limits), out(), check_all=check)
    out().print(f"[dim]The same problem again: reasoning-gym play {name} {repeat}[/]", soft_wrap=True)


def _environment(name: str, level: int | None, split: str, path: str | None) -> ReasoningEnv:
    from reasoning_baselines.environments import find_environment
    from reasoning_baselines.evaluation import make_environment

    kwargs: dict[str, object] = {"split": split}
    if level is not None:
        kwargs["level"] = level
    if path is not None:
        kwargs["path"] = path
    return make_environment(find_environment(name), **kwargs)
