"""Submissions: what holds is entered with what it came to, and what doesn't is named by file, line and reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import gymnasium as gym
import pytest

import reasoning_gym  # noqa: F401  # registers the ids
from reasoning_gym.env import reasoning_env
from reasoning_gym.episodes import Episode, episode_of
from reasoning_gym.families.games.countdown import Countdown
from reasoning_gym.problem import incorrect
from reasoning_leaderboard.archives import compress, decompress, pack
from reasoning_leaderboard.entries import AgentCard, Entry, Tier, episode_digest, thoughts_digest
from reasoning_leaderboard.submission import (
    EPISODES,
    HEAD,
    MOST_TOLD,
    BadSubmission,
    Rejected,
    Submission,
    entry_of,
    read_submission,
    submission_of,
    unpack_submission,
    verified_entry,
    verify_submission,
    write_submission,
)
from reasoning_leaderboard.tracks import NotComparable, track_of

N = 100
CARD = AgentCard(name="every other", model="none", tools=("a calculator",))


@cache
def played() -> Submission:
    """Every other answer is right."""
    env = reasoning_env(gym.make("ReasoningCore-v0", split="test", levels=[1, 2]))
    return submission_of(CARD, track_of(env), [_play(env, index) for index in range(N)])


def _play(env: Any, index: int) -> Episode:
    family, problem = env.mix.problem(index)
    env.reset(options={"index": index})
    thoughts = family.reference_thoughts(problem) if index % 2 else ("Let me guess.", "Answer: banana")
    info: dict[str, Any] = {}
    for thought in thoughts:
        *_, info = env.step(thought)
    return episode_of(env.state, info, env.limits, env_id="ReasoningCore-v0", cost={"tokens": 7})


def changed(line: int, change: Callable[[dict[str, Any]], None], submission: Submission | None = None) -> Submission:
    """The submission with one episode changed, by its line from 1."""
    submission = submission or played()
    lines = decompress(submission.episodes_file, 10**8).splitlines()
    row = json.loads(lines[line - 1])
    change(row)
    lines[line - 1] = json.dumps(row).encode()
    return replace(submission, episodes_file=compress(b"\n".join(lines) + b"\n"))


def headed(**changes: object) -> Submission:
    return replace(played(), head=played().head.model_copy(update=changes))


def test_an_honest_submission_is_entered_with_what_it_came_to() -> None:
    verified = verify_submission(played())
    entry = entry_of(played(), verified, account="someone", entered=date(2026, 1, 2))
    assert (entry.n, entry.correct, entry.accuracy) == (N, N // 2, 0.5)
    assert (entry.tier, entry.attempts, entry.spent.tokens) == (Tier.SELF_REPORTED, 1, 7 * N)
    assert entry.id == played().digest
    assert Entry.read(entry.written()) == entry


def test_a_folder_and_an_archive_hold_the_same_submission(tmp_path: Path) -> None:
    write_submission(played(), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [EPISODES, HEAD]
    assert read_submission(tmp_path) == played() == unpack_submission(played().packed())
    write_submission(played(), tmp_path)  # writing it again changes nothing
    with pytest.raises(FileExistsError, match="another submission"):
        write_submission(replace(played(), head_file=b"x"), tmp_path)


def claim_solved(row: dict[str, Any]) -> None:
    row.update(status="correct", reason="", reward=1)


def another_question(row: dict[str, Any]) -> None:
    row["question"] = "What is 1+1?"


MISMATCHES: dict[str, tuple[int, Callable[[dict[str, Any]], None], str]] = {
    "a wrong answer claimed right": (3, claim_solved, r"episodes.jsonl.zst:3: it claims 'correct', 1; it is \w+"),
    "a right answer claimed wrong": (2, lambda row: row.update(status="incorrect", reward=0), ":2: it claims"),
    "a right answer claimed worth 0.5": (2, lambda row: row.update(reward=0.5), ":2: it claims"),
    "another problem": (5, lambda row: row.update(address=row["address"][:-1] + "77"), r":5: it is of .* at index 4"),
    "no address": (5, lambda row: row.update(address="\ud800<script>"), ":5: it is of"),
    "other limits": (9, lambda row: row.update(max_thoughts=99), ":9: its limits"),
    "thoughts after the end": (4, lambda row: row["thoughts"].append("Answer: 5"), ":4: the episode is over"),
    "a changed thought": (2, lambda row: row.update(thoughts=["Answer: 0.123"]), ":2: it claims 'correct', 1; it is"),
    "a truth for a reward": (7, lambda row: row.update(reward=True), ":7: 'reward' is 'True'"),
    "an unknown key": (7, lambda row: row.update(seed=1), ":7: unknown key 'seed'"),
    "thoughts that are no list": (7, lambda row: row.update(thoughts="x"), ":7: 'thoughts'"),
}


@pytest.mark.parametrize("case", MISMATCHES)
def test_what_does_not_hold_is_named_by_file_line_and_reason(case: str) -> None:
    line, change, told = MISMATCHES[case]
    with pytest.raises((Rejected, BadSubmission), match=told):
        verify_submission(changed(line, change))


def test_another_question_at_the_address_is_not_comparable() -> None:
    with pytest.raises(NotComparable, match=r":6: .*What is 1\+1"):
        verify_submission(changed(6, another_question))


def test_every_mismatch_is_told_up_to_a_limit() -> None:
    wrong = played()
    for line in range(1, 2 * (MOST_TOLD + 4), 2):
        wrong = changed(line, claim_solved, wrong)
    with pytest.raises(Rejected) as told:
        verify_submission(wrong)
    lines = str(told.value).splitlines()
    assert len(lines) == MOST_TOLD + 1
    assert lines[-1] == "and 4 more"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"n": 200}, "n is 200, but there are 100"),
        ({"n": 37}, "n is 37; the board takes"),
        ({"correct": 51}, "correct is 51, but 50"),
        ({"track": played().head.track.model_copy(update={"split": "train"})}, "train"),
        ({"track": played().head.track.model_copy(update={"env": "ReasoningMath-v0"})}, "isn't an environment of"),
        ({"track": played().head.track.model_copy(update={"env": "CartPole-v1"})}, "isn't an environment of"),
        ({"track": played().head.track.model_copy(update={"max_thoughts": 5})}, ":1: its limits"),
        ({"track": played().head.track.model_copy(update={"max_thoughts": 2**50})}, "max_thoughts is"),
        ({"track": played().head.track.model_copy(update={"max_thought_chars": 2**50})}, "max_thought_chars is"),
    ],
)
def test_a_head_that_does_not_fit_is_rejected(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(Rejected, match=told):
        verify_submission(headed(**changes))


def test_another_checker_or_family_version_is_not_comparable() -> None:
    track = played().head.track
    for update in ({"checker": 99}, {"families": {**track.families, "countdown": 99}}):
        with pytest.raises(NotComparable, match="99"):
            verify_submission(headed(track=track.model_copy(update=update)))


def test_left_out_repeated_and_reordered_episodes_are_rejected() -> None:
    lines = decompress(played().episodes_file, 10**8).splitlines(keepends=True)
    for other in (lines[:-1], [*lines, lines[0]], [lines[1], lines[0], *lines[2:]], [lines[0], *lines[:-1]]):
        with pytest.raises(Rejected):
            verify_submission(replace(played(), episodes_file=compress(b"".join(other))))


DEEP = b"[" * 100_000


@pytest.mark.parametrize(
    "line",
    [
        b"", b"nonsense", DEEP, b"null", b"[]", b'{"address":1}', b"\xff\xfe", b'{"reward":NaN}', b'{"reward":1e999}',
        b'{"reward":1,"reward":0}', b'{"reward":' + b"9" * 10_000 + b"}",
    ],
)  # fmt: skip
def test_a_line_that_is_no_episode_is_named(line: bytes) -> None:
    good = decompress(played().episodes_file, 10**8).splitlines(keepends=True)
    broken = replace(played(), episodes_file=compress(b"".join([*good[:9], line + b"\n", *good[10:]])))
    with pytest.raises(BadSubmission, match=r"episodes.jsonl.zst:10: "):
        verify_submission(broken)


@pytest.mark.parametrize(
    "head",
    [
        b"", b"\xff", b"x = [", b"a = " + b"[" * 60_000, b"n = 1e999", b"n = nan", b"n = 2020-01-01", b"n = true",
        b"n = " + b"9" * 10_000, b"a.b = 1\na.b = 2", b"#" * 70_000, b'[card]\nname = "\\u202e"',
        b"x" + b".x" * 20_000 + b" = 1", b"x" + b".x" * 2_999 + b" = 1",
    ],
)  # fmt: skip
def test_a_head_that_is_none_is_refused(head: bytes) -> None:
    with pytest.raises(BadSubmission, match=HEAD):
        unpack_submission(pack({HEAD: head, EPISODES: played().episodes_file}))


@pytest.mark.parametrize("missing", [HEAD, EPISODES])
def test_a_missing_file_is_named(missing: str, tmp_path: Path) -> None:
    files = {HEAD: played().head_file, EPISODES: played().episodes_file}
    del files[missing]
    with pytest.raises(BadSubmission, match=missing):
        unpack_submission(pack(files))
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    with pytest.raises(BadSubmission, match=missing):
        read_submission(tmp_path)
    (tmp_path / missing).symlink_to("/etc/passwd")
    with pytest.raises(BadSubmission, match=missing):
        read_submission(tmp_path)


def test_what_held_is_judged_anew_by_another_checker_whatever_it_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The score moves to the track of the new checker, where nothing of the old one is compared with it."""
    archive, day = played().packed(), date(2026, 1, 2)
    before = verified_entry(archive, "someone", day, False)
    monkeypatch.setattr("reasoning_leaderboard.tracks.CHECKER_VERSION", 2)
    with pytest.raises(NotComparable):
        verified_entry(archive, "someone", day, False)
    monkeypatch.setattr(Countdown, "verify", lambda *_: incorrect("the new checker is harsher"))
    after = verified_entry(archive, "someone", day, True)
    assert after.id == before.id
    assert (before.track.checker, after.track.checker) == (1, 2)
    assert before.track.key != after.track.key
    countdown = sum(cell.correct for cell in before.cells if cell.family == "countdown")
    assert countdown > 0
    assert after.correct == before.correct - countdown


