"""The tables of the store. Times are the server's own; what is received is never changed or deleted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Text, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column
from sqlalchemy.types import TypeDecorator

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
NAMES: Final = {  # of constraints, so that a migration can name them in any database
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Instant(TypeDecorator[datetime]):
    """A moment, kept as microseconds since 1970 in UTC: the same in every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """The whole number that is kept."""
        return None if value is None else (value - EPOCH) // MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """The moment, in UTC."""
        return None if value is None else EPOCH + value * MICROSECOND


# SQLite counts up by itself only in a column of this very type
Number: Final = BigInteger().with_variant(Integer(), "sqlite")


class Base(MappedAsDataclass, DeclarativeBase, kw_only=True):
    """What all tables share; its metadata is what migrations are held against."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[Mapping[Any, Any]] = {datetime: Instant(), int: BigInteger()}


class AccountRow(Base, kw_only=True):
    """Who may submit."""

    __tablename__ = "accounts"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    made: Mapped[datetime]


class TokenRow(Base, kw_only=True):
    """A bearer token, of which only the hash is kept."""

    __tablename__ = "tokens"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)  # the first digits of its hash, to speak of it by
    digest: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256 of the token, hexadecimal
    account: Mapped[str] = mapped_column(ForeignKey("accounts.name"), index=True)
    scopes: Mapped[str] = mapped_column(String(200))  # sorted, with a space between
    made: Mapped[datetime]
    expires: Mapped[datetime]
    revoked: Mapped[datetime | None] = mapped_column(default=None)


class SubmissionRow(Base, kw_only=True):
    """An archive as it was received, and what came of it. Only the state, its reason and its moment ever change."""

    __tablename__ = "submissions"
    __table_args__ = (UniqueConstraint("account", "content"),)

    number: Mapped[int] = mapped_column(Number, primary_key=True, init=False)  # in the order of arrival
    id: Mapped[str] = mapped_column(String(64), unique=True)  # hash of account and content
    account: Mapped[str] = mapped_column(ForeignKey("accounts.name"), index=True)
    content: Mapped[str] = mapped_column(String(64))  # SHA-256 of the archive, hexadecimal
    size: Mapped[int]  # of the archive, bytes
    state: Mapped[str] = mapped_column(String(16))  # pending, verified, rejected or not_comparable
    reason: Mapped[str] = mapped_column(Text, default="")
    received: Mapped[datetime]
    decided: Mapped[datetime | None] = mapped_column(default=None)
    archive: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, deferred_raiseload=True)


class EntryRow(Base, kw_only=True):
    """A line of the board; what it is looked up by beside it. It changes when problems are judged anew."""

    __tablename__ = "entries"
    __table_args__ = (Index(None, "track", "tier"),)

    number: Mapped[int] = mapped_column(Number, primary_key=True, init=False)  # in the order of arrival
    id: Mapped[str] = mapped_column(String(64), unique=True)  # the entry's own
    submission: Mapped[str | None] = mapped_column(ForeignKey("submissions.id"), unique=True, default=None)
    account: Mapped[str] = mapped_column(ForeignKey("accounts.name"), index=True)
    tier: Mapped[str] = mapped_column(String(16))
    track: Mapped[str] = mapped_column(String(12))  # the track's key
    round: Mapped[str | None] = mapped_column(String(120), index=True, default=None)
    stands: Mapped[bool] = mapped_column(default=True)  # False once its submission has been found wrong
    record: Mapped[str] = mapped_column(Text)  # the entry in canonical JSON


class JobRow(Base, kw_only=True):
    """A submission that is to be verified, or verified anew. Whoever works on it holds it by a lease."""

    __tablename__ = "jobs"

    submission: Mapped[str] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    reason: Mapped[str] = mapped_column(Text, default="")  # why it is judged anew; empty the first time
    queued: Mapped[datetime] = mapped_column(index=True)
    lease: Mapped[str] = mapped_column(String(32), default="")  # a random word of who works on it
    leased_until: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)  # how often someone began


class BucketRow(Base, kw_only=True):
    """How much of a rate limit someone has used: the moment at which nothing of it will be used any more."""

    __tablename__ = "buckets"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)  # what is limited, and for whom
    empty_at: Mapped[datetime] = mapped_column(index=True)


class RoundRow(Base, kw_only=True):
    """A challenge. Its key, `secret`, is one until the round is revealed."""

    __tablename__ = "rounds"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    manifest: Mapped[str] = mapped_column(Text)  # canonical JSON
    secret: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, repr=False)
    commitment: Mapped[str] = mapped_column(String(64))  # hexadecimal
    public_key: Mapped[str] = mapped_column(String(64))  # that signatures are checked with, hexadecimal
    opened: Mapped[datetime]
    closes: Mapped[datetime]  # from when on nothing is taken
    revealed: Mapped[datetime | None] = mapped_column(default=None)
    archive: Mapped[str | None] = mapped_column(String(32), default=None)  # the name of its pieces, once it is revealed


class PieceRow(Base, kw_only=True):
    """A piece of a round's archive, which may be too large to be held in memory."""

    __tablename__ = "pieces"

    archive: Mapped[str] = mapped_column(String(32), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)  # from 0
    size: Mapped[int]  # bytes
    data: Mapped[bytes] = mapped_column(LargeBinary, repr=False)


class SessionRow(Base, kw_only=True):
    """An account's play of a round."""

    __tablename__ = "sessions"

    number: Mapped[int] = mapped_column(Number, primary_key=True, init=False)  # in the order of opening
    id: Mapped[str] = mapped_column(String(64), unique=True)
    round: Mapped[str] = mapped_column(ForeignKey("rounds.name"), index=True)
    account: Mapped[str] = mapped_column(ForeignKey("accounts.name"), index=True)
    card: Mapped[str] = mapped_column(Text)  # canonical JSON
    nonce: Mapped[str] = mapped_column(String(64))
    opened: Mapped[datetime]
    closes: Mapped[datetime]  # from when on nothing is taken
    room: Mapped[int]  # bytes of a round's archive that are set aside for it
    written: Mapped[int]  # bytes that it has taken of them
    closed: Mapped[datetime | None] = mapped_column(index=True, default=None)
    head: Mapped[str | None] = mapped_column(String(64), default=None)  # of all its episodes, once it is closed
    signature: Mapped[str | None] = mapped_column(String(128), default=None)  # of the head
    scored: Mapped[datetime | None] = mapped_column(index=True, default=None)


class EpisodeRow(Base, kw_only=True):
    """An episode that has begun, and where it is."""

    __tablename__ = "episodes"

    session: Mapped[str] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    episode: Mapped[int] = mapped_column(primary_key=True)
    question: Mapped[str] = mapped_column(Text)  # the public half of the problem, JSON
    steps: Mapped[int] = mapped_column(default=0)
    over: Mapped[bool] = mapped_column(default=False)
    head: Mapped[str] = mapped_column(String(64))  # of its chain


class StepRow(Base, kw_only=True):
    """A thought as it was received, and the head of its episode's chain after it. Never changed."""

    __tablename__ = "steps"

    session: Mapped[str] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    episode: Mapped[int] = mapped_column(primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True)  # from 1
    record: Mapped[str] = mapped_column(Text)  # canonical JSON
    head: Mapped[str] = mapped_column(String(64))


class LogRow(Base, kw_only=True):
    """A line of a round's log, and the log's head after it. Never changed."""

    __tablename__ = "log"

    round: Mapped[str] = mapped_column(ForeignKey("rounds.name"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)  # from 1
    entry: Mapped[str] = mapped_column(Text)  # canonical JSON
    head: Mapped[str] = mapped_column(String(64))
