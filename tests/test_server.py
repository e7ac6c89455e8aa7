"""What the server answers: to those who may, once they may, and in JSON that says what is wrong."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pretend_verifiers import by_word
from real_servers import PLENTY, router
from sqlalchemy import func, select
from starlette.testclient import TestClient

from reasoning_leaderboard.accounts import Scope, holder_of, issue_token, open_account, revoke_token
from reasoning_leaderboard.bounded import Bounds
from reasoning_leaderboard.server.app import make_app
from reasoning_leaderboard.server.settings import Settings, from_environment, read_settings, to_environment
from reasoning_leaderboard.store import Store, StoreFull, StoreUnavailable, open_store
from reasoning_leaderboard.store.limits import Rate
from reasoning_leaderboard.store.tables import JobRow, SubmissionRow
from reasoning_leaderboard.verifying import verify_next

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SETTINGS = Settings(archive_bytes=10_000, json_bytes=200_000, submissions=PLENTY, requests=PLENTY)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    store = open_store(store_url)
    for name in ("ada", "bob"):
        open_account(store, name, now=NOW)
    yield store
    store.close()


@pytest.fixture
def lite(tmp_path: Path) -> Store:
    """A store on SQLite, where the kind of database makes no difference."""
    store = open_store(f"sqlite:///{tmp_path}/board.sqlite")
    open_account(store, "ada", now=NOW)
    return store


def client(store: Store, settings: Settings = SETTINGS, now: datetime = NOW) -> TestClient:
    return TestClient(make_app(store, settings, [router], now=lambda: now), raise_server_exceptions=False)


def token(store: Store, account: str = "ada", scope: Scope = Scope.SUBMIT) -> dict[str, str]:
    return {"Authorization": f"Bearer {issue_token(store, account, [scope], now=NOW)}"}


def rows(store: Store) -> int:
    with store.reading() as session:
        return session.scalar(select(func.count()).select_from(SubmissionRow)) or 0


def test_a_submission_is_kept_then_verified_then_for_all_to_see(store: Store):
    asked, ada = client(store), token(store)
    sent = asked.post("/api/submissions", content=b"good", headers=ada)
    assert (sent.status_code, sent.json()["state"], sent.json()["received"]) == (202, "pending", "2026-03-01T00:00:00Z")
    address = sent.headers["location"]
    assert asked.get(address, headers=ada).json() == sent.json()
    assert verify_next(store, by_word, Bounds(seconds=60), now=lambda: NOW)
    assert asked.post("/api/submissions", content=b"good", headers=ada).status_code == 200
    told = asked.get(address).json()
    assert told["state"] == "verified"
    assert asked.get(f"{address}/archive").content == b"good"
    entry = asked.get(f"/api/entries/{told['entry']}").json()
    assert (entry["account"], entry["cells"][0]["n"]) == ("ada", 10)
    assert asked.get("/api/entries").json() == {"entries": [entry], "after": None}


def test_entries_are_told_in_pages_and_by_tier_and_track(store: Store):
    asked, ada = client(store), token(store)
    for number in range(5):
        asked.post("/api/submissions", content=b"%d" % number, headers=ada)
    while verify_next(store, by_word, Bounds(seconds=60), now=lambda: NOW):
        pass
    seen: list[str] = []
    after = 0
    while after is not None:
        page = asked.get("/api/entries", params={"most": 2, "after": after}).json()
        seen += [entry["id"] for entry in page["entries"]]
        after = page["after"]
    assert len(seen) == len(set(seen)) == 5
    assert len(asked.get("/api/entries?tier=self-reported").json()["entries"]) == 5
    assert asked.get("/api/entries?tier=challenged").json()["entries"] == []
    assert asked.get("/api/entries?track=000000000000").json()["entries"] == []


def test_the_same_submission_many_times_at_once_is_one_row_and_one_answer(store: Store):
    asked, ada = client(store), token(store)
    answers: list[tuple[int, str]] = []

    def send() -> None:
        answer = asked.post("/api/submissions", content=b"the same", headers=ada)
        answers.append((answer.status_code, answer.text))

    with asked:
        threads = [threading.Thread(target=send) for _ in range(100)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (len(answers), len(set(answers)), answers[0][0]) == (100, 1, 202)
        assert rows(store) == 1
        with store.reading() as session:
            assert session.scalar(select(func.count()).select_from(JobRow)) == 1


def test_two_accounts_may_send_the_same_content(lite: Store):
    open_account(lite, "bob", now=NOW)
    asked = client(lite)
    sent = [asked.post("/api/submissions", content=b"x", headers=token(lite, name)).json() for name in ("ada", "bob")]
    assert sent[0]["id"] != sent[1]["id"]
    assert sent[0]["content"] == sent[1]["content"]


def test_what_is_not_verified_is_for_its_account_and_those_who_run_the_board(store: Store):
    asked, ada = client(store), token(store)
    address = asked.post("/api/submissions", content=b"good", headers=ada).headers["location"]
    for path in (address, f"{address}/archive"):
        assert asked.get(path, headers=ada).status_code == 200
        assert asked.get(path, headers=token(store, "bob", Scope.ADMIN)).status_code == 200
        assert asked.get(path, headers=token(store, "bob")).status_code == 403
        assert asked.get(path).status_code == 401


def test_who_may_not_is_told_why_and_nothing_is_kept(lite: Store):
    good, gone = token(lite)["Authorization"], token(lite)["Authorization"]
    revoke_token(lite, holder_of(lite, gone[7:], now=NOW).token, now=NOW)
    cases = [
        ({}, NOW, 401, "a token is needed"),
        ({"Authorization": "Bearer rgl_" + "A" * 43}, NOW, 401, "of no account"),
        ({"Authorization": "Bearer " + "A" * 9000}, NOW, 401, "isn't one"),
        ({"Authorization": "Basic YWRhOmFkYQ=="}, NOW, 401, "no bearer token"),
        ({"Authorization": good[7:]}, NOW, 401, "no bearer token"),
        ({"Authorization": gone}, NOW, 401, "is revoked"),
        (token(lite, scope=Scope.ADMIN), NOW, 403, "doesn't allow to submit"),
        ({"X-Token": good[7:], "Cookie": f"token={good[7:]}"}, NOW, 401, "a token is needed"),
        ({"Authorization": good}, NOW + timedelta(days=90), 401, "has expired"),
    ]
    for headers, now, status, told in cases:
        answer = client(lite, now=now).post("/api/submissions", content=b"x", headers=headers)
        assert (answer.status_code, told in answer.json()["error"]["message"]) == (status, True), answer.text
        assert answer.headers["www-authenticate"].startswith('Bearer realm="leaderboard"')
        assert good[7:] not in answer.text
        assert gone[7:] not in answer.text
    assert rows(lite) == 0


@pytest.mark.parametrize("place", ["?token={}", "?{}", "/{}", "?a=b&access_token=x{}y"])
def test_a_token_in_an_address_is_refused_and_not_logged(place: str, lite: Store, caplog: pytest.LogCaptureFixture):
    secret = token(lite)["Authorization"][7:]
    with caplog.at_level(logging.DEBUG):
        answer = client(lite).post(
            "/api/submissions" + place.format(secret), content=b"x", headers={"Authorization": f"Bearer {secret}"}
        )
    assert (answer.status_code, "let it be revoked" in answer.text) == (400, True)
    assert secret not in answer.text
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("http")]  # not the client's
    assert ours
    assert not any(secret[4:] in line for line in ours)
    assert rows(lite) == 0


def test_the_log_has_the_address_without_its_query(lite: Store, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.INFO, "reasoning_leaderboard.access"):
        client(lite).get("/api/entries?most=3&secret=hidden")
        client(lite).get("/a%0Ab%1b%e2%80%ae")
    lines = [record.getMessage() for record in caplog.records if record.name == "reasoning_leaderboard.access"]
    assert [line.split()[1:4] for line in lines] == [["GET", "/api/entries", "200"], ["GET", r"/a\nb\x1b\u202e", "404"]]


@pytest.mark.parametrize(
    ("method", "path", "status", "told"),
    [
        ("GET", "/api/submissions/zz", 422, "path.id is 'zz'"),
        ("GET", "/api/submissions/" + "0" * 64, 404, "there is no submission"),
        ("GET", "/api/submissions/" + "0" * 64 + "/archive", 404, "there is no submission"),
        ("GET", "/api/entries/" + "0" * 64, 404, "no entry"),
        ("GET", "/api/entries?most=0", 422, "query.most is '0'"),
        ("GET", "/api/entries?most=1e999", 422, "query.most is '1e999'"),
        ("GET", "/api/entries?after=" + "9" * 5000, 400, "2000 are the limit"),
        ("GET", "/api/entries?after=" + "9" * 1500, 422, "query.after"),
        ("GET", "/api/entries?after=NaN", 422, "query.after"),
        ("GET", "/api/entries?tier=best", 422, "query.tier is 'best'"),
        ("GET", "/api/entries?track=%00", 422, r"query.track is '\x00'"),
        ("GET", "/nowhere", 404, "nothing at this address"),
        ("DELETE", "/api/entries", 405, "DELETE can't be done here"),
    ],
)
def test_an_error_says_what_is_wrong(lite: Store, method: str, path: str, status: int, told: str):
    answer = client(lite).request(method, path)
    assert (answer.status_code, told in answer.json()["error"]["message"]) == (status, True), answer.text
    assert len(answer.text) < 1000


@pytest.mark.parametrize(
    ("content", "headers", "status", "told"),
    [
        (b"", {}, 400, "the body is empty"),
        (b"x" * 10_001, {}, 413, "10000 bytes are the limit"),
        (iter([b"x" * 6000] * 2), {}, 413, "10000 bytes are the limit"),
        (b"x", {"Content-Length": "99999999999999999999"}, 413, "10000 bytes are the limit"),
        (b"x", {"Content-Encoding": "gzip"}, 415, "Content-Encoding"),
    ],
)
def test_a_body_is_held_to_its_limits(
    lite: Store, content: bytes | Iterator[bytes], headers: dict[str, str], status: int, told: str
):
    answer = client(lite).post("/api/submissions", content=content, headers={**token(lite), **headers})
    assert (answer.status_code, told in answer.json()["error"]["message"]) == (status, True), answer.text
    assert rows(lite) == 0


def test_a_body_at_its_limit_is_kept(lite: Store):
    assert client(lite).post("/api/submissions", content=b"x" * 10_000, headers=token(lite)).status_code == 202


def test_a_rate_holds_for_all_workers_together_and_says_how_long_to_wait(store: Store):
    settings = replace(SETTINGS, submissions=Rate(burst=3, per_hour=60), requests=Rate(burst=8, per_hour=60))
    workers = [client(store, settings), client(open_store(store.url.render_as_string(hide_password=False)), settings)]
    ada = token(store)
    answers = [workers[n % 2].post("/api/submissions", content=b"%d" % n, headers=ada) for n in range(5)]
    assert [each.status_code for each in answers] == [202, 202, 202, 429, 429]
    assert (answers[3].headers["retry-after"], rows(store)) == ("60", 3)
    assert "wait 60 s" in answers[3].json()["error"]["message"]
    assert workers[0].post("/api/submissions", content=b"x", headers=token(store, "bob")).status_code == 202
    assert [workers[n % 2].get("/api/health").status_code for n in range(4)] == [200, 200, 429, 429]
    later = client(store, settings, now=NOW + timedelta(seconds=60))
    assert later.post("/api/submissions", content=b"again", headers=ada).status_code == 202


WRONG_JSON = {
    "nan": b'{"name": "a", "parameters": NaN}',
    "infinity": b'{"name": "a", "parameters": Infinity}',
    "minus infinity": b'{"name": "a", "parameters": -Infinity}',
    "too large for a float": b'{"name": "a", "parameters": 1e999}',
    "a fraction": b'{"name": "a", "parameters": 1.0}',
    "true": b'{"name": "a", "parameters": true}',
    "a text for a number": b'{"name": "a", "parameters": "1"}',
    "an integer of 10,000 digits": b'{"name": "a", "parameters": ' + b"9" * 10_000 + b"}",
    "an integer of 64 bits": b'{"name": "a", "parameters": 18446744073709551616}',
    "a key twice": b'{"name": "a", "name": "b"}',
    "a key twice inside": b'{"name": "a", "tools": [{"x": 1, "x": 1}]}',
    "an unknown key": b'{"name": "a", "score": 1}',
    "arrays 100,000 deep": b"[" * 100_000 + b"]" * 100_000,
    "objects 30,000 deep": b'{"a":' * 30_000 + b"1" + b"}" * 30_000,
    "17 deep": b'{"name": ' + b"[" * 17 + b"]" * 17 + b"}",
    "no UTF-8": b'{"name": "\xff"}',
    "half a character": b'{"name": "\\ud800"}',
    "a control character": b'{"name": "a", "note": "\\u0000"}',
    "text that runs backwards": '{"name": "a", "note": "\u202e"}'.encode(),
    "cut off": b'{"name": "a"',
    "more after it": b'{"name": "a"} {}',
    "nothing": b"",
    "null": b"null",
    "a byte order mark": b'\xef\xbb\xbf{"name": "a"}',
    "an overlong list": b'{"name": "a", "tools": [' + b'"b",' * 20 + b'"b"]}',
}


@pytest.mark.parametrize("body", WRONG_JSON.values(), ids=WRONG_JSON.keys())
def test_json_that_is_not_strictly_as_it_should_be_is_refused(lite: Store, body: bytes):
    answer = client(lite).post("/api/cards", content=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid"), answer.text
    assert len(answer.text) < 1500
    assert answer.text.isprintable()


@pytest.mark.parametrize(
    ("case", "told"),
    [
        ("an unknown key", "there is no key 'score'; leave it out"),
        ("half a character", "a text in it holds half a character"),
        ("a text for a number", "parameters is '1'"),
        ("a key twice", "name"),
    ],
)
def test_what_is_wrong_with_a_json_is_said_of_the_place_and_not_of_all_of_it(lite: Store, case: str, told: str):
    message = client(lite).post("/api/cards", content=WRONG_JSON[case]).json()["error"]["message"]
    assert told in message
    assert '{"name"' not in message


def test_json_that_is_as_it_should_be_is_read(lite: Store):
    answer = client(lite).post("/api/cards", content=b'{"tools": ["b"], "name": "a", "parameters": 9007199254740991}')
    assert (answer.status_code, answer.json()["parameters"]) == (200, 9007199254740991)


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [(StoreFull, 507, "nothing was kept"), (StoreUnavailable, 503, "it may not have kept what was sent")],
)
def test_what_could_not_be_kept_is_not_acknowledged(
    lite: Store, error: type[Exception], status: int, told: str, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: object, **__: object):
        raise error("/var/secret/path is broken")

    headers = token(lite)
    monkeypatch.setattr("reasoning_leaderboard.server.routes.receive", fail)
    answer = client(lite).post("/api/submissions", content=b"x", headers=headers)
    assert (answer.status_code, told in answer.text, answer.headers["retry-after"]) == (status, True, "5")
    assert "secret" not in answer.text


def test_a_mistake_of_ours_tells_nothing_of_the_inside(lite: Store, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object, **__: object):
        raise KeyError("/var/secret/path")

    monkeypatch.setattr("reasoning_leaderboard.server.routes.look_up", fail)
    answer = client(lite).get("/api/submissions/" + "0" * 64)
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "our_mistake")
    assert "secret" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_every_answer_has_safe_headers(lite: Store):
    for path in ("/api/health", "/nowhere", "/api/entries?most=x", "/api/openapi.json"):
        headers = client(lite).get(path).headers
        assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")
        assert headers["content-security-policy"].startswith("default-src 'none'")


def test_the_document_says_what_a_route_takes(lite: Store):
    document = client(lite).get("/api/openapi.json").json()
    card = document["paths"]["/api/cards"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert card["required"] == ["name"]
    archive = document["paths"]["/api/submissions"]["post"]
    assert list(archive["requestBody"]["content"]) == ["application/octet-stream"]
    assert archive["security"] == [{"HTTPBearer": []}]
    assert "$defs" not in str(document)


def test_settings_are_read_from_a_file_and_handed_on(tmp_path: Path):
    path = tmp_path / "board.toml"
    path.write_text('port = 9000\nproxies = ["10.0.0.1"]\n[submissions]\nburst = 5\nper_hour = 7\n')
    settings = read_settings(path, {"REASONING_LEADERBOARD_STORE": "postgresql://u:p@h/d"})
    assert settings == Settings(
        store="postgresql://u:p@h/d", port=9000, proxies=("10.0.0.1",), submissions=Rate(burst=5, per_hour=7)
    )
    assert from_environment(to_environment(settings)) == settings


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("prot = 1", "did you mean 'port'"),
        ('port = "1"', "must be of type int"),
        ("workers = 0", "workers is 0; it must be at least 1"),
        ("port = 65536", "port is 65536; it must be at most 65535"),
        ("port", "board.toml: Expected '='"),
        ("\udcff", "board.toml isn't text; name a file of settings in TOML"),
        ("submissions = {burst = 0, per_hour = 1}", "allow nothing"),
    ],
)
def test_settings_that_make_no_sense_are_refused(tmp_path: Path, table: str, told: str):
    path = tmp_path / "board.toml"
    path.write_text(table, errors="surrogateescape")
    with pytest.raises(ValueError, match=told):
        read_settings(path, {})
