"""Rounds, chains and audits: nobody chooses problems, and whatever was changed is found and named."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import gymnasium as gym
import pytest
from challenge_rounds import KEY, SIGNING, Round, audited, manifest, parts_of, rebuilt

from reasoning_gym.env import reasoning_env
from reasoning_gym.family import get_family, split_of
from reasoning_gym.problem import Problem
from reasoning_leaderboard.archives import compress, pack
from reasoning_leaderboard.challenge.archive import LOG, ROUND, SESSIONS, BadRound
from reasoning_leaderboard.challenge.audit import MOST_TOLD
from reasoning_leaderboard.challenge.chain import SMALL, Step, is_signed, load_signing_key, public_key, sign
from reasoning_leaderboard.challenge.rounds import (
    commitment,
    manifest_of,
    new_key,
    problem_of,
    session_name,
    source_digest,
)
from reasoning_leaderboard.entries import AgentCard, Tier
from reasoning_leaderboard.tracks import NotComparable

CARD = AgentCard(name="x")


def solve(episode: int, problem: Problem) -> list[str]:
    return list(get_family(problem.question.family).reference_thoughts(problem))


def guess(episode: int, problem: Problem) -> list[str]:
    return ["hmm", "Answer: 12345"] if episode % 3 else []


def ramble(episode: int, problem: Problem) -> list[str]:
    return ["hmm é \u202e <b>", *["and"] * (episode % 6)]


@cache
def played() -> Round:
    """Three sessions of two accounts: one solves everything, one guesses and leaves out, one rambles."""
    made = Round(manifest())
    made.play("ann", 1, solve)
    made.play("bob", 2, guess)
    made.play("cy", 3, ramble)
    return made


def parts() -> dict[str, bytes]:
    return parts_of(played().archive())


def test_an_honest_round_holds() -> None:
    found = audited(played().archive())
    assert found.findings == []
    assert found.entries == played().entries
    assert [entry.correct for entry in found.entries] == [12, 0, 0]
    assert [entry.abandoned for entry in found.entries] == [0, 4, 10]
    assert {entry.tier for entry in found.entries} == {Tier.CHALLENGED}
    assert (found.audit.sessions, found.audit.steps) == (3, sum(map(len, played().lines.values())))


def test_a_session_is_scored_as_its_thoughts_deserve() -> None:
    entry = played().entries[0]
    assert entry.accuracy == 1
    assert entry.spent.tokens == 3 * sum(line.kind == "thought" for line in played().lines[entry.id])


def flips(name: str) -> list[int]:
    """Where to flip: a byte of each line, or many of a file of one line."""
    rng, data = random.Random(name), parts()[name]
    ends = [place for place, byte in enumerate(data) if byte == 10]
    starts = [0, *(end + 1 for end in ends)]
    return [rng.randrange(*each) for each in zip(starts, ends, strict=False)] or rng.sample(range(len(data)), 60)


@pytest.mark.parametrize("name", [ROUND, LOG, SESSIONS])
def test_any_flipped_byte_is_found(name: str) -> None:
    """Of the steps and the log every line is hit, and the first finding names the line or the step before it."""
    rng = random.Random(name)
    good = parts()
    for place in flips(name):
        changed = bytearray(good[name])
        changed[place] ^= 1 << rng.randrange(8)
        try:
            found = audited(rebuilt({**good, name: bytes(changed)}))
        except (BadRound, NotComparable):
            assert name == ROUND
            continue
        assert not found.holds, f"{name}: byte {place} of {chr(good[name][place])!r}"
        line = good[name][:place].count(b"\n") + 1
        where = {finding.where for finding in found.findings}
        assert name == ROUND or f"{name}:{line}" in where or place + 1 == len(good[name])


def test_a_changed_thought_is_named_by_session_episode_and_step() -> None:
    files = parts()
    lines = files[SESSIONS].split(b"\n")
    number = next(i for i, line in enumerate(lines) if b'"thought":"hmm"' in line)
    row = json.loads(lines[number])["line"]
    lines[number] = lines[number].replace(b'"hmm"', b'"hmM"')
    found = audited(rebuilt({**files, SESSIONS: b"\n".join(lines)}))
    step = row["step"]
    assert found.findings[0].where == f"{SESSIONS}:{number + 1}"
    assert f"session {row['session']}, episode {step['episode']}, step {step['step']}" in found.findings[0].what


def edited(name: str, change: Callable[[list[dict[str, Any]]], None]) -> bytes:
    """The round with the lines of a file changed, each still in canonical form."""
    files = parts()
    rows = [json.loads(line) for line in files[name].splitlines()]
    change(rows)
    text = "".join(json.dumps(row, sort_keys=True, separators=(",", ":")) + "\n" for row in rows)
    return rebuilt({**files, name: text.encode()})


def scored(rows: list[dict[str, Any]]) -> list[int]:
    """Where the entries are among the lines of the sessions."""
    return [place for place, row in enumerate(rows) if row["line"]["kind"] == "scored"]


def entry(rows: list[dict[str, Any]], number: int) -> dict[str, Any]:
    return rows[scored(rows)[number]]["line"]["entry"]


CHEATS: dict[str, tuple[str, Callable[[list[dict[str, Any]]], Any], str]] = {
    "a raised score": (
        SESSIONS,
        lambda rows: entry(rows, 1)["cells"][0].update(correct=5),
        "claims 5 of 12, comes to 0 of 12",
    ),
    "another model on the card": (SESSIONS, lambda rows: entry(rows, 0)["card"].update(model="gpt"), "differs in card"),
    "fewer attempts": (SESSIONS, lambda rows: entry(rows, 0).update(attempts=9), "differs in attempts"),
    "a hidden entry": (SESSIONS, lambda rows: rows.pop(), "has no entry"),
    "an entry twice": (SESSIONS, lambda rows: rows.append(rows[-1]), "its entry: it stands after"),
    "another's entry": (SESSIONS, lambda rows: entry(rows, 0).update(id="0" * 64), "no session is here"),
    "a thought after the entry": (
        SESSIONS,
        lambda rows: rows.insert(scored(rows)[0], rows.pop(scored(rows)[0] - 1)),
        "stands after the session's entry",
    ),
    "a session twice": (SESSIONS, lambda rows: rows.extend(rows[: scored(rows)[0] + 1]), "no session is here"),
    "the order of sessions": (
        SESSIONS,
        lambda rows: rows.__setitem__(slice(None), [*rows[scored(rows)[0] + 1 :], *rows[: scored(rows)[0] + 1]]),
        "no session is here",
    ),
    "a hidden session": (LOG, lambda rows: rows.__delitem__(slice(2, 4)), "hash of this line"),
    "a hidden last session": (LOG, lambda rows: rows.__delitem__(slice(4, 6)), "lines are missing"),
    "another account": (LOG, lambda rows: rows[0]["entry"].update(account="bob"), "isn't named by|hash"),
    "steps left out": (SESSIONS, lambda rows: rows.pop(1), "0 steps stand before|signed"),
    "an episode left out": (SESSIONS, lambda rows: rows.__delitem__(slice(-3, -1)), "don't come to the head"),
    "another question": (SESSIONS, lambda rows: rows[0]["line"].update(question="1+1?"), "gives another question"),
    "steps reordered": (SESSIONS, lambda rows: rows.insert(1, rows.pop(2)), "step"),
    "another key": (ROUND, lambda rows: rows[0].update(key="00" * 32), "commitment"),
    "another public key": (ROUND, lambda rows: rows[0].update(public_key="00" * 32), "isn't signed"),
    "other pins": (ROUND, lambda rows: rows[0]["manifest"]["pins"].update(numpy="0.1"), "commitment"),
}


@pytest.mark.parametrize("case", CHEATS)
def test_a_cheat_is_found(case: str) -> None:
    name, change, told = CHEATS[case]
    found = audited(edited(name, change))
    assert not found.holds
    assert any(re.search(told, finding.what) for finding in found.findings), found.findings


RESPELLED: dict[str, tuple[str, Callable[[list[dict[str, Any]]], Any]]] = {
    "what a thought cost left out where it is nothing": (
        SESSIONS,
        lambda rows: rows[1]["line"]["step"]["spent"].pop("simulations"),
    ),
    "an empty history left out": (SESSIONS, lambda rows: entry(rows, 0).pop("history")),
    "a date as a number": (LOG, lambda rows: rows[0]["entry"].update(on=1767312000)),
    "a date with a time": (LOG, lambda rows: rows[0]["entry"].update(on="2026-01-02T00:00:00")),
}


@pytest.mark.parametrize("case", RESPELLED)
def test_what_would_be_read_as_the_same_is_found_too(case: str) -> None:
    """Else two archives of one round could differ, and both hold."""
    found = audited(edited(*RESPELLED[case]))
    assert any("isn't in the one form" in each.what for each in found.findings)


def test_a_manifest_that_leaves_out_what_is_usual_is_no_round_s() -> None:
    with pytest.raises(BadRound, match="isn't in the one form"):
        audited(edited(ROUND, lambda rows: rows[0]["manifest"].pop("problems")))


FLOODS = {
    "a long key": (json.dumps({"line": {"kind": "asked", "k" * 100_000: 1}}), "kkkk"),
    "a long key twice": ('{"%s":1,"%s":1}' % (("k" * 100_000,) * 2), "twice|kkkk"),
    "many keys": (json.dumps({"line": {"kind": "asked", **{f"k{i}": 1 for i in range(2_000)}}}), "wrong in 2,00"),
    "what a terminal obeys": ('{"\\u001b[2J\\u202e":1}', r"\\x1b\[2J\\u202e"),
}


@pytest.mark.parametrize("case", FLOODS)
def test_what_is_told_of_a_hostile_line_is_short_and_plain(case: str) -> None:
    line, told = FLOODS[case]
    found = audited(rebuilt({**parts(), SESSIONS: f"{line}\n".encode()}))
    assert re.search(told, found.findings[0].what)
    assert len(found.findings[0].what) < 1_000


def test_another_checker_is_not_comparable() -> None:
    with pytest.raises(NotComparable, match="checker"):
        audited(edited(ROUND, lambda rows: rows[0]["manifest"]["track"].update(checker=99)))


def test_a_file_of_nothing_but_ends_of_lines_costs_neither_memory_nor_time() -> None:
    found = audited(rebuilt({**parts(), SESSIONS: b"\n" * 64 * 2**20}))
    assert len(found.findings) == MOST_TOLD


HOSTILE_MANIFESTS: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "more episodes in all than there may be": (
        lambda made: made.update(strata=[{**made["strata"][0], "episodes": 100_000}] * 2),
        "200,000 episodes",
    ),
    "a level that the family hasn't": (
        lambda made: (made["track"]["levels"].update(linear_equation=[999]), made["strata"][0].update(level=999)),
        "levels 1 to",
    ),
    "a family that reads a file": (
        lambda made: (
            made["track"]["levels"].update(gsm8k=[1]),
            made["track"]["families"].update(gsm8k=get_family("gsm8k").version),
            made["strata"][0].update(family="gsm8k"),
        ),
        "reads its problems from a file",
    ),
    "more easy problems than the track has": (
        lambda made: [each.update(episodes=n) for each, n in zip(made["strata"], (11, 1), strict=True)],
        "the strata aren't those of 12 episodes",
    ),
    "a level of the track left out": (
        lambda made: made.update(strata=[{**made["strata"][0], "episodes": 12}]),
        "the strata aren't those of 12 episodes",
    ),
    "the name of a harder environment": (
        lambda made: made["track"].update(env="ReasoningMath-v0"),
        "isn't of the test split of ReasoningMath-v0, with all its families",
    ),
    "problems that are trained on": (lambda made: made["track"].update(split="train"), "isn't of the test split"),
    "no thoughts at all": (lambda made: made["track"].update(max_thoughts=0), "max_thoughts is 0"),
    "a family that is a path": (
        lambda made: made["track"]["families"].update({"..": 0}),
        "there is no family",
    ),
}


@pytest.mark.parametrize("case", HOSTILE_MANIFESTS)
def test_a_hostile_manifest_is_refused(case: str) -> None:
    change, told = HOSTILE_MANIFESTS[case]
    with pytest.raises(BadRound, match=told):
        audited(edited(ROUND, lambda rows: change(rows[0]["manifest"])))


def test_a_round_of_more_episodes_than_anyone_can_audit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reasoning_leaderboard.challenge.audit.MOST_PLAYED", 35)
    with pytest.raises(BadRound, match="3 sessions of 12 episodes are more than 35"):
        audited(played().archive())


def test_a_session_that_would_take_much_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    largest = max(len(line) for line in parts()[SESSIONS].splitlines())
    monkeypatch.setattr("reasoning_leaderboard.challenge.audit.MOST_OF_SESSION", largest + 100)
    with pytest.raises(BadRound, match=f"session {played().entries[0].id} holds more than {largest + 100:,} bytes"):
        audited(played().archive())


@pytest.mark.parametrize("data", [b"", b"junk", compress(b"junk"), compress(pack({ROUND: b"{}"}))])
def test_what_is_no_round_is_refused(data: bytes) -> None:
    with pytest.raises(BadRound):
        audited(data)


def test_the_commitment_fixes_the_key_and_all_of_the_manifest() -> None:
    commits = {commitment(manifest(), KEY), commitment(manifest(), new_key()), commitment(manifest(13), KEY)}
    commits.add(commitment(manifest().model_copy(update={"pins": {"numpy": "1"}}), KEY))
    commits.add(commitment(manifest().model_copy(update={"round": "autumn"}), KEY))
    assert len(commits) == 5


def test_a_session_is_named_by_all_that_the_client_says() -> None:
    names = {
        session_name(commit, account, card, nonce)
        for commit in ("a" * 64, "b" * 64)
        for account in ("ann", "bob")
        for card in (CARD, AgentCard(name="y"))
        for nonce in ("0" * 64, "1" * 64)
    }
    assert len(names) == 16


def test_problems_differ_by_key_session_and_episode_and_are_the_same_again() -> None:
    here = manifest()
    statements = [
        problem_of(here, key, session, episode).problem.question.statement
        for key in (KEY, bytes(32))
        for session in ("a", "b")
        for episode in range(12)
    ]
    assert len(set(statements)) > len(statements) * 0.8  # a small level repeats itself now and then
    again = [problem_of(here, KEY, "a", episode).problem.question.statement for episode in range(12)]
    assert again == statements[:12]
    assert {split_of(statement) for statement in statements} == {"test"}


def test_common_problems_are_the_same_for_all_sessions() -> None:
    here = manifest(common=True)
    assert problem_of(here, KEY, "a", 3).problem == problem_of(here, KEY, "b", 3).problem


def test_strata_follow_the_weights_and_leave_out_no_level() -> None:
    env = reasoning_env(
        gym.make("ReasoningCore-v0", split="test", families=["countdown", "derivative"], weights=[3.0, 1.0], level=1)
    )
    made = manifest_of("r", env, 102)
    assert Counter({each.family: each.episodes for each in made.strata}) == {"countdown": 76, "derivative": 26}
    assert made.episodes == 102
    assert [made.stratum(i).family for i in (0, 75, 76, 101)] == ["countdown"] * 2 + ["derivative"] * 2
    for index in (-1, 102):
        with pytest.raises(ValueError, match="0 to 101"):
            made.stratum(index)


@pytest.mark.parametrize(
    ("env_id", "kwargs", "episodes", "told"),
    [
        ("ReasoningLinearEquation-v0", {"split": "train"}, 10, "train"),
        ("ReasoningCore-v0", {"split": "test"}, 10, "episodes is 10"),
        ("ReasoningLinearEquation-v0", {"split": "test"}, 10**9, "episodes is 1000000000"),
        ("ReasoningLinearEquation-v0", {"split": "test", "max_thought_chars": 10**6}, 10, "max_thought_chars is 1,0"),
    ],
)
def test_a_round_that_would_be_unfair_is_refused(env_id: str, kwargs: Any, episodes: int, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        manifest_of("r", reasoning_env(gym.make(env_id, **kwargs)), episodes)


def test_the_source_s_hash_is_of_what_is_installed() -> None:
    assert len(source_digest()) == 64
    assert source_digest() == manifest().source


def test_a_signing_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "signing.key"
    made = load_signing_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert public_key(load_signing_key(path)) == public_key(made)
    path.write_text("not a key")
    with pytest.raises(ValueError, match="64 hexadecimal"):
        load_signing_key(path)


def test_processes_that_make_a_signing_key_at_once_come_to_one(tmp_path: Path) -> None:
    path = tmp_path / "signing.key"
    with ThreadPoolExecutor(8) as pool:
        keys = {public_key(key) for key in pool.map(load_signing_key, [path] * 32)}
    assert len(keys) == 1
    assert list(tmp_path.iterdir()) == [path]


def test_a_signature_is_of_one_message_by_one_key() -> None:
    signature = sign(SIGNING, b"message")
    assert is_signed(public_key(SIGNING), b"message", signature)
    assert not is_signed(public_key(SIGNING), b"Message", signature)
    for public, other in (
        ("00" * 32, signature),
        (public_key(SIGNING), "zz"),
        ("", ""),
        (public_key(SIGNING), "00" * 64),
    ):
        assert not is_signed(public, b"message", other)


@pytest.mark.parametrize("sign_of_x", [0x00, 0x80])
@pytest.mark.parametrize("public", sorted(SMALL))
def test_a_key_under_which_anyone_can_sign_anything_signs_nothing(public: str, sign_of_x: int) -> None:
    key = bytes.fromhex(public)
    key = bytes((*key[:-1], key[-1] | sign_of_x))
    anyone_s = "01" + "00" * 63  # of one message in eight at least
    assert not any(is_signed(key.hex(), f"message {i}".encode(), anyone_s) for i in range(100))


def test_a_thought_must_be_text() -> None:
    with pytest.raises(ValueError, match="Invalid JSON"):
        Step.read(b'{"episode":0,"step":1,"thought":"\\ud800"}')
