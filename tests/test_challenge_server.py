"""Challenges over HTTP: nothing tells before the reveal, nothing can be changed, and what was played is audited."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from challenge_rounds import KEY, SIGNING, audited, manifest, parts_of, revealed
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi.testclient import TestClient
from sqlalchemy import event, select

from reasoning_gym.family import get_family
from reasoning_gym.problem import Verdict, incorrect
from reasoning_leaderboard.accounts import Scope, issue_token, open_account
from reasoning_leaderboard.bounded import NotDone
from reasoning_leaderboard.challenge.archive import LINE_OVERHEAD, LOG, SESSIONS, room_of
from reasoning_leaderboard.challenge.chain import (
    Step,
    closing,
    first_head,
    is_signed,
    next_head,
    public_key,
    receipt,
    session_head,
)
from reasoning_leaderboard.challenge.rounds import commitment, problem_of, session_name
from reasoning_leaderboard.entries import AgentCard, Entry, Tier
from reasoning_leaderboard.server.app import make_app
from reasoning_leaderboard.server.challenge import challenge_router
from reasoning_leaderboard.server.serving import tell_of_rounds
from reasoning_leaderboard.server.settings import Settings
from reasoning_leaderboard.store import Store, open_store, playing
from reasoning_leaderboard.store.entries import Wanted
from reasoning_leaderboard.store.entries import entries as entries_of
from reasoning_leaderboard.store.jobs import replace_score
from reasoning_leaderboard.store.playing import SHARES, close_late, open_session, question_in
from reasoning_leaderboard.store.revealing import reveal
from reasoning_leaderboard.store.rounds import (
    Conflict,
    archive_pieces,
    log_of,
    open_round,
    session_row,
    sessions_under_way,
)
from reasoning_leaderboard.store.scoring import judge_session, keep_score, scored_sessions, sessions_to_score
from reasoning_leaderboard.store.tables import EpisodeRow, PieceRow, SessionRow
from reasoning_leaderboard.tracks import NotComparable

START = datetime(2026, 1, 2, 12, tzinfo=UTC)
CARD = {"name": "someone's agent", "model": "tiny"}
N = 6


class Clock:
    """A clock that tests turn."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        return self.time


class World:
    """A store with two accounts and a round, behind an app."""

    def __init__(self, url: str) -> None:
        self.clock = Clock()
        self.store: Store = open_store(url)
        self.manifest = manifest(N)
        open_round(self.store, self.manifest, KEY, SIGNING, now=START, lasts=timedelta(days=10))
        self.tokens = {name: self._account(name) for name in ("ann", "bob")}
        self.app = make_app(self.store, Settings(), [challenge_router(SIGNING)], now=self.clock)

    def _account(self, name: str) -> str:
        open_account(self.store, name, now=START)
        return issue_token(self.store, name, {Scope.SUBMIT}, now=START)

    def client(self, account: str | None = "ann") -> TestClient:
        headers = {} if account is None else {"Authorization": f"Bearer {self.tokens[account]}"}
        return TestClient(self.app, headers=headers, raise_server_exceptions=False)

    def answer(self, session: str, episode: int) -> str:
        return problem_of(self.manifest, KEY, session, episode).problem.answer


@pytest.fixture
def world(store_url: str) -> Iterator[World]:
    made = World(store_url)
    yield made
    made.store.close()


def opened(client: TestClient, nonce: int = 1, card: Any = CARD) -> str:
    reply = client.post("/api/rounds/spring/sessions", json={"card": card, "nonce": f"{nonce:064x}"})
    assert reply.status_code == 200, reply.text
    return reply.json()["session"]


def begun(client: TestClient, session: str, episode: int) -> dict[str, Any]:
    reply = client.post(f"/api/sessions/{session}/episodes/{episode}")
    assert reply.status_code == 200, reply.text
    return reply.json()


def think(client: TestClient, session: str, episode: int, step: int, thought: str, **spent: int) -> Any:
    body = {"episode": episode, "step": step, "thought": thought, "spent": spent}
    return client.post(f"/api/sessions/{session}/steps", json=body)


