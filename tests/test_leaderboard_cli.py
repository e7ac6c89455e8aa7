"""The leaderboard's commands, as a newcomer types them one after the other, against a server that really runs."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import reasoning_leaderboard
from reasoning_baselines.cli.screen import EXTRAS

COMMAND = [sys.executable, "-c", "from reasoning_baselines.cli import app; app()"]
MODELS = ("torch", "transformers", "safetensors", "tokenizers", "stable_baselines3")  # of the extra `agents`
WITHOUT_MODELS = [
    sys.executable,
    "-c",
    f"import sys; sys.modules.update(dict.fromkeys({MODELS})); from reasoning_baselines.cli import app; app()",
]
ENVIRONMENT = {**os.environ, "COLUMNS": "100", "TERM": "dumb", "NO_COLOR": "1"}


class Folder:
    """An empty folder in which commands are typed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.token = ""

    def type(self, line: str, status: int = 0, command: list[str] = COMMAND, **variables: str) -> str:
        """What a command prints; it must leave with this status."""
        done = self.run(line, command, **variables)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    def run(self, line: str, command: list[str] = COMMAND, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command."""
        return subprocess.run(
            [*command, *line.split()],
            cwd=self.path,
            env={**ENVIRONMENT, "REASONING_LEADERBOARD_TOKEN": self.token, **variables},
            capture_output=True,
            text=True,
        )

    def get(self, path: str) -> httpx.Response:
        """What the server has at an address."""
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(self.path / "sock"))) as client:
            return client.get(f"http://board/{path}")

    def post(self, path: str, body: object) -> httpx.Response:
        """What the server answers to a request of the token's holder."""
        headers = {"Authorization": f"Bearer {self.token}"}
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(self.path / "sock")), headers=headers) as client:
            return client.post(f"http://board/{path}", json=body)

    def serve(self) -> subprocess.Popen[bytes]:
        """Start a server, and wait until it answers."""
        with (self.path / "serve.log").open("wb") as log:
            server = subprocess.Popen(
                [*COMMAND, "leaderboard", "serve", "--socket", "sock", "--workers", "1"],
                cwd=self.path,
                env=ENVIRONMENT,
                stdout=log,
                stderr=log,
            )
        while server.poll() is None:
            try:
                if self.get("api/health").is_success:
                    break
            except httpx.TransportError:
                time.sleep(0.05)
        assert server.poll() is None, (self.path / "serve.log").read_text()
        return server


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Folder]:
    """A folder with a store, an account, some rounds, and a server."""
    folder = Folder(tmp_path_factory.mktemp("b"))
    folder.type("leaderboard account ada")
    folder.token = folder.type("leaderboard token ada --keeper").strip()
    folder.type("leaderboard open spring --env linear_equation --levels 1,2 --episodes 8")
    folder.type("leaderboard open hidden --common --env integer_expression --levels 10 --episodes 4")
    folder.type("leaderboard open light --env linear_equation --levels 1 --episodes 4")
    server = folder.serve()
    yield folder
    server.terminate()
    assert server.wait() in (0, -signal.SIGTERM)  # which it hands on to itself at the end


def test_a_run_is_submitted_verified_sent_and_shown(board: Folder) -> None:
    board.type("evaluate --agent random --env ReasoningCore-v0 --episodes 100 --out runs/mine")
    told = board.type("submit runs/mine --name mine --note by-chance")
    assert "leaderboard/submissions/mine" in told
    told = board.type("leaderboard verify leaderboard/submissions")
    assert re.search(r"mine: holds +random on ReasoningCore-v0: \d of 100", told)
    told, again = (board.type("leaderboard send leaderboard/submissions/mine --server unix:sock") for _ in range(2))
    score = r"verified: random on ReasoningCore-v0: \d of 100, \d\.0% \(\d\.\d% to \d+\.\d%\)"
    assert re.fullmatch(rf"{score}\nentries/[0-9a-f]{{64}}\.html at unix:sock\n", told)
    assert again == told
    assert board.get(told.splitlines()[1].split()[0]).is_success
    told = board.type("leaderboard export site --submissions leaderboard/submissions")
    assert re.match(r"1 entries, \d+ pages; open site/index.html", told)
    assert "random" in (board.path / "site" / "index.html").read_text()


