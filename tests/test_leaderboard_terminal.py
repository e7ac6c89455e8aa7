"""The leaderboard's commands: what they say of what strangers made, and that a terminal obeys none of it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from challenge_rounds import SIGNING, Round, manifest
from test_challenge import solve
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
