"""Accounts, made by those who run the board, and the bearer tokens by which they are known."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from reasoning_leaderboard.entries import NAME
from reasoning_leaderboard.store import Store
from reasoning_leaderboard.store.tables import AccountRow, TokenRow

PREFIX: Final = "rgl_"  # by which people, logs and scanners of repositories know a token for one
TOKEN: Final = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")  # 256 bits
LONGEST_NAME: Final = 80
SHORTEST_LIFE: Final = timedelta(minutes=1)
LONGEST_LIFE: Final = timedelta(days=366)


class Scope(StrEnum):
    """What a token allows beside reading."""

    SUBMIT = "submit"  # to send submissions and take part in challenges, in the account's name
    ADMIN = "admin"  # to see what is another's


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose token a request came with, and what it allows."""

    account: str
    scopes: frozenset[Scope]
    token: str  # its id


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What is known of a token; the token itself isn't."""

    id: str
    account: str
    scopes: frozenset[Scope]
    made: datetime
    expires: datetime
    revoked: datetime | None


class BadToken(ValueError):
    """The token is of no account, or not any more."""


def open_account(store: Store, name: str, *, now: datetime) -> None:
    """Make an account.

    Raises:
        ValueError: if the name can't be one, or is taken, in whatever case.
    """
    if len(name) > LONGEST_NAME or not re.fullmatch(NAME, name):
        raise ValueError(
            f"{name[:60]!r} can't be an account's name; take 1 to {LONGEST_NAME} ASCII letters, digits and ' ._+:()/@-'"
        )
    with store.writing() as session:
        other = session.scalar(select(AccountRow.name).where(func.lower(AccountRow.name) == name.lower()))
        if other is not None:
            raise ValueError(f"the account {other!r} is there; take another name")
        session.add(AccountRow(name=name, made=now))


def accounts(store: Store) -> tuple[str, ...]:
    """The names of all accounts, in order."""
    with store.reading() as session:
        return tuple(session.scalars(select(AccountRow.name).order_by(AccountRow.name)))


def issue_token(
    store: Store, account: str, scopes: Collection[Scope], *, now: datetime, lasts: timedelta = timedelta(days=90)
) -> str:
    """A new token of an account. It can't be shown again: only its hash is kept.

    Raises:
        ValueError: if there is no such account, nothing is allowed, or it would last too long or too short.
    """
    if not scopes:
        raise ValueError(f"the token would allow nothing; give some of {', '.join(Scope)}")
    if not SHORTEST_LIFE <= lasts <= LONGEST_LIFE:
        raise ValueError(f"the token would last {lasts}; let it last from {SHORTEST_LIFE} to {LONGEST_LIFE}")
    token = PREFIX + secrets.token_urlsafe(32)
    digest = _digest(token)
    row = TokenRow(
        id=digest[:16],
        digest=digest,
        account=account,
        scopes=" ".join(sorted(set(scopes))),
        made=now,
        expires=now + lasts,
    )
    try:
        with store.writing() as session:
            session.add(row)
    except IntegrityError as error:
        raise ValueError(f"there is no account {account[:60]!r}; make it first") from error
    return token


def revoke_token(store: Store, token_id: str, *, now: datetime) -> None:
    """Let a token be of no use from now on.

    Args:
        store: where it is.
        token_id: its id, as `tokens_of` tells it.
        now: the time.

    Raises:
        ValueError: if there is no such token.
    """
    with store.writing() as session:
        row = session.get(TokenRow, token_id)
        if row is None:
            raise ValueError(f"there is no token with the id {token_id[:60]!r}; list the account's tokens")
        row.revoked = row.revoked or now


def tokens_of(store: Store, account: str) -> tuple[TokenFacts, ...]:
    """The tokens of an account, oldest first, expired and revoked ones too.

    Raises:
        ValueError: if there is no such account.
    """
    with store.reading() as session:
        if session.get(AccountRow, account) is None:
            raise ValueError(f"there is no account {account[:60]!r}; make it first")
        rows = session.scalars(select(TokenRow).where(TokenRow.account == account).order_by(TokenRow.made))
        return tuple(TokenFacts(row.id, row.account, _scopes(row), row.made, row.expires, row.revoked) for row in rows)


def holder_of(store: Store, token: str, *, now: datetime) -> Holder:
    """Whose a token is. It is found by its hash, so that the time this takes tells nothing of other tokens.

    Raises:
        BadToken: if it is wrong, expired or revoked; the message doesn't hold it.
        StoreUnavailable: if that can't be found out.
    """
    if not TOKEN.fullmatch(token):
        raise BadToken(f"the token isn't one; a token begins with {PREFIX} and has {len(PREFIX) + 43} characters")
    with store.reading() as session:
        row = session.scalars(select(TokenRow).where(TokenRow.digest == _digest(token))).one_or_none()
    if row is None:
        raise BadToken("the token is of no account; ask those who run the board for another")
    if row.revoked is not None and row.revoked <= now:
        raise BadToken(f"the token {row.id} is revoked; ask those who run the board for another")
    if row.expires <= now:
        raise BadToken(f"the token {row.id} has expired; ask those who run the board for another")
    return Holder(row.account, _scopes(row), row.id)


def _scopes(row: TokenRow) -> frozenset[Scope]:
    return frozenset(map(Scope, row.scopes.split()))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("ascii")).hexdigest()
