"""What stands on a board, from wherever it is kept, and what is refused to stand on it."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from challenge_rounds import KEY, SIGNING, Round, manifest, parts_of, rebuilt, revealed
from sqlalchemy import Delete, Update, delete, update
from test_submission import changed, claim_solved, played

from reasoning_baselines.recorded_gsm8k import make_data, make_submissions
from reasoning_gym.family import get_family
from reasoning_gym.problem import Problem
from reasoning_leaderboard.accounts import Scope, issue_token, open_account
from reasoning_leaderboard.boards import (
    FRESH,
    DoesNotHold,
    LiveBoard,
    from_round,
    from_store,
    from_submissions,
    round_of,
    rounds_in,
    site_of,
)
from reasoning_leaderboard.bounded import Bounds
from reasoning_leaderboard.challenge.archive import SESSIONS
from reasoning_leaderboard.challenge.rounds import problem_of
from reasoning_leaderboard.entries import Tier
from reasoning_leaderboard.server.app import make_app
from reasoning_leaderboard.server.challenge import challenge_router
from reasoning_leaderboard.server.settings import Settings
from reasoning_leaderboard.store import Store, open_store
from reasoning_leaderboard.store.playing import ask, close_session, open_session
from reasoning_leaderboard.store.rounds import archive_pieces, log_of, look_up_round, open_round
from reasoning_leaderboard.store.scoring import judge_session, keep_score
from reasoning_leaderboard.store.submissions import receive
from reasoning_leaderboard.store.tables import PieceRow
from reasoning_leaderboard.submission import Rejected, read_submission, verified_entry, write_submission
from reasoning_leaderboard.tracks import NotComparable
from reasoning_leaderboard.verifying import verify_next

START = datetime(2026, 1, 2, tzinfo=UTC)
SUBMISSIONS = Path(__file__).parents[1] / "leaderboard" / "submissions"
ROUNDS = Path(__file__).parents[1] / "leaderboard" / "rounds"
RECORDED = Path(__file__).parents[2] / "shared" / "data" / "gsm8k"


def solve(episode: int, problem: Problem) -> list[str]:
    return list(get_family(problem.question.family).reference_thoughts(problem))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = open_store(f"sqlite:///{tmp_path}/board.sqlite")
    open_account(made, "ann", now=START)
    yield made
    made.close()


def test_a_folder_of_submissions_is_verified_and_its_attempts_are_counted(tmp_path: Path) -> None:
    write_submission(played(), tmp_path / "one")
    write_submission(played(), tmp_path / "two")
    shown = from_submissions(tmp_path)
    assert [each.entry.attempts for each in shown] == [2, 2]
    assert len(site_of(shown)["index.html"]) > 1_000
    transcripts = shown[0].transcripts()
    assert transcripts is not None
    assert transcripts.opened(0).verdict is not None


def test_a_submission_that_does_not_hold_stops_the_export_and_is_named(tmp_path: Path) -> None:
    write_submission(played(), tmp_path / "good")
    write_submission(changed(3, claim_solved), tmp_path / "cheat")
    with pytest.raises(Rejected, match=r"^cheat: episodes.jsonl.zst:3: "):
        from_submissions(tmp_path)


def test_what_is_not_comparable_here_is_left_out_where_that_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_submission(played(), tmp_path / "one")
    monkeypatch.setattr("reasoning_leaderboard.tracks.CHECKER_VERSION", 2)
    with pytest.raises(NotComparable, match=r"^one: "):
        from_submissions(tmp_path)
    left_out: list[str] = []
    assert from_submissions(tmp_path, left_out=left_out) == []
    assert len(left_out) == 1
    assert left_out[0].startswith("one: the track is of version 1 of the checker")


def test_a_round_shows_references_and_one_that_does_not_hold_is_refused() -> None:
    made = Round(manifest(6))
    made.play("ann", 1, solve)
    (shown,) = from_round(io.BytesIO(made.archive()))
    assert (shown.entry.tier, shown.entry.correct) == (Tier.CHALLENGED, 6)
    transcripts = shown.transcripts()
    assert transcripts is not None
    assert transcripts.opened(0).reference is not None
    files = parts_of(made.archive())
    files[SESSIONS] = files[SESSIONS].replace(b'"correct":3', b'"correct":2')
    with pytest.raises(DoesNotHold, match=r"spring doesn't hold: sessions.jsonl:\d+"):
        from_round(io.BytesIO(rebuilt(files)))


def test_a_store_shows_what_was_verified_and_sessions_episodes_only_once_revealed(store: Store) -> None:
    receive(store, "ann", played().packed(), now=START)
    assert from_store(store) == []  # it waits
    assert verify_next(store, verified_entry, Bounds())
    open_round(store, manifest(4), KEY, SIGNING, now=START, lasts=timedelta(days=1))
    opened = open_session(store, "spring", "ann", played().head.card, "a" * 64, now=START)
    close_session(store, opened.id, SIGNING, now=START)
    keep_score(store, judge_session(store, opened.id), now=START)
    submitted, challenged = from_store(store)
    assert (submitted.entry.tier, challenged.entry.tier) == (Tier.SELF_REPORTED, Tier.CHALLENGED)
    transcripts = submitted.transcripts()
    assert transcripts is not None
    assert len(transcripts.listed) == 100
    assert challenged.transcripts() is None
    board, page = site_of([submitted, challenged]), f"entries/{challenged.entry.id}.html"
    told = "told when the round spring is revealed; no step of it is taken after 2026-01-03 00:00 UTC."
    assert told in text(board[page])
    revealed(store, "spring", START)
    assert challenged.transcripts() is not None
    assert "Read the transcripts" in text(board[page])  # also where somebody looked before


def text(page: bytes) -> str:
    return " ".join(page.decode().split())


def test_attempts_are_summed_over_the_rounds_of_a_track(store: Store) -> None:
    for name in ("spring", "summer"):
        made = manifest(4).model_copy(update={"round": name})
        open_round(store, made, KEY, SIGNING, now=START, lasts=timedelta(days=1))
    for name, nonce in (("spring", "a"), ("spring", "b"), ("summer", "c")):
        opened = open_session(store, name, "ann", played().head.card, nonce * 64, now=START)
        close_session(store, opened.id, SIGNING, now=START)
        keep_score(store, judge_session(store, opened.id), now=START)
    shown = from_store(store)
    assert sorted(each.entry.attempts for each in shown) == [1, 2, 2]
    site = site_of(shown)
    assert {json.loads(site[f"entries/{each.entry.id}.json"])["attempts"] for each in shown} == {3}


def test_a_live_board_is_made_anew_only_when_an_entry_has_changed(store: Store) -> None:
    time = [0.0]
    board = LiveBoard(store, clock=lambda: time[0])
    first = board()
    receive(store, "ann", played().packed(), now=START)
    verify_next(store, verified_entry, Bounds())
    assert board() is first  # it looked a moment ago
    time[0] += 10
    second = board()
    assert second is not first
    time[0] += 10
    assert board() is second
    assert played().head.card.name.encode() in second["index.html"]


def test_a_live_board_tells_of_a_round_s_states_within_seconds(store: Store) -> None:
    seconds, day = [0.0], [START]
    board = LiveBoard(store, clock=lambda: seconds[0], now=lambda: day[0])

    def told() -> str:
        seconds[0] += FRESH
        return text(board()["rounds.html"])

    assert "No round has been opened yet." in told()
    open_round(store, manifest(4), KEY, SIGNING, now=START, lasts=timedelta(days=1))
    assert 'round-open">open<' in told()
    site = board()
    open_session(store, "spring", "ann", played().head.card, "a" * 64, now=START)
    assert "Sessions so far</dt><dd>1<" in told()
    assert board() is site  # entries, which take long to rank, haven't changed
    day[0] += timedelta(days=1)
    assert 'round-closed">closed<' in told()
    assert KEY.hex() not in told()
    revealed(store, "spring", day[0])
    page = told()
    assert 'round-revealed">revealed<' in page
    for part in (KEY.hex(), log_of(store, "spring")[-1].head, "api/rounds/spring/archive"):
        assert part in page


def test_a_revealed_round_is_shown_from_its_archive_as_from_its_store(store: Store) -> None:
    open_round(store, manifest(4), KEY, SIGNING, now=START, lasts=timedelta(days=1))
    opened = open_session(store, "spring", "ann", played().head.card, "a" * 64, now=START)
    close_session(store, opened.id, SIGNING, now=START)
    revealed(store, "spring", START + timedelta(hours=1))
    (here,) = rounds_in(store, START)
    there = round_of(io.BytesIO(b"".join(archive_pieces(store, "spring"))))
    assert here.proof is not None
    assert replace(here, moments=()) == replace(there, moments=())
    assert [(each.what, each.when) for each in there.moments] == [
        ("First session", START.date()),
        ("Last session closed", START.date()),
    ]
    assert [each.what for each in here.moments] == ["Opened", "Closed", "Revealed"]
    (again,) = rounds_in(store, START, [here])
    assert again is here


@pytest.mark.parametrize("change", [update(PieceRow).values(data=b"of another form"), delete(PieceRow)])
def test_a_round_whose_archive_cannot_be_read_is_shown_without_what_it_published(
    store: Store, change: Update | Delete
) -> None:
    open_round(store, manifest(4), KEY, SIGNING, now=START, lasts=timedelta(days=1))
    revealed(store, "spring", START)
    with store.writing() as session:
        session.execute(change)
    (shown,) = rounds_in(store, START)
    assert (shown.state, shown.proof) == ("revealed", None)
    assert "Commitment" in text(site_of([], lambda: [shown])["rounds.html"])


def test_no_page_and_no_answer_tells_a_round_s_key_before_the_reveal(store: Store) -> None:
    from fastapi.testclient import TestClient

    from reasoning_leaderboard.pages.serving import pages_router

    open_round(store, manifest(4), KEY, SIGNING, now=START, lasts=timedelta(days=1))
    opened = open_session(store, "spring", "ann", played().head.card, "a" * 64, now=START)
    ask(store, opened.id, 0, SIGNING, now=START)
    close_session(store, opened.id, SIGNING, now=START)
    keep_score(store, judge_session(store, opened.id), now=START)
    pages = pages_router(LiveBoard(store, now=lambda: START))
    app = make_app(store, Settings(), [challenge_router(SIGNING), pages], now=lambda: START)
    token = issue_token(store, "ann", {Scope.SUBMIT, Scope.ADMIN}, now=START)
    client = TestClient(app, headers={"Authorization": f"Bearer {token}"})
    paths = [
        "/",
        "/rounds.html",
        "/trust.html",
        f"/entries/{opened.id}.html",
        f"/entries/{opened.id}.json",
        "/api/entries",
    ]
    paths += ["/api/rounds", "/api/rounds/spring", "/api/rounds/spring/log", f"/api/sessions/{opened.id}"]
    paths += ["/api/rounds/spring/archive", f"/transcripts/{opened.id}/1.html", "/api/openapi.json"]
    answer = re.escape(str(look_up_round(store, "spring").commitment)).encode()
    told = [client.get(path).content for path in paths]
    assert re.search(answer, told[paths.index("/rounds.html")])  # what may be told is
    assert not any(KEY.hex().encode() in each or KEY in each for each in told)
    secret = problem_of(manifest(4), KEY, opened.id, 0).problem.question.statement.encode()
    assert not any(secret in each for each in told)


@pytest.mark.parametrize("folder", sorted(path.parent.name for path in SUBMISSIONS.glob("*/submission.toml")))
def test_every_submission_of_the_repository_holds(folder: str, recorded: Path) -> None:
    """What a pull request adds is verified here: a claim that isn't so fails the suite by file, line and reason."""
    submission = read_submission(SUBMISSIONS / folder)
    if submission.head.track.data is None:
        from_submissions(SUBMISSIONS / folder)
        return
    if not RECORDED.is_dir():
        with pytest.raises(NotComparable):
            from_submissions(SUBMISSIONS / folder)
        pytest.skip("the data that its problems are read from isn't here")
    from_submissions(SUBMISSIONS / folder, path=str(recorded))


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The GSM8K problems that have recorded solutions, where they are at hand."""
    folder = tmp_path_factory.mktemp("gsm8k")
    if RECORDED.is_dir():
        make_data(RECORDED, folder)
    return folder


@pytest.mark.parametrize("name", sorted(path.name for path in ROUNDS.glob("*.tar.zst")))
def test_every_round_of_the_repository_holds(name: str) -> None:
    with (ROUNDS / name).open("rb") as archive:
        assert from_round(archive)


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded solutions of GSM8K aren't here")
def test_recorded_solutions_are_made_again_as_they_were_entered(recorded: Path, tmp_path: Path) -> None:
    made = make_submissions(RECORDED, recorded, tmp_path, account="baselines", entered=date(2026, 11, 26))
    assert len(made) == 4
    for folder in made:
        here, there = read_submission(folder), read_submission(SUBMISSIONS / folder.name)
        assert (here.head.card, here.head.correct, here.head.track) == (
            there.head.card, there.head.correct, there.head.track,
        )  # fmt: skip
        assert here.head.recorded == 2021
