"""The addresses of rounds and sessions. Only observations go out: no reward, verdict or answer before the reveal."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Annotated, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.responses import StreamingResponse

from reasoning_leaderboard.accounts import Holder, Scope
from reasoning_leaderboard.challenge.chain import Step, public_key
from reasoning_leaderboard.challenge.told import (
    EpisodeTold,
    LogTold,
    ProgressTold,
    QuestionTold,
    RoundTold,
    SessionTold,
)
from reasoning_leaderboard.entries import AgentCard, Entry, Hash, Strict
from reasoning_leaderboard.server.board import Board, Submitter, TheBoard, forbidden, limit
from reasoning_leaderboard.server.bodies import json_of, takes_json
from reasoning_leaderboard.server.errors import Refused, error_schema
from reasoning_leaderboard.store import playing
from reasoning_leaderboard.store import rounds as kept_rounds
from reasoning_leaderboard.store.entries import entry as entry_with_id
from reasoning_leaderboard.store.playing import Seen, Sitting
from reasoning_leaderboard.store.rounds import (
    Conflict,
    NoSuch,
    Over,
    Round,
    archive_pieces,
    archive_size,
    look_up_round,
)
from reasoning_leaderboard.tracks import NotComparable

RoundName = Annotated[str, Path(pattern=r"^[A-Za-z0-9_:.-]{1,120}$", description="of a round")]
SessionId = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", description="of a session, 64 hexadecimal digits")]
EpisodeIndex = Annotated[int, Path(ge=0, le=2**31 - 1, description="of an episode, from 0")]
ZSTD: Final = "application/zstd"
MOST_LINES: Final = 500  # of a log, in one answer


class Opening(Strict):
    """What a client says to open a session."""

    card: AgentCard
    nonce: Hash  # 256 random bits in hexadecimal, of the client's choice


def challenge_router(signing: Ed25519PrivateKey) -> APIRouter:
    """The routes of challenges, on a server that signs with this key."""
    router = APIRouter(prefix="/api")

    @router.get("/rounds", responses=error_schema())
    def rounds(board: TheBoard) -> list[RoundTold]:
        """All rounds, newest first."""
        return [_round(board, each) for each in kept_rounds.rounds(board.store)]

    @router.get("/rounds/{name}", responses=error_schema(404))
    def round_(board: TheBoard, name: RoundName) -> RoundTold:
        """A round: what it is committed to, and what decides its problems."""
        return _round(board, _found(board, name))

    @router.get("/rounds/{name}/log", responses=error_schema(404))
    def log(board: TheBoard, name: RoundName, after: Annotated[int, Query(ge=0, le=2**53 - 1)] = 0) -> LogTold:
        """What happened in a round: each line with the hash of all lines up to it."""
        _found(board, name)
        lines = list(kept_rounds.log_of(board.store, name, after=after, most=MOST_LINES))
        return LogTold(lines=lines, after=after + len(lines) if len(lines) == MOST_LINES else None)

    @router.get(
        "/rounds/{name}/archive",
        response_class=StreamingResponse,
        responses={200: {"content": {ZSTD: {}}}, **error_schema(404)},
    )
    def archive(board: TheBoard, name: RoundName) -> Response:
        """Everything of a round that was revealed, for anyone to compute again."""
        _found(board, name)
        size = archive_size(board.store, name)
        if size is None:
            raise Refused(404, f"the round {name} isn't revealed yet; its archive is made then")
        headers = {"Content-Disposition": f'attachment; filename="{name}.tar.zst"', "Content-Length": str(size)}
        return StreamingResponse(archive_pieces(board.store, name), media_type=ZSTD, headers=headers)

    @router.post(
        "/rounds/{name}/sessions", responses=error_schema(403, 404, 409, 410, 413), openapi_extra=takes_json(Opening)
    )
    def open_session(
        board: TheBoard, holder: Submitter, name: RoundName, opening: Annotated[Opening, Depends(json_of(Opening))]
    ) -> SessionTold:
        """Open a session: it counts as an attempt. The same card and nonce again are the same session."""
        limit(board, "sessions", holder.account, board.settings.submissions)
        found = _found(board, name)
        with _told():
            if found.public_key != public_key(signing):
                raise Conflict("this server hasn't the key that the round is signed with; tell those who run it")
            if found.manifest.problems == "common" and Scope.ADMIN not in holder.scopes:
                # who has played once knows the problems
                raise forbidden("all sessions of the round have the same problems; only keepers play it", Scope.ADMIN)
            return _session(
                board,
                playing.open_session(board.store, name, holder.account, opening.card, opening.nonce, now=board.now()),
            )

    @router.get("/sessions/{id}", responses=error_schema(403, 404))
    def session(board: TheBoard, holder: Submitter, id: SessionId) -> SessionTold:
        """How far a session of one's own is."""
        with _told():
            _hold_to_own(board, holder, id)
            return _session(board, playing.look_up_session(board.store, id))

    @router.post("/sessions/{id}/episodes/{episode}", responses=error_schema(403, 404, 409, 410))
    def ask(board: TheBoard, holder: Submitter, id: SessionId, episode: EpisodeIndex) -> EpisodeTold:
        """Where an episode is; the first time, it begins with its question. Asking again changes nothing."""
        with _told():
            _hold_to_own(board, holder, id)
            return _episode(playing.ask(board.store, id, episode, signing, now=board.now()))

    @router.post(
        "/sessions/{id}/steps", responses=error_schema(403, 404, 409, 410, 413), openapi_extra=takes_json(Step)
    )
    def step(
        board: TheBoard, holder: Submitter, id: SessionId, thought: Annotated[Step, Depends(json_of(Step))]
    ) -> EpisodeTold:
        """Send a thought. The same again gets the same reply; another in its place is refused."""
        with _told():
            _hold_to_own(board, holder, id)
            return _episode(playing.take_step(board.store, id, thought, signing, now=board.now()))

    @router.post("/sessions/{id}/close", responses=error_schema(403, 404))
    def close(board: TheBoard, holder: Submitter, id: SessionId) -> SessionTold:
        """Close a session; what isn't finished counts as wrong. Closing it again changes nothing."""
        with _told():
            _hold_to_own(board, holder, id)
            return _session(board, playing.close_session(board.store, id, signing, now=board.now()))

    return router


