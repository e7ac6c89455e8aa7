"""The leaderboard's commands: what they say of what strangers made, and that a terminal obeys none of it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from challenge_rounds import SIGNING, Round, manifest
from live_server import serving
from test_challenge import solve
from test_leaderboard_cli import COMMAND
from test_submission import changed, played
from typer.testing import CliRunner

from reasoning_baselines.cli import app
from reasoning_leaderboard.archives import compress
from reasoning_leaderboard.challenge.chain import public_key
from reasoning_leaderboard.submission import Submission, write_submission


def run(*arguments: object) -> Any:
    command = ["leaderboard", *map(str, arguments)]
    return CliRunner().invoke(app, command, env={"COLUMNS": "80", "TERM": "dumb", "FORCE_COLOR": ""})


def written(submission: Submission, folder: Path) -> Path:
    write_submission(submission, folder)
    return folder


def asks(question: str) -> Submission:
    return changed(1, lambda row: row.update(question=question))


def test_a_round_is_audited_and_the_commitment_and_the_key_are_told(tmp_path: Path) -> None:
    made = Round(manifest())
    made.play("ann", 1, solve)
    file = tmp_path / "spring.tar.zst"
    file.write_bytes(made.archive())
    result = run("verify", file)
    assert result.exit_code == 0, result.output
    assert made.commit in result.output.replace("\n", "")
    assert public_key(SIGNING) in result.output.replace("\n", "")


HOSTILE = ["[/bold] closes what wasn't opened", "[link=file:///etc/passwd]here[/link]", "\x1b[2J\x07\u202e"]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_submission_says_is_shown_as_it_is_and_never_obeyed(tmp_path: Path, text: str) -> None:
    for number, hostile in enumerate((asks(text), replace(played(), episodes_file=compress(f'{{"{text}":'.encode())))):
        result = run("verify", written(hostile, tmp_path / str(number)))
        assert result.exit_code == 1, result.output
        assert not {"\x1b", "\x07", "\u202e"} & set(result.output)
    shown = run("verify", tmp_path / "0").output.replace("\n", "")
    assert "not comparable" in shown
    assert text[:8] in shown or "x1b" in shown


def test_every_submission_is_looked_at_after_one_that_can_not_be_read(tmp_path: Path) -> None:
    written(played(), tmp_path / "good")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "submission.toml").write_text("nonsense")
    result = run("verify", tmp_path)
    assert result.exit_code == 1
    assert "bad: rejected" in result.output.replace("\n", "")
    assert "good: holds" in result.output.replace("\n", "")


def test_a_pipe_in_the_place_of_an_archive_is_refused(tmp_path: Path) -> None:
    for name in ("a.tar", "a.tar.zst"):
        os.mkfifo(tmp_path / name)
        result = run("verify", tmp_path / name)
        assert result.exit_code == 2
        assert "is no file" in result.output.replace("\n", " ")


def test_a_submission_whose_head_is_a_link_is_refused(tmp_path: Path) -> None:
    folder = written(played(), tmp_path / "linked")
    (folder / "submission.toml").rename(tmp_path / "elsewhere.toml")
    (folder / "submission.toml").symlink_to(tmp_path / "elsewhere.toml")
    assert run("verify", folder).exit_code == 1


class Undecided:
    """A server that has every submission, and decides on none, or tells what it is made to."""

    def __init__(self, state: str = "pending", reason: str = "") -> None:
        self.told = {"id": "a" * 64, "state": state, "reason": reason, "entry": None}
        self.asked = threading.Event()  # what became of the submission

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        if scope["path"] == f"/api/submissions/{self.told['id']}":
            self.asked.set()
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(self.told).encode()})


def sends(folder: Path, url: str) -> Any:
    (folder / "token").write_text("rgl_x")
    return run("send", written(played(), folder / "sub"), "--server", url, "--token-file", folder / "token")


def test_what_is_not_decided_in_time_is_pending_and_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reasoning_baselines.cli.entering.LONGEST_DECISION", 0.5)
    with serving(server := Undecided()) as url:
        result = sends(tmp_path, url)
    assert server.asked.is_set()
    assert result.exit_code == 0, result.output
    assert result.stdout == f"pending: {url}/api/submissions/{'a' * 64}; the same command later tells what came of it\n"


def test_the_reason_of_a_server_is_shown_whole_and_never_obeyed(tmp_path: Path) -> None:
    reason = "\n".join(["episodes.jsonl.zst:1: [bold]it[/] is \x1b[2J\u202e wrong", *["and so on"] * 150])
    with serving(Undecided("rejected", reason)) as url:
        result = sends(tmp_path, url)
    assert result.exit_code == 1
    assert r"[bold]it[/] is \x1b[2J\u202e wrong" in result.stdout
    assert result.stdout.count("and so on\n") == 150


def test_a_person_who_stops_waiting_is_told_that_nothing_is_lost(tmp_path: Path) -> None:
    written(played(), tmp_path / "sub")
    with serving(server := Undecided()) as url:
        # which hears Ctrl-C also where the tests run in the background, in which it is ignored
        heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        command = [sys.executable, "-c", heard + COMMAND[-1], "leaderboard", "send", "sub", "--server", url]
        environment = {**os.environ, "COLUMNS": "80", "TERM": "dumb", "REASONING_LEADERBOARD_TOKEN": "rgl_x"}
        pipe = subprocess.PIPE
        with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=pipe, stderr=pipe, text=True) as sender:
            server.asked.wait()
            sender.send_signal(signal.SIGINT)
            told, complaint = sender.communicate()
    assert (sender.returncode, told) == (130, "")
    assert complaint == "stopped; what the server has it verifies, and the same command tells what came of it\n"


@pytest.fixture
def lying(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder in which a submission, and much that is none, lies, with a server beside it."""
    monkeypatch.chdir(tmp_path)
    written(played(), Path("sub"))
    written(played(), Path("subs/one"))
    written(played(), Path("subs/two"))
    for name in ("empty", "runs"):
        Path(name).mkdir()
    for name in ("none.toml", "none.tar", "none.tar.zst", "none"):
        Path(name).touch()
    Path("text").write_text("hello")
    Path("wrong.toml").write_text("prot = 1")
    Path("binary").write_bytes(b"\xff\xfe")
    Path("token").write_text("rgl_x")
    Path("runs/other").write_text("not a page")
    Path("compressed.tar.zst").write_bytes(compress(b"hello"))
    with serving(Undecided()) as url:
        monkeypatch.setenv("URL", url)
        yield tmp_path


