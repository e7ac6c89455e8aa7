"""The commands of those who keep a leaderboard that open its rounds and reveal them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reasoning_baselines.cli.screen import fail, mistakes, out, whole_numbers
from reasoning_baselines.cli.stores import SettingsFile, StoreUrl, settings_of, store_at

if TYPE_CHECKING:
    from reasoning_leaderboard.server.settings import Settings
    from reasoning_leaderboard.store import Store


def open_round(
    name: Annotated[str, typer.Argument(metavar="ROUND", help="Its name: letters, digits, dots, dashes.")],
    env: Annotated[str, typer.Option("--env", metavar="ID", help="Of an environment, or a family's name.")],
    episodes: Annotated[int, typer.Option(min=1, metavar="N", help="Problems of a session.")] = 500,
    levels: Annotated[str | None, typer.Option(metavar="LIST", help="To draw from, such as 1,2 or 1-4.")] = None,
    max_thoughts: Annotated[int | None, typer.Option(metavar="N", help="Thoughts in an episode.")] = None,
    days: Annotated[int, typer.Option(min=1, metavar="N", help="How long sessions may be opened and played.")] = 30,
    common: Annotated[
        bool, typer.Option("--common", help="The same problems for all sessions; then only keepers may play.")
    ] = False,
    settings: SettingsFile = None,
    store: StoreUrl = None,
) -> None:
    """Draw a round's secret key, publish the commitment to it, and let sessions be opened."""
    with mistakes(), store_at(settings, store, make=True) as opened:
        from reasoning_baselines.environments import find_environment
        from reasoning_baselines.evaluation import make_environment
        from reasoning_leaderboard.challenge.chain import load_signing_key
        from reasoning_leaderboard.challenge.rounds import manifest_of, new_key
        from reasoning_leaderboard.clock import utc_now
        from reasoning_leaderboard.store.rounds import open_round as keep_round

        asked = {"levels": None if levels is None else whole_numbers(levels, "levels"), "max_thoughts": max_thoughts}
        kwargs = {key: value for key, value in asked.items() if value is not None}
        environment = make_environment(find_environment(env), **kwargs)
        manifest = manifest_of(name, environment, episodes, common=common)
        key_file = Path(settings_of(settings, store).signing_key)
        signing = load_signing_key(key_file)
        made = keep_round(opened, manifest, new_key(), signing, now=utc_now(), lasts=timedelta(days=days))
    until = f"{made.closes:%Y-%m-%d %H:%M} UTC"
    out().print(f"round {name}, {episodes} problems of {manifest.track.env}, until {until}", soft_wrap=True)
    out().print(f"commitment {made.commitment}", soft_wrap=True)
    out().print(f"signed by the key in {key_file.resolve()}; serve it with the same", soft_wrap=True, markup=False)


def reveal(
    name: Annotated[str, typer.Argument(metavar="ROUND", help="Its name.")],
    target: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="For its archive.")] = None,
    early: Annotated[
        bool, typer.Option("--early", help="Before the round's end, which cuts off its sessions.")
    ] = False,
    settings: SettingsFile = None,
    store: StoreUrl = None,
) -> None:
    """Close a round, score its sessions, and publish its key and all transcripts, for anyone to audit.

    A round that is still open is left so, unless --early is given.
    """
    with mistakes(), store_at(settings, store) as opened:
        from reasoning_leaderboard.store.rounds import archive_pieces

        _hold_to_end(opened, name, early)
        _publish(opened, name, settings_of(settings, store))
        file = target or Path(f"{name}.tar.zst")
        with file.open("wb") as written:
            written.writelines(archive_pieces(opened, name))
    out().print(f"{file} holds the round; `reasoning-gym leaderboard verify {file}` audits it", soft_wrap=True)


def _publish(store: Store, name: str, settings: Settings) -> None:
    """Score a round's sessions and publish all of it; leaves, saying what to do, if a session can't be judged."""
    from functools import partial

    from reasoning_baselines.cli.meter import Meter
    from reasoning_leaderboard.bounded import NotDone
    from reasoning_leaderboard.challenge.chain import load_signing_key
    from reasoning_leaderboard.clock import utc_now
    from reasoning_leaderboard.store.revealing import reveal as publish
    from reasoning_leaderboard.verifying import judged

    signing = load_signing_key(Path(settings.signing_key))
    judge = partial(judged, settings.store, bounds=settings.bounds)
    with Meter(name) as meter:
        try:
            publish(
                store,
                name,
                signing,
                judge,
                now=utc_now(),
                watch=lambda done, total: meter.show(name, done, total, "sessions"),
            )
        except NotDone as error:
            advice = "raise verify_seconds or verify_memory, or take the software that the round was opened with"
            fail(f"{error}. Nothing is revealed; {advice}, and reveal it again")


def _hold_to_end(store: Store, name: str, early: bool) -> None:
    """Leave, saying why, unless there is the round, and it is over or may be ended early."""
    from reasoning_gym.family import nearest
    from reasoning_leaderboard.clock import utc_now
    from reasoning_leaderboard.store.rounds import NoSuch, look_up_round, rounds, sessions_under_way

    try:
        found = look_up_round(store, name)
    except NoSuch as error:
        there = [each.manifest.round for each in rounds(store)]
        advice = nearest(name, there) if there else "there is none yet: `leaderboard open` opens one"
        fail(f"{error.args[0]}; {advice}")
    if found.state(utc_now()) != "open" or early:
        return
    count = sessions_under_way(store, name, now=utc_now())
    told = {0: "no session is under way", 1: "1 session is under way, and would be cut off"}
    sessions = told.get(count, f"{count:,} sessions are under way, and would be cut off")
    until = f"{found.closes:%Y-%m-%d %H:%M} UTC"
    fail(f"the round {name} is open until {until}; {sessions}. Reveal it after that, or now with --early")