def test_a_submission_that_was_tampered_with_is_rejected_by_name(board: Folder) -> None:
    board.type("evaluate --agent random --env ReasoningCore-v0 --episodes 100 --out runs/other")
    board.type("submit runs/other --name other --out subs")
    head = board.path / "subs" / "other" / "submission.toml"
    head.write_text(re.sub(r"correct = \d+", "correct = 99", head.read_text()))
    told = board.type("leaderboard verify subs", status=1)
    assert "subs/other: rejected" in told
    assert "correct is 99" in told


@pytest.mark.parametrize(
    ("change", "state", "why"),
    [
        ((r"correct = \d+", "correct = 99"), "rejected", "submission.toml: correct is 99"),
        ((r"checker = \d+", "checker = 9999"), "not comparable", "checker"),
    ],
)
def test_what_a_server_finds_wrong_is_told_in_full(
    board: Folder, change: tuple[str, str], state: str, why: str
) -> None:
    board.type("evaluate --agent random --env ReasoningCore-v0 --episodes 100 --out runs/wrong")
    name = state.replace(" ", "-")
    board.type(f"submit runs/wrong --name {name} --note {name} --out sent")
    head = board.path / "sent" / name / "submission.toml"
    head.write_text(re.sub(*change, head.read_text()))
    told = board.type(f"leaderboard send sent/{name} --server unix:sock", status=1)
    assert re.match(rf"{state}: api/submissions/[0-9a-f]{{64}} at unix:sock\n", told)
    assert why in told
    assert board.type(f"leaderboard send sent/{name} --server unix:sock --no-wait", status=1) == told


def test_a_script_need_not_wait_for_the_decision(board: Folder) -> None:
    board.type("evaluate --agent random --env ReasoningCore-v0 --episodes 100 --out runs/script")
    board.type("submit runs/script --name script --note quick --out sent")
    told = board.type("leaderboard send sent/script --server unix:sock --no-wait")
    assert re.match(r"pending: api/submissions/[0-9a-f]{64} at unix:sock; the same command later tells", told)


