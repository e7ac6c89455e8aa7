"""The commands that play challenges on a leaderboard's server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reasoning_baselines.cli.boards import (
    Budget,
    CardName,
    Code,
    Note,
    Server,
    TokenFile,
    Tools,
    connection_to,
)
from reasoning_baselines.cli.evaluating import Device, Dtype, ModelName, ThoughtTokens, Threads
from reasoning_baselines.cli.screen import err, fail, mistakes, option_values, out, stoppable

if TYPE_CHECKING:
    from reasoning_baselines.challenging import Player
    from reasoning_leaderboard.challenge.client import Progress, Result
    from reasoning_leaderboard.challenge.connection import Connection

LONGEST_JUDGING = 60  # seconds that one waits for a server to judge what was played
BATCH = 64  # episodes in flight


def run(
    server: Server,
    agent: Annotated[str, typer.Option("--agent", metavar="NAME", help="As `reasoning-gym agents` lists them.")],
    round_name: Annotated[
        str | None, typer.Option("--round", metavar="NAME", help="An open round; left out, the only one.")
    ] = None,
    model: ModelName = None,
    option: Annotated[
        list[str] | None, typer.Option("--option", "-o", metavar="KEY=VALUE", help="Of the agent; may be repeated.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Of the agent.")] = 0,
    folder: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Of the session; the same goes on with it.")
    ] = None,
    batch: Annotated[int, typer.Option(min=1, metavar="N", help="Episodes in flight.")] = BATCH,
    token_file: TokenFile = None,
    device: Device = "cpu",
    dtype: Dtype = "float32",
    threads: Threads = 1,
    max_thought_tokens: ThoughtTokens = 256,
    card_name: CardName = None,
    code: Code = None,
    tool: Tools = None,
    budget: Budget = None,
    note: Note = "",
) -> None:
    """Play a challenge with an agent: secret problems, shown one observation at a time.

    The session goes on where it stopped when the same command is given again, and counts as an attempt from the
    moment it is opened.
    """
    with mistakes(), stoppable(), connection_to(server, token_file) as connection:
        from reasoning_baselines.connecting import chosen_round

        name = chosen_round(connection, round_name).manifest.round
        with err().status("loading the agent"):
            from reasoning_baselines.challenging import player
            from reasoning_baselines.submitting import Said

            said = Said(card_name, None, None, None, code, tuple(tool or ()), budget, note)
            ready = player(
                agent,
                option_values(option or []),
                model=model,
                seed=seed,
                device=device,
                dtype=dtype,
                threads=threads,
                max_thought_tokens=max_thought_tokens,
                said=said,
            )
        target = folder or Path("runs") / f"{name}-{agent}-{ready.card.digest()[:8]}"
        result = _play(ready, connection, name, target, batch)
        _tell(connection, result, target)


def reproduce(
    name: Annotated[str, typer.Argument(metavar="RECIPE", help="As `reasoning-gym results` lists them, or a file.")],
    server: Annotated[str, typer.Option("--server", metavar="unix:PATH", help="The socket of a leaderboard here.")],
    round_name: Annotated[
        str | None, typer.Option("--round", metavar="NAME", help="With common problems; left out, the only one open.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Of the training and of the agent.")] = 0,
    folder: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Of the run; the same goes on with it.")
    ] = None,
    token_file: TokenFile = None,
) -> None:
    """Run a recipe from its start, with the network closed, and play hidden problems with what came of it.

    For those who keep a board, who need a keeper's token. Only results on the same hidden problems are compared problem
    by problem.
    """
    with mistakes():
        from reasoning_baselines.closed_network import SOCKET, close_network

        if not server.startswith(SOCKET):
            fail(f"server is {server!r}; with the network closed only {SOCKET}PATH can be reached: serve --socket PATH")
        close_network()  # before anything else is loaded, and before there are threads
        with err().status("loading"):
            from reasoning_baselines.challenging import recipe_player
            from reasoning_baselines.cli.meter import Meter
            from reasoning_baselines.environments import find_environment
            from reasoning_baselines.recipe_files import load_recipe

            recipe = load_recipe(name)
        with connection_to(server, token_file) as connection, stoppable():
            from reasoning_baselines.connecting import chosen_round

            played = chosen_round(connection, round_name).manifest
            chosen, asked = played.round, played.track.env
            if recipe.evaluations and find_environment(recipe.evaluations[0].env) != asked:
                fail(f"the round {chosen} is on {asked}, the recipe on {recipe.evaluations[0].env}; open another round")
            target = folder or Path("runs") / "reproduced" / f"{recipe.name}-{seed}"
            with Meter(recipe.name) as meter:
                ready = recipe_player(
                    recipe, seed, target, watch=lambda step: meter.show(recipe.name, step.done, step.total)
                )
            result = _play(ready, connection, chosen, target / f"session-{chosen}", BATCH)
            _tell(connection, result, target)


def _play(ready: Player, connection: Connection, name: str, folder: Path, batch: int) -> Result:
    from reasoning_baselines.challenging import play
    from reasoning_baselines.cli.meter import Meter
    from reasoning_leaderboard.challenge.connection import ServerCheats, ServerGone

    with Meter(name) as meter:

        def show(progress: Progress) -> None:
            facts = f"{progress.steps:,} thoughts, {progress.cost.tokens:,} tokens"
            meter.show(name, progress.over, progress.episodes, facts)

        try:
            return play(ready, connection, name, folder, batch=batch, watch=show)
        except (ServerGone, ServerCheats) as error:
            fail(f"{error}. What the server signed is in {folder}")


def _tell(connection: Connection, result: Result, folder: Path) -> None:
    console = out()
    console.print(f"session {result.session}: {result.episodes} episodes, closed", soft_wrap=True)
    console.print(f"its head, signed by the server: {result.head}", soft_wrap=True)
    judged = _judged(connection, result)
    if judged.correct is None:
        console.print("the server hasn't judged it yet; the same command tells the score later")
    else:
        console.print(
            f"[bold]{judged.correct} of {judged.episodes} right[/]; verdicts are told when the round is revealed"
        )
    console.print(f"what the server signed is in {folder}", style="dim")


def _judged(connection: Connection, result: Result) -> Result:
    """The result with its score, if the server comes to it soon."""
    import time

    from reasoning_leaderboard.challenge.client import result_of

    with err().status("waiting for the score"):
        for _ in range(LONGEST_JUDGING):
            if result.correct is not None:
                break
            time.sleep(1)
            result = result_of(connection, result.session)
    return result