def test_no_claim_of_what_thinking_cost_keeps_an_entry_from_being_made() -> None:
    def costly(row: dict[str, Any]) -> None:
        row["cost"] = {"tokens": 10**30, "patience": 1}

    submission = changed(1, costly)
    verified = verify_submission(submission)
    assert entry_of(submission, verified, account="ann", entered=date(2026, 1, 2)).spent.tokens == 2**53 - 1


def test_an_entry_is_made_in_one_pass_over_the_episodes(monkeypatch: pytest.MonkeyPatch) -> None:
    passes: list[int] = []

    def counting(data: bytes, most: int) -> bytes:
        passes.append(len(data))
        return decompress(data, most)

    monkeypatch.setattr("reasoning_leaderboard.submission.decompress", counting)
    entry = verified_entry(played().packed(), "ann", date(2026, 1, 2), False)
    assert (entry.n, entry.spent.tokens) == (N, 7 * N)
    assert passes == [len(played().episodes_file)]


def copied(**changes: object) -> Entry:
    """The entry of a submission of the same thoughts, some of the rest changed."""
    head = played().head.model_copy(update={"card": AgentCard(name="another"), "command": "make it", **changes})
    costly = changed(1, lambda row: row.update(cost={"tokens": 9}))
    submission = replace(costly, head=head, head_file=b"another")
    return entry_of(submission, verify_submission(submission), account="bob", entered=date(2026, 5, 6))


