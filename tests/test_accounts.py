"""Tokens let in whom they were given to, for as long and for what they were given, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from reasoning_leaderboard.accounts import (
    BadToken,
    Holder,
    Scope,
    accounts,
    holder_of,
    issue_token,
    open_account,
    revoke_token,
    tokens_of,
)
from reasoning_leaderboard.store import Store, open_store
from reasoning_leaderboard.store.limits import Rate, forget_empty, take

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    store = open_store(store_url)
    open_account(store, "ada", now=NOW)
    yield store
    store.close()


def test_a_token_is_known_for_its_account_and_scopes(store: Store):
    token = issue_token(store, "ada", [Scope.SUBMIT, Scope.ADMIN], now=NOW)
    (facts,) = tokens_of(store, "ada")
    assert holder_of(store, token, now=NOW) == Holder("ada", frozenset({Scope.SUBMIT, Scope.ADMIN}), facts.id)
    assert (facts.made, facts.expires, facts.revoked) == (NOW, NOW + 90 * DAY, None)


def test_a_token_has_256_bits_and_is_nowhere_in_the_store(store: Store):
    tokens = {issue_token(store, "ada", [Scope.SUBMIT], now=NOW) for _ in range(20)}
    assert len(tokens) == 20
    assert {len(token) for token in tokens} == {4 + 43}  # 43 characters of 6 bits
    with store.reading() as session:
        kept = str(session.execute(text("SELECT * FROM tokens")).all())
    assert not any(token in kept or token[4:] in kept for token in tokens)


def test_a_token_that_expired_or_was_revoked_is_of_no_use(store: Store):
    token = issue_token(store, "ada", [Scope.SUBMIT], now=NOW, lasts=DAY)
    holder = holder_of(store, token, now=NOW + DAY - timedelta(seconds=1))
    with pytest.raises(BadToken, match="has expired"):
        holder_of(store, token, now=NOW + DAY)
    revoke_token(store, holder.token, now=NOW)
    with pytest.raises(BadToken, match="is revoked"):
        holder_of(store, token, now=NOW)
    revoke_token(store, holder.token, now=NOW + DAY)
    assert tokens_of(store, "ada")[0].revoked == NOW


@pytest.mark.parametrize(
    "token",
    [
        "",
        "rgl_",
        "rgl_" + "A" * 43,
        "rgl_" + "A" * 44,
        "A" * 47,
        "rgl_" + "é" * 43,
        "rgl_" + "A" * 42 + "\x00",
        "x" * 10**6,
    ],
)
def test_a_wrong_token_is_refused_without_being_repeated(store: Store, token: str):
    with pytest.raises(BadToken) as error:
        holder_of(store, token, now=NOW)
    assert not token or token == "rgl_" or token not in str(error.value)


def test_a_token_with_one_character_changed_is_wrong(store: Store):
    token = issue_token(store, "ada", [Scope.SUBMIT], now=NOW)
    for place in range(4, len(token)):
        other = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with pytest.raises(BadToken):
            holder_of(store, other, now=NOW)


@pytest.mark.parametrize("name", ["", " ada", "a" * 81, "аda", "a\x00", "a\n", "-a", "a'; DROP TABLE accounts; --%"])
def test_a_name_that_could_be_mistaken_is_refused(store: Store, name: str):
    with pytest.raises(ValueError, match="can't be an account's name"):
        open_account(store, name, now=NOW)


@pytest.mark.parametrize("name", ["ada", "ADA"])
def test_a_name_is_taken_in_whatever_case(store: Store, name: str):
    with pytest.raises(ValueError, match="take another name"):
        open_account(store, name, now=NOW)
    open_account(store, "ada_", now=NOW)
    assert accounts(store) == ("ada", "ada_")


@pytest.mark.parametrize(
    ("account", "scopes", "lasts", "told"),
    [
        ("nobody", [Scope.SUBMIT], DAY, "no account 'nobody'"),
        ("ada", [], DAY, "allow nothing"),
        ("ada", [Scope.SUBMIT], timedelta(0), "would last"),
        ("ada", [Scope.SUBMIT], 1000 * DAY, "would last"),
    ],
)
def test_a_token_that_makes_no_sense_is_not_issued(
    store: Store, account: str, scopes: list[Scope], lasts: timedelta, told: str
):
    with pytest.raises(ValueError, match=told):
        issue_token(store, account, scopes, now=NOW, lasts=lasts)
    assert tokens_of(store, "ada") == ()


def test_the_tokens_of_an_account_that_is_not_there_are_not_none_but_a_mistake(store: Store):
    with pytest.raises(ValueError, match="no account 'nobody'; make it first"):
        tokens_of(store, "nobody")


def test_an_unknown_token_cannot_be_revoked(store: Store):
    with pytest.raises(ValueError, match="no token with the id 'nothing'"):
        revoke_token(store, "nothing", now=NOW)


def test_a_rate_allows_its_burst_and_then_one_at_a_time(store: Store):
    rate = Rate(burst=3, per_hour=60)
    assert [take(store, "k", rate, now=NOW) for _ in range(5)] == [None] * 3 + [timedelta(minutes=1)] * 2
    later = NOW + timedelta(seconds=59)
    assert take(store, "k", rate, now=later) == timedelta(seconds=1)
    assert [take(store, "k", rate, now=NOW + timedelta(minutes=1)) for _ in range(2)] == [None, timedelta(minutes=1)]
    assert take(store, "another", rate, now=NOW) is None
    after_long = NOW + timedelta(days=1)
    assert [take(store, "k", rate, now=after_long) is None for _ in range(4)] == [True] * 3 + [False]


def test_a_clock_that_is_put_back_allows_no_more_and_shuts_nobody_out(store: Store):
    rate = Rate(burst=1, per_hour=60)
    assert take(store, "k", rate, now=NOW) is None
    before = NOW - 10 * DAY
    assert take(store, "k", rate, now=before) == timedelta(minutes=1)
    assert take(store, "k", rate, now=before + timedelta(minutes=1)) is None


def test_counts_that_are_empty_are_forgotten_and_no_others(store: Store):
    rate = Rate(burst=1, per_hour=60)
    take(store, "k", rate, now=NOW)
    forget_empty(store, now=NOW)
    assert take(store, "k", rate, now=NOW) is not None
    forget_empty(store, now=NOW + timedelta(minutes=1))
    with store.reading() as session:
        assert session.execute(text("SELECT count(*) FROM buckets")).scalar() == 0