def test_a_challenge_is_played_judged_revealed_and_audited(board: Folder) -> None:
    told, again = (board.type("leaderboard run --server unix:sock --agent random --round spring") for _ in range(2))
    assert re.search(r"session [0-9a-f]{64}: 8 episodes, closed", told)
    assert re.search(r"\d of 8 right", told)
    assert re.findall(r"server: ([0-9a-f]{64})", told) == re.findall(r"server: ([0-9a-f]{64})", again)
    told = board.type("leaderboard reveal spring", status=2)
    assert re.search(r"spring is open until \d{4}-\d\d-\d\d \d\d:\d\d UTC; no session is under way\. Reveal", told)
    assert not (board.path / "spring.tar.zst").exists()
    board.type("leaderboard reveal spring --early")
    board.type("leaderboard reveal spring")  # again, which changes nothing
    told = board.type("leaderboard verify spring.tar.zst")
    assert "every problem, score, hash and signature holds" in told
    (session,) = (board.path / "runs").glob("spring-random-*")
    told = board.type(f"leaderboard verify spring.tar.zst --session {session}")
    assert re.search(r"all \d+ receipts of your sessions", told)
    joined = json.loads((session / "session.json").read_text())
    for name, change, status, said in (
        (
            "elsewhere",
            {"round": "light"},
            2,
            "holds a session of the round light, and spring.tar.zst is of the round spring",
        ),
        ("forged", {"commitment": "0" * 64}, 1, "1 finding: the round doesn't hold"),
    ):
        (board.path / name).mkdir()
        (board.path / name / "session.json").write_text(json.dumps({**joined, **change}))
        told = board.type(f"leaderboard verify spring.tar.zst --session {name}", status=status)
        assert said in told
        assert ("doesn't hold" in told) == (status == 1)
    other = board.path / "a[" / "b]"  # which reads like a mark of the terminal's
    other.mkdir(parents=True)
    (other / "session.json").write_text(
        re.sub(r'"nonce":"\w+"', f'"nonce":"{0:064}"', (session / "session.json").read_text())
    )
    told = board.type("leaderboard verify spring.tar.zst --session a[/b]", status=1)
    assert "a[/b] its session isn't in the round's log" in told
    assert "note: a[/b] doesn't tell what was sent" in told
    for folder, options in (("of-store", ""), ("of-file", " --round spring.tar.zst")):
        board.type(f"leaderboard export {folder}{options}")
        page = (board.path / folder / "rounds.html").read_text()
        assert joined["commitment"] in page
        assert ("round-hidden" in page) == (folder == "of-store")
    damaged = bytearray((board.path / "spring.tar.zst").read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (board.path / "damaged.tar.zst").write_bytes(damaged)
    assert "can't be decompressed" in board.type("leaderboard verify damaged.tar.zst", status=2)


def test_a_reveal_that_would_cut_off_sessions_says_how_many(board: Folder) -> None:
    for nonce, told in (("a", "1 session is under way"), ("b", "2 sessions are under way")):
        body = {"card": {"name": "hand"}, "nonce": nonce * 64}
        assert board.post("api/rounds/light/sessions", body).is_success
        assert f"; {told}, and would be cut off. Reveal it" in board.type("leaderboard reveal light", status=2)


def test_what_needs_no_model_needs_no_torch(board: Folder) -> None:
    board.type("evaluate --agent random --env ReasoningCore-v0 --episodes 100 --out runs/light")
    for line, told in (
        ("submit runs/light --name light --note light --out sent", "holds the submission"),
        ("leaderboard verify sent/light", "light: holds"),
        ("leaderboard send sent/light --server unix:sock", "verified: random"),
        ("leaderboard run --server unix:sock --agent random --round light --out runs/light-session", "of 4 right"),
    ):
        assert told in board.type(line, command=WITHOUT_MODELS)
    needed = "leaderboard run --server unix:sock --agent greedy --round light"
    assert "this needs torch, which isn't installed" in board.type(needed, status=2, command=WITHOUT_MODELS)


def test_a_recipe_plays_hidden_problems_with_the_network_closed(board: Folder) -> None:
    done = board.run("leaderboard reproduce search-chains --server unix:sock --round hidden")
    if "the network can't be closed" in done.stderr:
        pytest.skip("the system doesn't allow a process to close its network")
    assert re.search(r"\d of 4 right", done.stdout), done.stderr


def test_nothing_that_was_typed_or_logged_holds_the_token(board: Folder) -> None:
    board.type("leaderboard run --server unix:sock --agent random --round hidden --out runs/hidden")
    files = [path for path in board.path.rglob("*") if path.is_file()]
    assert {"serve.log", "receipts.jsonl", "session.json", "leaderboard.sqlite"} <= {path.name for path in files}
    assert [path for path in files if board.token.encode() in path.read_bytes()] == []


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("leaderboard verify .", "holds no submission"),
        ("leaderboard verify nowhere.tar.zst", "nowhere.tar.zst"),
        ("leaderboard run --server unix:sock --agent nobody --round hidden", "there is no agent 'nobody'"),
        ("leaderboard run --server unix:sock --agent random --round sprng", "did you mean 'spring'?"),
        ("leaderboard reproduce search-chains --server http://localhost", "only unix:PATH can be reached"),
        ("leaderboard account ada", "is there; take another name"),
        ("leaderboard token nobody", "there is no account 'nobody'"),
        ("leaderboard tokens nobody", "there is no account 'nobody'"),
        ("leaderboard revoke 123", "there is no token"),
        ("leaderboard open spring --env linear_equation", "take another name"),
        ("leaderboard open s --env linear_equation --episodes 1", "episodes is 1; give 3"),
        ("leaderboard open s --env gsm8k", "gsm8k needs data"),
        ("leaderboard reveal winter", "there is no round 'winter'; known are "),
        ("leaderboard reveal sprung", "there is no round 'sprung'; did you mean 'spring'?"),
        ("leaderboard serve --store mysql://x --port 0", "a store can't be in mysql"),
        ("leaderboard serve --store sqlite:////nowhere/x.sqlite --port 0", "the store is sqlite:////nowhere/x.sqlite"),
        (
            "leaderboard open a/b --env linear_equation",
            "round is 'a/b': it may have ASCII letters, digits and _ : . -, and no spaces",
        ),
        ("leaderboard tokens ada --store sqlite:///elsewhere.sqlite", "there is no store at /"),
        ("leaderboard rescore --reason x --settings none.toml", "none.toml"),
        ("leaderboard run --server localhost:8080 --agent random", "write http://HOST:PORT"),
        ("leaderboard run --server unix:nobody --agent random", "is the server running"),
        ("submit runs", "holds no run.json"),
        ("leaderboard export site --submissions nowhere", "nowhere isn't there"),
        ("leaderboard export site --submissions . --round winter.tar.zst", "winter.tar.zst isn't there"),
    ],
)
def test_mistakes_are_told_in_plain_words(board: Folder, line: str, told: str) -> None:
    printed = board.type(line, status=2)
    assert told in printed
    assert "Traceback" not in printed