SEND, EXPORT, SERVE = "send sub --server URL --token-file", "export site --round", "serve --socket"
MISTAKES = [
    ("send nowhere --server URL --token-file token", "nowhere is not there; name a submission's folder"),
    ("send text --server URL --token-file token", "text is no folder; name a submission's folder"),
    ("send empty --server URL --token-file token", "empty holds no submission: there is no submission.toml in it"),
    ("send subs --server URL --token-file token", "2 submissions (subs/one, subs/two); send one at a time"),
    (f"{SEND} nowhere", "the token file: there is no 'nowhere'; check the path"),
    (f"{SEND} empty", "the token file: 'empty' is a folder, where a file is wanted"),
    (f"{SEND} text/token", "the token file: 'text/token' can't be, since a part of this path is a file"),
    (f"{SEND} none", "the token file: 'none' is empty; is it the right file?"),
    (f"{SEND} binary", "the token file: 'binary' isn't text; is it the right file?"),
    ("tokens ada --settings nowhere", "there is no 'nowhere'; check the path"),
    ("tokens ada --settings empty", "'empty' is a folder, where a file is wanted"),
    ("tokens ada --settings binary", "binary isn't text; name a file of settings in TOML"),
    ("tokens ada --settings wrong.toml", "wrong.toml: unknown key 'prot'; did you mean 'port'?"),
    ("verify nowhere", "nowhere is no file; give a submission's folder"),
    ("verify text", "text is no round's archive; name ROUND.tar.zst"),
    ("verify none.tar.zst", "none.tar.zst is no round's archive"),
    ("verify sub/submission.toml", "sub/submission.toml is no round's archive"),
    ("verify compressed.tar.zst", "it is no tar archive"),
    (f"{EXPORT} nowhere", "nowhere isn't there; give folders of submissions, and archives"),
    (f"{EXPORT} empty", "'empty' is a folder, where a file is wanted"),
    (f"{EXPORT} text", "text is no round's archive; name ROUND.tar.zst"),
    (f"{EXPORT} compressed.tar.zst", "it is no tar archive"),
    ("export site --submissions nowhere", "nowhere isn't there; give folders of submissions"),
    ("export site --submissions empty", "empty holds no submission"),
    ("export text --submissions sub", "'text' can't be, since a part of this path is a file"),
    ("export runs --submissions sub", "runs holds something else than exported pages"),
    ("serve --port 99999", "port is 99999; it must be at most 65535"),
    (f"{SERVE} text", "text is there, and is no socket; give another --socket"),
    (f"{SERVE} empty", "empty is there, and is no socket"),
    (f"{SERVE} nowhere/sock", "there is no folder for the socket nowhere/sock; make it"),
    (f"{SERVE} {'long' * 40}", "AF_UNIX path too long; give another --socket"),
]


@pytest.mark.parametrize(("line", "told"), MISTAKES)
def test_a_mistake_is_told_with_the_path_and_what_to_do(lying: Path, line: str, told: str) -> None:
    before = sorted(lying.rglob("*"))
    result = run(*line.replace("URL", os.environ["URL"]).split())
    assert result.exit_code == 2, result.output
    assert told in result.stderr
    assert "Errno" not in result.stderr
    assert result.stdout == ""
    assert sorted(lying.rglob("*")) == before


def test_what_a_person_may_not_read_is_called_so(lying: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, *_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_text", refuse)  # as root may read everything
    result = run("tokens", "ada", "--settings", lying / "wrong.toml")
    assert result.exit_code == 2
    assert f"'{lying}/wrong.toml' may not be read or written by you; change its permissions" in result.stderr


def test_a_socket_of_a_server_that_runs_is_left_to_it(tmp_path: Path) -> None:
    place = tmp_path / "sock"
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(place))
        other.listen()
        result = run("serve", "--socket", place, "--store", f"sqlite:///{tmp_path}/board.sqlite")
    assert result.exit_code == 2
    assert f"another server listens at {place}" in result.stderr
    assert place.is_socket()


def test_a_socket_of_a_server_that_is_gone_is_removed(tmp_path: Path) -> None:
    place = tmp_path / "sock"
    with socket.socket(socket.AF_UNIX) as gone:
        gone.bind(str(place))
    result = run("serve", "--socket", place, "--store", "sqlite:////nowhere/board.sqlite")
    assert "the store is sqlite:////nowhere/board.sqlite" in result.stderr
    assert not place.exists()