def test_a_whole_round_is_played_revealed_and_audited(world: World) -> None:
    ann = world.client()
    session = opened(ann)
    heads: list[str | None] = [None] * N
    for episode in range(N - 1):  # the last is never begun
        asked = begun(ann, session, episode)
        head = first_head(session, episode, question_in(json.dumps(list(asked["question"].values()))))
        for number, thought in enumerate(
            ("hmm", f"Answer: {world.answer(session, episode) if episode % 2 else 7777}"), 1
        ):
            told = think(ann, session, episode, number, thought, tokens=5).json()
            step = Step.read(
                json.dumps({"episode": episode, "step": number, "thought": thought, "spent": {"tokens": 5}}).encode()
            )
            head = next_head(head, step)
            assert told["head"] == head
            assert is_signed(public_key(SIGNING), receipt(session, episode, number, head), told["signature"])
            assert told["over"] is (number == 2)
        heads[episode] = head
    closed = ann.post(f"/api/sessions/{session}/close").json()
    assert closed["head"] == session_head(session, heads)
    assert is_signed(public_key(SIGNING), closing(session, closed["head"]), closed["signature"])
    opened(world.client("bob"), 2)  # and leaves
    assert ann.get("/api/rounds/spring/archive").status_code == 404
    archive = revealed(world.store, "spring", world.clock())
    assert ann.get("/api/rounds/spring/archive").content == archive
    found = audited(archive)
    assert found.findings == []
    by_account = {entry.account: entry for entry in found.entries}
    assert (by_account["ann"].correct, by_account["ann"].n, by_account["ann"].abandoned) == (2, N, 1)
    assert (by_account["bob"].correct, by_account["bob"].abandoned) == (0, N)
    assert by_account["ann"].spent.tokens == 5 * 2 * (N - 1)
    assert [entry for _, entry in entries_of(world.store, Wanted(round="spring"))] == found.entries
    assert by_account["ann"].tier is Tier.CHALLENGED
    assert revealed(world.store, "spring", world.clock() + timedelta(1)) == archive


def test_before_the_reveal_a_round_tells_its_commitment_and_never_its_key(world: World) -> None:
    told = world.client(None).get("/api/rounds/spring").text
    assert commitment(world.manifest, KEY) in told
    session = opened(world.client())
    texts = [told, begun(world.client(), session, 0)]
    texts += [
        world.client().get(f"/api{path}").text for path in ("/rounds", "/rounds/spring/log", f"/sessions/{session}")
    ]
    assert not any(KEY.hex() in str(text) or str(KEY) in str(text) for text in texts)


