"""The command that holds families to their contract."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reasoning_baselines.cli.meter import Meter
from reasoning_baselines.cli.screen import command_line, err, mistakes, out

if TYPE_CHECKING:
    from reasoning_gym.audit import Audit
    from reasoning_gym.family import Family

PAGE, FILE = "audit.md", "audit.json"


def audit(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Environments or families; by default all.")
    ] = None,
    problems: Annotated[int, typer.Option(min=10, metavar="N", help="Problems of each level.")] = 1_000,
    draws: Annotated[int, typer.Option(min=1, metavar="N", help="Draws of training questions of each level.")] = 10_000,
    jobs: Annotated[int, typer.Option(min=1, metavar="N", help="Processes.")] = 1,
    folder: Annotated[Path | None, typer.Option("--out", metavar="DIR", help=f"Write {PAGE} and {FILE} there.")] = None,
) -> None:
    """Hold families to their contract: what is paid, what isn't, how fast, and what repeats.

    The exit status is 1 if anything falls short.
    """
    from reasoning_baselines.auditing import audit_file, audit_page, audit_table, explain, summaries
    from reasoning_gym.audit import audit as run
    from reasoning_gym.audit import changing

    with mistakes():
        chosen = _chosen(names or [])
    levels = sum(family.levels for family in chosen)
    done: list[Audit] = []
    with Meter("levels") as meter:

        def tell(one: Audit) -> None:
            done.append(one)
            meter.show("levels", len(done), levels, f"{one.family} {one.level}")

        audits = run(chosen, problems=problems, draws=draws, jobs=jobs, told=tell)
        other = changing([family.name for family in chosen])
    console = out()
    console.print(audit_table(audits))
    console.print(explain(), style="dim")
    found = summaries(audits)
    faults = [f"{each.family}, {fault}" for each in found for fault in (*each.faults, *each.slow)]
    faults += [f"{name}: other problems in another process" for name in other]
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        sizes = {"problems": problems, "draws": draws}
        (folder / PAGE).write_text(audit_page(audits, command_line(), **sizes))
        (folder / FILE).write_text(audit_file(audits, command_line(), **sizes))
    for fault in faults:
        err().print(fault, style="bold red", markup=False, soft_wrap=True)
    if faults:
        raise typer.Exit(1)


def _chosen(names: list[str]) -> list[Family]:
    """The families that environments or families of these names hold, each once.

    Raises:
        ValueError: for an unknown name, or a family that can't be audited.
    """
    from reasoning_baselines.environments import find_environment, listed_environments
    from reasoning_gym.audit import audited_families

    held = [family for name in names for family in listed_environments()[find_environment(name)].families]
    return audited_families(list(dict.fromkeys(held)))
