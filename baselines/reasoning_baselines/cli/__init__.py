"""The command `reasoning-gym`. Each command parses, calls one function, prints, and returns an exit status.

Exit status: 0 if all is well, 1 if the answer is no (a wrong answer, a verdict that doesn't hold),
2 for a mistake in what was asked. Modules that are slow to import are imported inside the commands.
"""

from __future__ import annotations

from typing import Annotated

import typer

from reasoning_baselines.cli import (
    asking,
    auditing,
    checking,
    criticising,
    entering,
    evaluating,
    exporting,
    hosting,
    playing,
    problems,
    replaying,
    results,
    rounds,
    sweeping,
    training,
    verifying,
    viewing,
)
from reasoning_baselines.cli.screen import PlainGroup

__all__ = ["app"]

app = typer.Typer(
    name="reasoning-gym",
    help="Environments in which an action is one step of thought, and agents that reason in them.",
    cls=PlainGroup,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"reasoning-gym {version('reasoning-gymnasium')}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Environments in which an action is one step of thought, and agents that reason in them."""
    del version


LOOK, RUN, MAKE = "Look at problems", "Evaluate agents", "Recipes"
app.command(rich_help_panel=LOOK)(problems.families)
app.command(rich_help_panel=LOOK)(problems.sample)
app.command(rich_help_panel=LOOK)(problems.play)
# An answer may begin with a minus sign.
app.command(rich_help_panel=LOOK, context_settings={"ignore_unknown_options": True})(checking.check)
app.command(rich_help_panel=LOOK)(auditing.audit)
# A question may begin with a minus sign.
app.command(rich_help_panel=RUN, context_settings={"ignore_unknown_options": True})(asking.ask)
app.command(rich_help_panel=RUN)(evaluating.agents)
app.command(rich_help_panel=RUN)(evaluating.evaluate)
app.command(rich_help_panel=RUN)(evaluating.tree)
app.command(rich_help_panel=RUN)(sweeping.sweep)
app.command(rich_help_panel=RUN)(evaluating.demo)
app.command(rich_help_panel=RUN)(replaying.replay)
app.command(rich_help_panel=RUN)(viewing.view)
app.command(rich_help_panel=RUN)(criticising.critic)
app.command(rich_help_panel=MAKE)(training.train)
app.command(rich_help_panel=MAKE)(training.reproduce)
app.command(rich_help_panel=MAKE)(results.results)
app.command(rich_help_panel=MAKE)(results.curves)

BOARD, KEEP = "Enter results, and check them", "Keep a leaderboard"
board = typer.Typer(
    name="leaderboard",
    help="Results that nobody has to trust: submit, verify, play challenges, keep a board.",
    cls=PlainGroup,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(rich_help_panel=RUN)(entering.submit)
board.command(rich_help_panel=BOARD)(verifying.verify)
board.command(rich_help_panel=BOARD)(entering.send)
board.command(rich_help_panel=BOARD)(playing.run)
board.command(rich_help_panel=KEEP)(hosting.serve)
board.command(rich_help_panel=KEEP)(hosting.account)
board.command(rich_help_panel=KEEP)(hosting.token)
board.command(rich_help_panel=KEEP)(hosting.tokens)
board.command(rich_help_panel=KEEP)(hosting.revoke)
board.command("open", rich_help_panel=KEEP)(rounds.open_round)
board.command(rich_help_panel=KEEP)(rounds.reveal)
board.command(rich_help_panel=KEEP)(hosting.rescore)
board.command(rich_help_panel=KEEP)(playing.reproduce)
board.command(rich_help_panel=KEEP)(exporting.export)
app.add_typer(board, rich_help_panel=RUN)