def test_a_right_and_a_wrong_answer_end_alike(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Replies differ in nothing but what was sent; and nobody judges before the session is closed."""
    ann = world.client()
    session = opened(ann)
    answers = [world.answer(session, 0), "1234567"]

    def judge(*_: object) -> Verdict:
        raise AssertionError("judged")

    monkeypatch.setattr(type(get_family("linear_equation")), "verify", judge)
    replies = []
    for episode, answer in enumerate(answers):
        begun(ann, session, episode)
        replies.append(think(ann, session, episode, 1, f"Answer: {answer}"))
    right, wrong = (reply.json() for reply in replies)
    assert right.keys() == wrong.keys()
    assert right["over"] is wrong["over"] is True
    for name in ("step", "thoughts_left"):
        assert right[name] == wrong[name]
    varying = {"date", "content-length"}
    assert [{k: v for k, v in reply.headers.items() if k not in varying} for reply in replies[:1]] == [
        {k: v for k, v in reply.headers.items() if k not in varying} for reply in replies[1:]
    ]
    told = ann.get(f"/api/sessions/{session}").json()
    assert told["correct"] is told["abandoned"] is None


def test_the_same_step_again_gets_the_same_reply_and_another_is_refused(world: World) -> None:
    ann = world.client()
    session = opened(ann)
    begun(ann, session, 0)
    first = think(ann, session, 0, 1, "a thought")
    second = think(ann, session, 0, 2, "Answer: 5")
    assert think(ann, session, 0, 1, "a thought").json() == first.json()
    assert think(ann, session, 0, 2, "Answer: 5").json() == second.json()
    for step, thought, spent in (
        (1, "another", 0),
        (1, "a thought", 3),
        (2, "Answer: 6", 0),
        (3, "more", 0),
        (9, "x", 0),
    ):
        reply = think(ann, session, 0, step, thought, tokens=spent)
        assert reply.status_code == 409, (step, thought)
        assert reply.json()["error"]["code"] == "conflict"
    assert begun(ann, session, 0)["thoughts"] == ["a thought", "Answer: 5"]


def test_steps_that_skip_or_come_before_the_question_are_refused(world: World) -> None:
    ann = world.client()
    session = opened(ann)
    assert think(ann, session, 0, 1, "x").status_code == 404
    begun(ann, session, 0)
    assert think(ann, session, 0, 2, "x").status_code == 409
    assert ann.post(f"/api/sessions/{session}/episodes/{N}").status_code == 404
    assert ann.post(f"/api/sessions/{session}/episodes/-1").status_code == 422


def test_opening_and_asking_again_change_nothing(world: World) -> None:
    ann = world.client()
    session = opened(ann)
    assert (
        opened(ann) == session == session_name(commitment(world.manifest, KEY), "ann", AgentCard(**CARD), f"{1:064x}")
    )
    assert begun(ann, session, 0) == begun(ann, session, 0)
    assert len(log_of(world.store, "spring")) == 1
    others = {opened(ann, 2), opened(ann, 1, {"name": "other"}), opened(world.client("bob"))}
    assert len(others | {session}) == 4
    assert len(log_of(world.store, "spring")) == 4


def test_sessions_that_open_at_once_are_each_logged_once(world: World) -> None:
    def go(nonce: int) -> str:
        return opened(world.client(), nonce)

    with ThreadPoolExecutor(8) as pool:
        names = list(pool.map(go, [i % 5 for i in range(20)]))
    lines = log_of(world.store, "spring")
    assert sorted(line.entry.session for line in lines) == sorted(set(names))


def test_the_same_step_many_times_at_once_is_one_step(world: World) -> None:
    ann = world.client()
    session = opened(ann)
    begun(ann, session, 0)
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda i: think(world.client(), session, 0, 1, f"thought {i % 2}"), range(16)))
    told = begun(ann, session, 0)["thoughts"]
    assert len(told) == 1
    assert {reply.status_code for reply in replies} == {200, 409}
    assert all(reply.json()["thoughts"] == told for reply in replies if reply.status_code == 200)


def test_another_s_session_is_no_one_else_s(world: World) -> None:
    session = opened(world.client())
    begun(world.client(), session, 0)
    for client, status in ((world.client("bob"), 403), (world.client(None), 401)):
        assert client.get(f"/api/sessions/{session}").status_code == status
        assert client.post(f"/api/sessions/{session}/episodes/0").status_code == status
        assert think(client, session, 0, 1, "x").status_code == status
        assert client.post(f"/api/sessions/{session}/close").status_code == status


def test_only_the_server_s_clock_closes_a_session(world: World) -> None:
    ann = world.client()
    session = opened(ann)
    begun(ann, session, 0)
    ann.headers["Date"] = "Thu, 01 Jan 2036 00:00:00 GMT"
    assert think(ann, session, 0, 1, "on time").status_code == 200
    ann.headers["Date"] = "Thu, 01 Jan 2016 00:00:00 GMT"
    world.clock.time += timedelta(days=8)
    assert think(ann, session, 0, 2, "late").status_code == 410
    assert think(ann, session, 0, 1, "on time").status_code == 200  # a repeated step is still answered
    assert ann.post(f"/api/sessions/{session}/episodes/1").status_code == 410
    assert ann.post(f"/api/sessions/{session}/close").json() == ann.post(f"/api/sessions/{session}/close").json()
    world.clock.time += timedelta(days=8)
    refused = ann.post("/api/rounds/spring/sessions", json={"card": CARD, "nonce": "a" * 64})
    assert refused.status_code == 410
    assert "closed" in refused.json()["error"]["message"]


def test_a_closed_session_is_scored_once_and_told_in_all(world: World) -> None:
    ann = world.client()
    session = opened(ann)
    begun(ann, session, 3)
    think(ann, session, 3, 1, f"Answer: {world.answer(session, 3)}")
    with pytest.raises(Conflict, match="open"):
        judge_session(world.store, session)
    ann.post(f"/api/sessions/{session}/close")
    assert sessions_to_score(world.store) == (session,)
    entry = judge_session(world.store, session)
    for _ in range(2):
        keep_score(world.store, entry, now=world.clock())
    assert sessions_to_score(world.store) == ()
    told = ann.get(f"/api/sessions/{session}").json()
    assert (told["correct"], told["abandoned"]) == (1, N - 1)
    assert [entry for _, entry in entries_of(world.store)] == [entry]


def test_attempts_count_sessions_that_were_only_opened(world: World) -> None:
    ann = world.client()
    sessions = [opened(ann, nonce) for nonce in range(3)]
    ann.post(f"/api/sessions/{sessions[0]}/close")
    keep_score(world.store, judge_session(world.store, sessions[0]), now=world.clock())
    opened(ann, 9)
    found = audited(revealed(world.store, "spring", world.clock()))
    assert found.holds
    assert {entry.attempts for entry in found.entries} == {4}
    assert {entry.attempts for _, entry in entries_of(world.store)} == {4}


def test_episodes_that_are_begun_and_left_are_limited(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playing, "EPISODES_AT_ONCE", 2)
    ann = world.client()
    session = opened(ann)
    begun(ann, session, 0)
    begun(ann, session, 1)
    assert ann.post(f"/api/sessions/{session}/episodes/2").status_code == 409
    think(ann, session, 0, 1, "Answer: 1")
    begun(ann, session, 2)


def test_a_thought_that_is_too_long_ends_the_episode_and_is_cut(world: World) -> None:
    ann = world.client()
    session = opened(ann)
    begun(ann, session, 0)
    told = think(ann, session, 0, 1, "Answer: 5" + " " * 1_000).json()
    assert told["over"] is True
    assert len(told["thoughts"][0]) == 1_000
    ann.post(f"/api/sessions/{session}/close")
    assert audited(revealed(world.store, "spring", world.clock())).holds


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b'{"episode":0}', b'{"episode":0,"step":true,"thought":"x"}',
        b'{"episode":0,"step":1,"thought":"x","reward":1}', b'{"episode":0,"step":1,"step":1,"thought":"x"}',
        b'{"episode":NaN,"step":1,"thought":"x"}', b'{"episode":1e999,"step":1,"thought":"x"}',
        b'{"episode":' + b"9" * 10_000 + b',"step":1,"thought":"x"}', b"[" * 100_000,
        b'{"episode":0,"step":1,"thought":"\\ud800"}', b'{"episode":0,"step":1,"thought":"\xff"}',
        b'{"episode":-1,"step":1,"thought":"x"}', b'{"episode":0,"step":0,"thought":"x"}',
        b'{"episode":0,"step":1,"thought":"x","spent":{"tokens":-1}}',
    ],
)  # fmt: skip
def test_a_step_that_is_none_is_refused(world: World, body: bytes) -> None:
    ann = world.client()
    session = opened(ann)
    begun(ann, session, 0)
    reply = ann.post(f"/api/sessions/{session}/steps", content=body)
    assert reply.status_code == 422, reply.text
    assert begun(ann, session, 0)["thoughts"] == []


def test_a_thought_may_hold_any_character(world: World) -> None:
    ann = world.client()
    session = opened(ann)
    begun(ann, session, 0)
    hostile = "\x00\u202e<script>alert(1)</script>\U0001f600 е\r\n"
    assert think(ann, session, 0, 1, hostile).json()["thoughts"] == [hostile]
    ann.post(f"/api/sessions/{session}/close")
    assert audited(revealed(world.store, "spring", world.clock())).holds


def test_a_round_needs_its_own_signing_key_to_be_revealed(world: World) -> None:
    def never(identity: str) -> Entry:
        raise AssertionError(identity)

    with pytest.raises(Conflict, match="signing key"):
        reveal(world.store, "spring", Ed25519PrivateKey.generate(), never, now=world.clock())


def test_a_round_that_is_not_there_is_told_of_with_the_open_ones_of_nearly_its_name(world: World) -> None:
    autumn = world.manifest.model_copy(update={"round": "sprint"})
    open_round(world.store, autumn, KEY, SIGNING, now=START, lasts=timedelta(days=1))
    ann = world.client()

    def refused(name: str) -> str:
        body = {"card": CARD, "nonce": f"{1:064x}"}
        replies = [ann.get(f"/api/rounds/{name}{more}") for more in ("", "/log", "/archive")]
        replies.append(ann.post(f"/api/rounds/{name}/sessions", json=body))
        assert {reply.status_code for reply in replies} == {404}
        (told,) = {reply.json()["error"]["message"] for reply in replies}
        return str(told)

    assert refused("sprang") == "there is no round 'sprang'; did you mean 'spring' or 'sprint'?"
    assert refused("nothing-like-it") == "there is no round 'nothing-like-it'; /api/rounds lists them"
    world.clock.time += timedelta(days=2)
    assert refused("sprang") == "there is no round 'sprang'; did you mean 'spring'?"


def test_sessions_are_under_way_until_they_are_closed_or_their_time_is_up(world: World) -> None:
    ann = world.client()
    first, second = opened(ann, 1), opened(ann, 2)
    assert sessions_under_way(world.store, "spring", now=START) == 2
    ann.post(f"/api/sessions/{first}/close")
    assert sessions_under_way(world.store, "spring", now=START) == 1
    assert sessions_under_way(world.store, "spring", now=START + timedelta(days=8)) == 0
    assert ann.get(f"/api/sessions/{second}").json()["closed"] is None


def test_a_round_s_name_is_taken_once(world: World) -> None:
    with pytest.raises(ValueError, match="another name"):
        open_round(world.store, world.manifest, KEY, SIGNING, now=START, lasts=timedelta(days=1))
    with pytest.raises(ValueError, match="longer"):
        open_round(world.store, manifest(7), KEY, SIGNING, now=START, lasts=timedelta())


def test_common_problems_are_played_by_keepers_alone(world: World) -> None:
    common = manifest(N, common=True).model_copy(update={"round": "hidden"})
    open_round(world.store, common, KEY, SIGNING, now=START, lasts=timedelta(days=1))
    body = {"card": CARD, "nonce": "a" * 64}
    assert world.client().post("/api/rounds/hidden/sessions", json=body).status_code == 403
    keeper = issue_token(world.store, "ann", {Scope.SUBMIT, Scope.ADMIN}, now=START)
    world.tokens["keeper"] = keeper
    clients = world.client("keeper")
    sessions = [
        clients.post("/api/rounds/hidden/sessions", json={**body, "nonce": nonce * 64}).json()["session"]
        for nonce in "ab"
    ]
    questions = [begun(clients, session, 0)["question"] for session in sessions]
    assert questions[0] == questions[1]
    think(clients, sessions[0], 0, 1, f"Answer: {problem_of(common, KEY, sessions[0], 0).problem.answer}")
    found = audited(revealed(world.store, "hidden", START))
    assert found.holds
    assert {entry.tier for entry in found.entries} == {Tier.REPRODUCED}
    assert [entry.solved for entry in found.entries] == ["1" + "0" * (N - 1), "0" * N]


def test_closed_sessions_are_judged_beside_the_server(world: World) -> None:
    from reasoning_leaderboard.bounded import Bounds
    from reasoning_leaderboard.verifying import judge_next

    session = opened(world.client())
    begun(world.client(), session, 0)
    think(world.client(), session, 0, 1, f"Answer: {world.answer(session, 0)}")
    url = world.store.url.render_as_string(hide_password=False)
    assert not judge_next(world.store, url, Bounds(), {}, now=world.clock)
    world.client().post(f"/api/sessions/{session}/close")
    assert judge_next(world.store, url, Bounds(), {}, now=world.clock)
    assert not judge_next(world.store, url, Bounds(), {}, now=world.clock)
    assert world.client().get(f"/api/sessions/{session}").json()["correct"] == 1


def test_a_session_that_is_judged_anew_keeps_its_old_score_and_the_reason(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = opened(world.client())
    begun(world.client(), session, 0)
    think(world.client(), session, 0, 1, f"Answer: {world.answer(session, 0)}")
    world.client().post(f"/api/sessions/{session}/close")
    keep_score(world.store, judge_session(world.store, session), now=world.clock())
    assert scored_sessions(world.store) == (session,)
    monkeypatch.setattr("reasoning_leaderboard.tracks.CHECKER_VERSION", 2)
    with pytest.raises(NotComparable, match="checker"):
        judge_session(world.store, session)
    monkeypatch.setattr(type(get_family("linear_equation")), "verify", lambda *_: incorrect("a new rule"))
    anew = judge_session(world.store, session, anew=True)
    assert anew.track.key == Entry.read(anew.written()).track.key  # not that of the older track
    assert replace_score(world.store, anew, "the checker is stricter", now=world.clock())
    assert not replace_score(world.store, anew, "once more", now=world.clock())
    ((_, entry),) = entries_of(world.store)
    assert (entry.correct, entry.track.checker, entry.attempts) == (0, 2, 1)
    (old,) = entry.history
    assert (old.correct, old.n, old.reason) == (1, N, "the checker is stricter")


def test_sessions_are_rescored_in_processes_that_can_be_killed(world: World) -> None:
    from reasoning_leaderboard.bounded import Bounds
    from reasoning_leaderboard.verifying import rescore_sessions

    session = opened(world.client())
    world.client().post(f"/api/sessions/{session}/close")
    keep_score(world.store, judge_session(world.store, session), now=world.clock())
    url = world.store.url.render_as_string(hide_password=False)
    assert rescore_sessions(world.store, url, "to be sure", Bounds(), now=world.clock) == (0, [])


def test_no_claim_of_what_thinking_cost_keeps_a_round_from_being_revealed(world: World) -> None:
    session = opened(world.client())
    begun(world.client(), session, 0)
    for step in (1, 2):
        assert think(world.client(), session, 0, step, "hm", tokens=2**53 - 1).status_code == 200
    found = audited(revealed(world.store, "spring", START))
    assert found.holds
    assert [entry.spent.tokens for entry in found.entries] == [2**53 - 1]


def test_a_session_that_a_slow_clock_lets_in_during_the_reveal_is_closed_and_revealed_too(world: World) -> None:
    first = opened(world.client(), nonce=1)
    judged: list[str] = []

    def late(identity: str) -> Entry:
        if not judged:
            behind = START - timedelta(days=3650)
            open_session(world.store, "spring", "bob", AgentCard(name="late"), f"{2:064x}", now=behind)
        judged.append(identity)
        return judge_session(world.store, identity)

    reveal(world.store, "spring", SIGNING, late, now=START)
    found = audited(revealed(world.store, "spring", START))
    assert found.holds
    assert [entry.account for entry in found.entries] == ["ann", "bob"]
    assert judged[0] == first
    with world.store.reading() as session:
        assert len(set(session.scalars(select(PieceRow.archive)))) == 1  # of the first try nothing is kept


def test_what_a_reveal_that_was_killed_left_behind_goes_when_the_round_is_revealed(world: World) -> None:
    other = world.manifest.model_copy(update={"round": "summer"})
    open_round(world.store, other, KEY, SIGNING, now=START, lasts=timedelta(days=10))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("reasoning_leaderboard.store.revealing._publish", killed)
        for name in ("spring", "spring", "summer"):
            with pytest.raises(KeyboardInterrupt):
                revealed(world.store, name, START)
    archive = revealed(world.store, "spring", START)
    assert audited(archive).holds
    assert archives(world) == 2  # that of spring, and what may yet be one of summer
    assert audited(revealed(world.store, "summer", START)).holds
    assert archives(world) == 2
    assert revealed(world.store, "spring", START) == archive


def archives(world: World) -> int:
    with world.store.reading() as session:
        return len(set(session.scalars(select(PieceRow.archive))))


def test_a_reveal_that_comes_second_neither_breaks_the_first_s_archive_nor_leaves_its_own(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reasoning_leaderboard.store.revealing.PIECE", 100)
    opened(world.client())
    first: list[bytes] = []

    def judge(identity: str) -> Entry:
        if not first:  # another reveal begins and ends while this one judges
            first.append(revealed(world.store, "spring", START))
        return judge_session(world.store, identity)

    reveal(world.store, "spring", SIGNING, judge, now=START)
    assert revealed(world.store, "spring", START) == first[0]
    assert archives(world) == 1


def test_a_reveal_keeps_the_scores_that_an_entry_had_before(world: World) -> None:
    session = opened(world.client())
    world.client().post(f"/api/sessions/{session}/close")
    entry = judge_session(world.store, session)
    mistaken = entry.cells[0].model_copy(update={"correct": 1})
    keep_score(world.store, entry.model_copy(update={"cells": (mistaken, *entry.cells[1:])}), now=START)
    replace_score(world.store, entry, "the checker took what was wrong", now=START)
    assert audited(revealed(world.store, "spring", START)).entries == [entry]
    ((_, shown),) = entries_of(world.store)
    assert [(old.correct, old.reason) for old in shown.history] == [(1, "the checker took what was wrong")]


def test_writes_go_on_while_a_round_s_archive_is_made(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(identity: str) -> Entry:
        open_account(world.store, "carol", now=START)  # would wait for a lock that the reveal held
        return judge_session(world.store, identity)

    monkeypatch.setattr("reasoning_leaderboard.store.opening.PATIENCE", 1)
    opened(world.client())
    reveal(world.store, "spring", SIGNING, busy, now=START)
    assert audited(revealed(world.store, "spring", START)).holds


def test_a_round_of_which_a_session_can_not_be_judged_stays_hidden(world: World) -> None:
    session = opened(world.client())

    def judge(identity: str) -> Entry:
        raise NotDone(f"session {identity} took more than 900 seconds")

    with pytest.raises(NotDone, match=session):
        reveal(world.store, "spring", SIGNING, judge, now=START)
    assert world.client().get("/api/rounds/spring/archive").status_code == 404
    assert world.client().get("/api/rounds/spring").json()["state"] == "closed"
    assert audited(revealed(world.store, "spring", START)).holds


def test_rounds_revealed_and_sessions_scored_at_once_wait_for_each_other_and_never_in_a_circle(world: World) -> None:
    other = world.manifest.model_copy(update={"round": "summer"})
    open_round(world.store, other, KEY, SIGNING, now=START, lasts=timedelta(days=10))
    accounts = ("ann", "bob", "bob", "ann")
    for name, order in (("spring", accounts), ("summer", accounts[::-1])):
        for nonce, account in enumerate(order):
            body = {"card": CARD, "nonce": f"{nonce:064x}"}
            session = world.client(account).post(f"/api/rounds/{name}/sessions", json=body).json()["session"]
            assert world.client(account).post(f"/api/sessions/{session}/close").status_code == 200
    entries = [judge_session(world.store, each) for each in sessions_to_score(world.store)]
    with ThreadPoolExecutor(8) as pool:
        archives = [pool.submit(revealed, world.store, name, START) for name in ("spring", "summer") * 2]
        scored = [pool.submit(keep_score, world.store, entry, now=START) for entry in entries]
        assert all(each.result() for each in scored)
        assert all(audited(each.result()).holds for each in archives)
    assert len(entries_of(world.store)) == 8


def test_a_step_reads_no_other_episode_of_its_session(world: World) -> None:
    session = opened(world.client())
    for episode in range(N):
        begun(world.client(), session, episode)
    read: list[int] = []

    def note(row: EpisodeRow, _: object) -> None:
        read.append(row.episode)

    event.listen(EpisodeRow, "load", note)
    try:
        assert think(world.client(), session, 2, 1, "hm").status_code == 200
    finally:
        event.remove(EpisodeRow, "load", note)
    assert set(read) == {2}


@pytest.mark.parametrize(("limit", "most"), [("MOST_SESSIONS", 2), ("MOST_PLAYED", 2 * N * SHARES)])
def test_an_account_takes_no_more_than_its_share_of_a_round_s_sessions(
    world: World, monkeypatch: pytest.MonkeyPatch, limit: str, most: int
) -> None:
    """Two accounts could else take all episodes of a round whose sessions are long."""
    monkeypatch.setattr(playing, limit, most)
    first = opened(world.client(), nonce=1)
    opened(world.client(), nonce=2)
    reply = world.client().post("/api/rounds/spring/sessions", json={"card": CARD, "nonce": f"{3:064x}"})
    assert reply.status_code == 409
    assert "the account has opened 2 sessions" in reply.json()["error"]["message"]
    assert opened(world.client(), nonce=1) == first  # which is no other attempt
    opened(world.client("bob"), nonce=3)


def test_a_round_takes_no_more_sessions_than_anyone_can_audit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playing, "MOST_PLAYED", 2 * N)
    monkeypatch.setattr(playing, "SHARES", 1)
    first = opened(world.client(), nonce=1)
    opened(world.client(), nonce=2)
    reply = world.client("bob").post("/api/rounds/spring/sessions", json={"card": CARD, "nonce": f"{3:064x}"})
    assert (reply.status_code, "full" in reply.json()["error"]["message"]) == (409, True)
    assert opened(world.client(), nonce=1) == first


def test_a_session_that_can_not_be_judged_keeps_no_other_waiting(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from reasoning_leaderboard.bounded import Bounds, NotDone
    from reasoning_leaderboard.verifying import judge_next

    sessions = [opened(world.client(), nonce) for nonce in (1, 2)]
    for each in sessions:
        world.client().post(f"/api/sessions/{each}/close")

    def run(work: Any, arguments: tuple[str, str], *_: Any, **__: Any) -> dict[str, str]:
        if arguments[1] == sessions[0]:
            raise NotDone("it took more than 900 seconds")
        return {"entry": judge_session(world.store, arguments[1]).written().decode()}

    monkeypatch.setattr("reasoning_leaderboard.verifying.run_bounded", run)
    later: dict[str, datetime] = {}
    looks = [judge_next(world.store, "", Bounds(), later, now=world.clock) for _ in range(3)]
    assert looks == [True, True, False]
    assert sessions_to_score(world.store) == (sessions[0],)
    world.clock.time += timedelta(hours=1)
    assert judge_next(world.store, "", Bounds(), later, now=world.clock)


def test_a_server_without_the_round_s_signing_key_lets_nobody_in(world: World) -> None:
    other = make_app(world.store, Settings(), [challenge_router(Ed25519PrivateKey.generate())], now=world.clock)
    headers = {"Authorization": f"Bearer {world.tokens['ann']}"}
    reply = TestClient(other, headers=headers).post(
        "/api/rounds/spring/sessions", json={"card": CARD, "nonce": f"{1:064x}"}
    )
    assert (reply.status_code, "hasn't the key" in reply.text) == (409, True)
    assert log_of(world.store, "spring") == ()


def test_an_entry_of_a_round_tells_of_attempts_that_came_after_it(world: World) -> None:
    session = opened(world.client(), nonce=1)
    world.client().post(f"/api/sessions/{session}/close")
    entry = judge_session(world.store, session)
    opened(world.client(), nonce=2)  # while the first was being judged
    keep_score(world.store, entry, now=START)
    told = [entries_of(world.store)[0][1].attempts]
    opened(world.client("bob"), nonce=1)
    opened(world.client(), nonce=3)
    told.append(entries_of(world.store)[0][1].attempts)
    assert told == [2, 3]


def test_an_archive_is_kept_and_sent_in_pieces(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reasoning_leaderboard.store.revealing.PIECE", 100)
    assert world.client(None).get("/api/rounds/spring/archive").status_code == 404
    archive = revealed(world.store, "spring", START)
    assert len(list(archive_pieces(world.store, "spring"))) == -(-len(archive) // 100) > 1
    reply = world.client(None).get("/api/rounds/spring/archive")
    assert (reply.content, reply.headers["Content-Length"]) == (archive, str(len(archive)))


def test_a_session_may_write_no_more_than_is_set_aside_for_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reasoning_leaderboard.challenge.archive.LARGEST_SESSION", 20_000)
    ann = world.client()
    session = opened(ann)
    begun(ann, session, 0)
    replies = [think(ann, session, 0, step, "\U0001f600" * 900) for step in (1, 2)]
    assert [reply.status_code for reply in replies] == [200, 409]
    assert "write shorter thoughts" in replies[1].json()["error"]["message"]
    assert think(ann, session, 0, 2, "shorter").status_code == 200
    archive = revealed(world.store, "spring", START)
    assert audited(archive).holds
    with world.store.reading() as reading:
        row = session_row(reading, session)
    assert len(parts_of(archive)[SESSIONS]) <= row.written <= row.room


def test_what_sessions_take_of_an_archive_is_never_more_than_was_counted(world: World) -> None:
    """With thoughts of every kind of character, spent at its largest, and an entry of many cells."""
    for nonce, text in enumerate(("a", "é", "\x00", "\U0001f600", '"\\')):
        session = opened(world.client(), nonce)
        for episode in range(N):
            begun(world.client(), session, episode)
            spent = dict.fromkeys(("tokens", "prompt_tokens", "forward_passes", "simulations"), 2**53 - 1)
            assert think(world.client(), session, episode, 1, text * 80, **spent).status_code == 200
    archive = revealed(world.store, "spring", START)
    with world.store.reading() as reading:
        counted = sum(reading.scalars(select(SessionRow.written)))
        log = sum(len(card) + 4 * LINE_OVERHEAD for card in reading.scalars(select(SessionRow.card)))
    assert len(parts_of(archive)[SESSIONS]) <= counted
    assert len(parts_of(archive)[LOG]) <= log


def test_a_round_is_full_before_its_archive_is_too_large_and_closing_makes_room(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, _ = room_of(world.manifest, AgentCard.model_validate(CARD))
    monkeypatch.setattr(playing, "LARGEST_SESSIONS", 3.5 * room)
    monkeypatch.setattr(playing, "SHARES", 1.4)
    ann, bob = world.client(), world.client("bob")
    first = opened(ann, 1)
    opened(ann, 2)
    body = {"card": CARD, "nonce": f"{3:064x}"}
    reply = ann.post("/api/rounds/spring/sessions", json=body)
    assert (reply.status_code, "the account's sessions" in reply.text) == (409, True)
    opened(bob, 4)
    reply = bob.post("/api/rounds/spring/sessions", json={**body, "nonce": f"{5:064x}"})
    assert (reply.status_code, "the round is full" in reply.text) == (409, True)
    ann.post(f"/api/sessions/{first}/close")
    opened(ann, 3)


def test_sessions_whose_time_is_up_are_closed_if_their_key_is_here(world: World) -> None:
    session = opened(world.client())
    assert close_late(world.store, SIGNING, now=world.clock()) == 0
    world.clock.time += timedelta(days=8)
    assert close_late(world.store, Ed25519PrivateKey.generate(), now=world.clock()) == 0
    assert close_late(world.store, SIGNING, now=world.clock()) == 1
    assert close_late(world.store, SIGNING, now=world.clock()) == 0
    assert sessions_to_score(world.store) == (session,)


def test_a_family_that_was_raised_during_a_round_is_told_of_in_words(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = opened(world.client())
    monkeypatch.setattr(get_family("linear_equation"), "version", 99)
    reply = world.client().post(f"/api/sessions/{session}/episodes/0")
    assert (reply.status_code, "tell those who run it" in reply.text) == (409, True)


def test_a_server_tells_at_its_start_of_rounds_that_it_can_not_play(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tell_of_rounds(world.store, public_key(SIGNING))
    assert caplog.text == ""
    tell_of_rounds(world.store, public_key(Ed25519PrivateKey.generate()))
    assert "the round spring is signed by another key" in caplog.text
    caplog.clear()
    monkeypatch.setattr(get_family("linear_equation"), "version", 99)
    tell_of_rounds(world.store, public_key(SIGNING))
    assert "serve and reveal it with the software that it was opened with" in caplog.text
    revealed_round = world.manifest.round
    monkeypatch.undo()
    revealed(world.store, revealed_round, START)
    caplog.clear()
    tell_of_rounds(world.store, "00" * 32)
    assert caplog.text == ""
