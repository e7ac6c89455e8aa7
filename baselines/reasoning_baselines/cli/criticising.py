"""The command that measures trained critics on recorded solutions that they haven't learned from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reasoning_baselines.cli.screen import err, mistakes, out


def critic(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The model folder of a run of critic-gsm8k.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Recorded solutions, JSONL like those it learned from.")],
) -> None:
    """Measure trained critics on other recorded solutions: whose they are, and whether they are right.

    Questions that a critic has learned from are left out. It takes as long as the critics took to learn.
    """
    from reasoning_baselines.result_pages import number
    from reasoning_baselines.tables import plain_table

    with mistakes():
        from reasoning_agents.critic_training import NAMES, measure, read_solutions

        solutions = read_solutions(file)
        table = plain_table("critic", ">AUC", ">95 %", ">calibration error", ">solutions", ">questions")
        left_out = 0
        for name in NAMES:
            with err().status(f"{name}: learning again what was kept"):
                found, known = measure(folder, solutions, name)
            left_out = max(left_out, known)
            table.add_row(
                name,
                number(found.auc),
                f"{number(found.low)} to {number(found.high)}",
                number(found.calibration_error),
                f"{found.n:,}",
                f"{found.questions:,}",
            )
    console = out()
    console.print(table)
    console.print(
        "human: a person's against a model's; human_right: among right ones; correct: whether a model's is right.\n"
        f"{left_out:,} questions were left out, since a critic has learned from them.",
        style="dim",
    )