@contextmanager
def _told() -> Generator[None]:
    """Tell of what can't be done with the status that stands for it."""
    try:
        yield
    except NoSuch as error:
        raise Refused(404, str(error.args[0])) from error
    except Conflict as error:
        raise Refused(409, str(error)) from error
    except NotComparable as error:
        told = f"the server can't make the round's problems any more: {error}; tell those who run it"
        raise Refused(409, told) from error
    except Over as error:
        raise Refused(410, str(error)) from error


def _hold_to_own(board: Board, holder: Holder, id: str) -> None:
    """Let a holder at a session that is theirs.

    Raises:
        Refused: if it is another's.
    """
    if playing.account_of(board.store, id) != holder.account:
        raise forbidden("the session is another account's")


def _found(board: Board, name: str) -> Round:
    """A round that is asked for by name.

    Raises:
        Refused: if there is none of that name; it names the open ones that are called nearly so.
    """
    try:
        return look_up_round(board.store, name)
    except NoSuch as error:
        still_open = [
            each.manifest.round for each in kept_rounds.rounds(board.store) if each.state(board.now()) == "open"
        ]
        close = " or ".join(map(repr, get_close_matches(name, still_open)))
        advice = f"did you mean {close}?" if close else "/api/rounds lists them"
        raise Refused(404, f"{error.args[0]}; {advice}") from error


def _round(board: Board, found: Round) -> RoundTold:
    return RoundTold(
        name=found.manifest.round,
        state=found.state(board.now()),
        commitment=found.commitment,
        public_key=found.public_key,
        opened=found.opened,
        closes=found.closes,
        revealed=found.revealed,
        sessions=found.sessions,
        episodes=found.manifest.episodes,
        manifest=found.manifest,
    )


def _session(board: Board, found: Sitting) -> SessionTold:
    entry: Entry | None = entry_with_id(board.store, found.id) if found.scored else None
    return SessionTold(
        session=found.id,
        round=found.round,
        account=found.account,
        card=found.card,
        nonce=found.nonce,
        episodes=found.episodes,
        begun=[ProgressTold(episode=each.episode, steps=each.steps, over=each.over) for each in found.begun],
        opened=found.opened,
        closes=found.closes,
        closed=found.closed,
        head=found.head,
        signature=found.signature,
        correct=None if entry is None else entry.correct,
        abandoned=None if entry is None else entry.abandoned,
    )


def _episode(seen: Seen) -> EpisodeTold:
    question = seen.question
    return EpisodeTold(
        session=seen.session,
        episode=seen.episode,
        step=seen.step,
        question=QuestionTold(
            family=question.family,
            level=question.level,
            statement=question.statement,
            answer_format=question.answer_format,
            given=list(question.given),
        ),
        thoughts=list(seen.thoughts),
        observation=seen.observation,
        thoughts_left=seen.thoughts_left,
        over=seen.over,
        head=seen.head,
        signature=seen.signature,
    )