def test_a_server_says_so_where_its_port_is_taken(board: Folder) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        told = board.type(f"leaderboard serve --port {port}", status=2)
    assert f"can't listen at 127.0.0.1, port {port}" in told
    assert "give another --port" in told


def test_a_token_that_was_copied_with_its_dots_is_refused_in_plain_words(board: Folder) -> None:
    command = "leaderboard run --server unix:sock --agent random"
    told = board.type(command, status=2, REASONING_LEADERBOARD_TOKEN="rgl_…")
    assert "the token holds signs that no token has" in told


def test_only_what_begins_a_store_makes_one_and_says_where(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.type("leaderboard token ada", status=2)
    assert list(tmp_path.iterdir()) == []
    assert f"a new store: {tmp_path}" in folder.type("leaderboard account ada").replace("\n", "")


def test_each_package_that_the_leaderboard_imports_has_an_extra_to_be_named() -> None:
    sources = [path.read_text(encoding="utf-8") for path in Path(reasoning_leaderboard.__path__[0]).rglob("*.py")]
    imported = {name for text in sources for name in re.findall(r"^ *(?:from|import) (\w+)", text, re.MULTILINE)}
    own = {name for name in imported if name.startswith("reasoning_")}
    always = {"gymnasium", "numpy", "rich", "sympy", "typer"}  # what the package needs without any extra
    always |= {"_typeshed"}  # which only checkers of types read
    assert {"fastapi", "markupsafe"} <= imported
    assert imported - sys.stdlib_module_names - own - always - EXTRAS.keys() == set()


def test_a_submission_lies_where_it_was_said(board: Folder) -> None:
    board.type("evaluate --agent random --env ReasoningCore-v0 --episodes 100 --out runs/placed")
    told = board.run("", command=[*COMMAND, "submit", "runs/placed", "--name", "my own"]).stdout
    assert "`reasoning-gym leaderboard verify 'leaderboard/submissions/my own'`" in told
    card = board.path / "leaderboard" / "submissions" / "my own" / "submission.toml"
    card.write_text(card.read_text().replace('note = ""', 'note = "mine"') + "\n# edited\n")
    again = board.run("", command=[*COMMAND, "submit", "runs/placed", "--name", "my own"])
    assert again.returncode == 2
    assert "was edited since; give another name, or delete it and try again" in again.stderr
    assert card.read_text().endswith("# edited\n")
    assert "without slashes" in board.type("submit runs/placed --name ../placed", status=2)
    assert "code is 'here': write it like https://example.org/path" in board.type(
        "submit runs/placed --code here", status=2
    )


def test_a_token_is_asked_for_where_there_is_none(board: Folder) -> None:
    told = board.type("leaderboard run --server unix:sock --agent random", status=2, REASONING_LEADERBOARD_TOKEN="")
    assert "a token is needed: set REASONING_LEADERBOARD_TOKEN" in told