def test_entries_have_the_same_digest_of_thoughts_whatever_the_card_the_cost_and_the_claims_are() -> None:
    first = entry_of(played(), verify_submission(played()), account="ann", entered=date(2026, 1, 2))
    copy = copied()
    assert (first.id, first.spent, first.card) != (copy.id, copy.spent, copy.card)
    assert first.thoughts == copy.thoughts
    assert verified_entry(played().packed(), "ann", date(2026, 1, 2), True).thoughts == first.thoughts


def test_one_changed_thought_is_another_digest() -> None:
    first = verify_submission(played())
    line = 1  # whose answer stays a wrong one
    other = verify_submission(changed(line, lambda row: row["thoughts"].insert(0, "Let me think.")))
    parted = verify_submission(changed(line, lambda row: row.update(thoughts=["Let me", " guess.", "Answer: banana"])))
    assert len({first.thoughts, other.thoughts, parted.thoughts}) == 3
    assert thoughts_digest(["a", "b"]) != thoughts_digest(["b", "a"])
    assert episode_digest("a", ["b", "c"]) != episode_digest("a", ["b\nc"])
    assert len(episode_digest("a", ["\ud800"])) == 64


def test_an_entry_from_before_thoughts_were_hashed_is_read_with_none() -> None:
    table = json.loads(copied().written())
    del table["thoughts"]
    assert Entry.read(json.dumps(table).encode()).thoughts is None


def test_no_more_episodes_are_judged_than_the_head_says() -> None:
    lines = decompress(played().episodes_file, 10**8)
    more = replace(played(), episodes_file=compress(lines + lines))
    done: list[int] = []
    with pytest.raises(Rejected, match="n is 100, but there are more episodes"):
        verify_submission(more, watch=done.append)
    assert done[-1] == N
