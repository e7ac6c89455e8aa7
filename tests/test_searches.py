"""Trees that a submission carries: kept as they were told, bound into its id, and refused in every other form."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import zstandard
from board_examples import CANARY, HOSTILE_TEXTS, entry, stating, tree
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from test_pages import Page
from test_submission import N, played
from typer.testing import CliRunner

from reasoning_baselines.cli import app
from reasoning_gym.episodes import Episode, judge
from reasoning_gym.problem import Status
from reasoning_leaderboard import searches
from reasoning_leaderboard.accounts import open_account
from reasoning_leaderboard.archives import compress, pack
from reasoning_leaderboard.boards import from_store
from reasoning_leaderboard.bounded import Bounds
from reasoning_leaderboard.canonical import sha256
from reasoning_leaderboard.pages.rendering import POLICY
from reasoning_leaderboard.pages.serving import pages_router
from reasoning_leaderboard.pages.site import BoardSite, export
from reasoning_leaderboard.pages.sources import of_submission
from reasoning_leaderboard.pages.wording import visible
from reasoning_leaderboard.searches import (
    LONGEST_KEPT,
    MOST_NODES,
    EpisodeSearch,
    as_table,
    disagreement,
    kept,
    read_searches,
    search_of,
    written_searches,
)
from reasoning_leaderboard.store import open_store
from reasoning_leaderboard.store.submissions import receive
from reasoning_leaderboard.submission import (
    EPISODES,
    HEAD,
    SEARCHES,
    BadSubmission,
    Rejected,
    Submission,
    entry_of,
    episodes_of,
    read_submission,
    searches_of,
    submission_of,
    unpack_submission,
    verified_entry,
    verify_submission,
    write_submission,
)
from reasoning_leaderboard.tracks import limits_of, mix_of
from reasoning_leaderboard.verifying import verify_next

START = datetime(2026, 1, 2, tzinfo=UTC)
DOCS = Path(__file__).parents[1] / "docs" / "leaderboard_pages.md"
CHARS = 1_000  # at which thoughts are cut
COLUMNS = ("parents", "thoughts", "visits", "values", "priors", "exhausted")
texts = st.text(st.characters(codec=None), max_size=20) | st.sampled_from(HOSTILE_TEXTS)
grown = st.recursive(
    st.builds(tree, texts, st.integers(0, 99)),
    lambda below: st.builds(tree, texts, st.integers(0, 99), st.lists(below, max_size=3)),
    max_leaves=12,
)


def grown_before(thoughts: Sequence[str], *others: str) -> list[dict[str, object]]:
    """A tree before each thought that holds it, what followed, and others beside it."""
    beside = [tree(text, 1) for text in others]
    found: list[dict[str, object]] = []
    for before in range(len(thoughts)):
        below: list[object] = []
        for thought in reversed(thoughts[before:]):
            below = [tree(thought, 5, below), *beside]
        found.append(tree("", 6, below))
    return found


@cache
def searched() -> Submission:
    """The submission whose first three episodes have trees."""
    episodes = list(episodes_of(played()))[:3]
    told = [search_of(place, grown_before(each.thoughts, "x"), CHARS) for place, each in enumerate(episodes)]
    return replace(played(), searches_file=written_searches(told))


def lines() -> list[dict[str, Any]]:
    """The searches of `searched` as plain values."""
    assert searched().searches_file is not None
    return [json.loads(line.search.written()) for line in read_searches(searched().searches_file or b"")]


def with_lines(rows: Sequence[object]) -> Submission:
    data = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    return replace(played(), searches_file=compress(data))


# --- kept as they were told -------------------------------------------------------------------------------------------


def plain(table: Mapping[str, Any]) -> list[object]:
    """What a submission keeps of a tree, the most visited first."""
    children = sorted(table["children"], key=lambda child: -child["visits"])
    rest = ("visits", "value", "prior", "exhausted")
    return [[kept(child["thought"]), *(child[name] for name in rest), plain(child)] for child in children]


@given(st.lists(grown, min_size=1, max_size=3), st.integers(0, 99))
def test_trees_are_read_back_as_they_were_written(tables: list[dict[str, Any]], index: int) -> None:
    packed = written_searches([search_of(index, tables, CHARS)])
    assert packed is not None
    (line,) = read_searches(packed)
    assert (line.number, line.search.index) == (1, index)
    assert [plain(as_table(each)) for each in line.search.trees] == [plain(each) for each in tables]


def test_of_a_tree_that_is_too_large_all_first_thoughts_and_the_most_visited_others_are_kept() -> None:
    busy = tree("a", 900, [tree(f"a{i}", 500 - i % 500) for i in range(2 * MOST_NODES)])
    (found,) = search_of(0, [tree("", 1_000, [*(tree(f"b{i}", 0) for i in range(500)), busy])], CHARS).trees
    assert len(found.parents) == MOST_NODES
    assert found.parents.count(0) == 501
    assert min(visits for parent, visits in zip(found.parents, found.visits, strict=True) if parent) >= 125


def test_a_tree_as_deep_as_can_be_is_kept_flat() -> None:
    deep = tree("end")
    for _ in range(50_000):
        deep = tree("on", 1, [deep])
    (found,) = search_of(0, [deep], CHARS).trees
    assert found.parents == tuple(range(MOST_NODES))


def test_more_searches_than_there_is_room_for_are_left_out_from_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searches, "MOST_NODES_IN_ALL", 10)
    packed = written_searches(
        search_of(index, [tree("", 9, [tree(f"{i}") for i in range(4)])], CHARS) for index in (5, 1, 3)
    )
    assert [line.search.index for line in read_searches(packed or b"")] == [1, 3]
    assert written_searches([]) is None


def test_a_folder_and_an_archive_hold_the_trees_too(tmp_path: Path) -> None:
    write_submission(searched(), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [EPISODES, SEARCHES, HEAD]
    assert read_submission(tmp_path) == searched() == unpack_submission(searched().packed())
    with pytest.raises(FileExistsError, match=SEARCHES):
        write_submission(played(), tmp_path)


def test_trees_are_part_of_a_submissions_id_and_a_submission_without_keeps_its_own() -> None:
    assert played().digest == sha256(played().head_file, played().episodes_file)
    other = with_lines(lines()[:2])
    assert len({played().digest, searched().digest, other.digest}) == 3
    found = verified_entry(searched().packed(), "ann", date(2026, 1, 2), False)
    assert (found.id, found.correct) == (searched().digest, N // 2)


def test_the_form_that_is_documented_is_read() -> None:
    (example,) = re.findall(r'^\{"index".*?\]\}\]\}$', DOCS.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    found = EpisodeSearch.read(example.encode())
    assert disagreement(found, ["2+3=5"]) == ""


# --- refused by file, line and reason ---------------------------------------------------------------------------------


def column(name: str, value: object) -> Callable[[list[dict[str, Any]]], None]:
    """Puts something in the place of a column of the second line's first tree."""

    def change(rows: list[dict[str, Any]]) -> None:
        rows[1]["trees"][0][name] = value

    return change


def first(name: str, value: object) -> Callable[[list[dict[str, Any]]], None]:
    """Puts something in the place of the first of a column."""

    def change(rows: list[dict[str, Any]]) -> None:
        rows[1]["trees"][0][name][0] = value

    return change


def without(name: str) -> Callable[[list[dict[str, Any]]], None]:
    """Leaves a column out."""

    def change(rows: list[dict[str, Any]]) -> None:
        del rows[1]["trees"][0][name]

    return change


def longer(name: str) -> Callable[[list[dict[str, Any]]], None]:
    """Lets a column be longer than the others."""

    def change(rows: list[dict[str, Any]]) -> None:
        rows[1]["trees"][0][name].append(rows[1]["trees"][0][name][0])

    return change


def wide(rows: list[dict[str, Any]]) -> None:
    values = {"parents": 0, "thoughts": "x", "visits": 1, "values": 1, "priors": 1, "exhausted": False}
    rows[1]["trees"] = [{name: [value] * (MOST_NODES + 1) for name, value in values.items()}]


FORMS: dict[str, tuple[Callable[[list[dict[str, Any]]], Any], str]] = {
    **{f"no {name}": (without(name), f":2: .*{name}") for name in COLUMNS},
    **{f"a longer {name}": (longer(name), ":2: .*equally long") for name in COLUMNS},
    "a number for a thought": (first("thoughts", 7), ":2: .*thoughts.0 is '7'"),
    "a thought that is too long": (first("thoughts", "x" * (LONGEST_KEPT + 1)), ":2: .*thoughts.0"),
    "a truth for visits": (first("visits", True), ":2: .*visits.0"),
    "visits below none": (first("visits", -1), ":2: .*visits.0 is '-1'"),
    "visits past all numbers": (first("visits", 10**400), ":2: .*bits"),
    "a fraction for a value": (first("values", 0.5), ":2: 0.5 isn't a whole number"),
    "a value above 1": (first("values", 1_001), ":2: .*values.0"),
    "a prior below 0": (first("priors", -1), ":2: .*priors.0"),
    "a number for a truth": (first("exhausted", 1), ":2: .*exhausted.0"),
    "its own parent": (first("parents", 1), ":2: .*node 1 has parent 1"),
    "a parent below nothing": (first("parents", -1), ":2: .*parents.0"),
    "a column that is a text": (column("thoughts", "many"), ":2: .*thoughts is 'many'"),
    "a tree inside a tree": (column("children", []), ":2: .*children"),
    "a tree that is too wide": (wide, ":2: .*parents"),
    "too many trees": (lambda rows: rows[1].update(trees=rows[1]["trees"] * 20), ":2: .*trees"),
    "no tree": (lambda rows: rows[1].update(trees=[]), ":2: .*trees"),
    "an unknown key": (lambda rows: rows[1].update(note="hi"), ":2: .*note"),
    "a text for an index": (lambda rows: rows[1].update(index="1"), ":2: .*index"),
    "the same episode twice": (lambda rows: rows[1].update(index=0), ":2: it is of episode 0, after one of 0"),
    "episodes out of order": (lambda rows: rows.reverse(), ":2: it is of episode 1, after one of 2"),
    "an episode that isn't there": (lambda rows: rows[2].update(index=N), f":3: there is no episode {N}"),
    "another episode's trees": (lambda rows: rows[1].update(trees=rows[0]["trees"]), ":2: the tree before thought 1"),
    "more trees than thoughts": (lambda rows: rows[0]["trees"].append(rows[0]["trees"][0]), ":1: it has trees before"),
}


@pytest.mark.parametrize("case", FORMS)
def test_what_is_no_search_is_named_by_file_line_and_reason(case: str) -> None:
    change, told = FORMS[case]
    rows = lines()
    change(rows)
    with pytest.raises((BadSubmission, Rejected), match=f"{SEARCHES}{told}"):
        verify_submission(with_lines(rows))


@pytest.mark.parametrize(
    "line",
    [
        b"", b"nonsense", b"[" * 100_000, b'{"index":' * 100_000, b"null", b"[]", b"\xff\xfe", b'{"index":NaN}',
        b'{"index":1e999}', b'{"index":0,"index":0}', b'{"index":' + b"9" * 10_000 + b"}",
        b'{"index":0,"trees":[null]}', b'{"index":0,"trees":[' + b"1," * 400_000 + b"1]}",
        b"{" + b",".join(b'"%d":1' % i for i in range(90_000)) + b"}",
        b'{"index":0,"trees":[{"parents":[' + b'"",' * 300_000 + b"0]}]}", b" " * (searches.LARGEST_LINE + 1),
    ],
    ids=lambda line: line[:24].decode("latin-1"),
)  # fmt: skip
def test_a_line_that_is_no_search_is_named(line: bytes) -> None:
    good = [json.dumps(row).encode() for row in lines()]
    broken = replace(played(), searches_file=compress(b"\n".join([good[0], line, *good[2:], b""])))
    with pytest.raises(BadSubmission, match=rf"^{SEARCHES}:2: ") as told:
        list(searches_of(broken))
    assert len(str(told.value)) < 2_000


BOMB = zstandard.ZstdCompressor(level=19, write_checksum=True).compress(bytes(100 * 2**20))


@pytest.mark.parametrize(
    ("packed", "told"),
    [
        (b"", "can't be decompressed"),
        (b"nonsense", "can't be decompressed"),
        (BOMB, "are the limit"),
        (
            zstandard.ZstdCompressor(write_content_size=False, write_checksum=True).compress(b"{}"),
            "doesn't say its size",
        ),
        (compress(b"{}")[:-1], "ends in the middle"),
        (compress(b"{}") + compress(b"{}"), "something follows"),
    ],
    ids=["empty", "nonsense", "bomb", "no size", "torn", "two frames"],
)
def test_what_is_no_compressed_file_is_refused(packed: bytes, told: str) -> None:
    with pytest.raises(BadSubmission, match=f"^{SEARCHES}: .*{told}"):
        verify_submission(replace(played(), searches_file=packed))


def test_a_file_that_is_too_large_or_no_file_is_refused_unread(tmp_path: Path) -> None:
    large = pack({**played().files, SEARCHES: bytes(searches.LARGEST_PACKED + 1)})
    with pytest.raises(BadSubmission, match=f"{SEARCHES}.* holds"):
        unpack_submission(large)
    write_submission(played(), tmp_path)
    (tmp_path / SEARCHES).write_bytes(bytes(searches.LARGEST_PACKED + 1))
    with pytest.raises(BadSubmission, match=f"{SEARCHES} holds more"):
        read_submission(tmp_path)
    (tmp_path / SEARCHES).unlink()
    for place in ("/etc/passwd", "/nowhere"):
        (tmp_path / SEARCHES).symlink_to(place)
        with pytest.raises(BadSubmission, match=f"{SEARCHES} is no file"):
            read_submission(tmp_path)
        (tmp_path / SEARCHES).unlink()


def test_the_nodes_and_searches_of_a_file_are_counted_as_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, most in (("MOST_NODES_IN_ALL", 12), ("MOST_SEARCHES", 2)):
        with monkeypatch.context() as patched:
            patched.setattr(searches, name, most)
            with pytest.raises(BadSubmission, match=rf"{SEARCHES}:[23]: .* are the limit"):
                verify_submission(searched())


def test_a_thought_that_was_cut_is_still_known_again() -> None:
    long = "x" * 900
    (found,) = search_of(0, [tree("", 1, [tree(long + "y" * 200)])], 900).trees
    assert len(found.thoughts[0]) == LONGEST_KEPT
    assert disagreement(EpisodeSearch(index=0, trees=(found,)), [long]) == ""
    assert "thought 1" in disagreement(EpisodeSearch(index=0, trees=(found,)), ["y"])


# --- shown ------------------------------------------------------------------------------------------------------------


def hostile() -> Submission:
    """A submission whose thoughts, and those that its trees hold beside them, are the hostile texts."""
    mix, limits = mix_of(played().head.track), limits_of(played().head.track)
    episodes: list[Episode] = []
    for place, text in enumerate(HOSTILE_TEXTS):
        family, problem = mix.problem(place)
        cut = tuple(thought[: limits.max_thought_chars] for thought in stating(text))
        blank = Episode(str(problem.address), problem.question.text, cut, "", "", 0.0)
        verdict = judge(blank, problem, family)
        episodes.append(replace(blank, status=str(verdict.status), reward=float(verdict.status is Status.CORRECT)))
    told = [search_of(place, grown_before(each.thoughts, *HOSTILE_TEXTS), CHARS) for place, each in enumerate(episodes)]
    return submission_of(played().head.card, played().head.track, episodes, searches=told)


@pytest.fixture(scope="module")
def site() -> BoardSite:
    found = {1: searched(), 2: hostile()}
    entries = [
        entry_of(found[1], verify_submission(found[1]), account="ann", entered=date(2026, 1, 2)),
        entry(2, card=played().head.card),
    ]
    submissions = dict(zip([each.id for each in entries], found.values(), strict=True))
    return BoardSite(entries, lambda each: of_submission(submissions[each.id]))


def test_an_entrys_episodes_show_their_trees_and_say_whose_word_they_are(site: BoardSite) -> None:
    id = searched().digest
    assert "with the trees of the search for 3 episodes" in Page(site[f"entries/{id}.html"]).text
    listed = Page(site[f"transcripts/{id}/index.html"])
    assert listed.values("data-tree") == ["yes"] * 3
    chosen = site.page(f"transcripts/{id}/index.html", {"tree": "yes"}).decode()
    assert "3 of 100 episodes" in chosen
    page = Page(site[f"transcripts/{id}/1.html"])
    assert page.text.count("Tree before thought 1") == 3
    assert page.text.count("the agent’s own account") == 3
    assert page.text.count("had") >= 3


def test_hostile_texts_in_the_trees_of_an_entry_are_shown_and_change_nothing_of_the_page(site: BoardSite) -> None:
    page = Page(site[f"transcripts/{2:064x}/1.html"])
    for text in HOSTILE_TEXTS:
        assert visible(text) in page.text
    assert [attributes for tag, attributes in page.elements if tag == "script"] == [
        {"src": "../../static/pages.js", "defer": None}
    ]
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    assert not {"iframe", "form", "base", "link", "style", "math"} & {
        tag for tag, attributes in page.elements if attributes.get("id") != "filters" and tag != "link"
    }
    assert POLICY in page.values("content")
    assert f"window.{CANARY}" in page.text


def test_served_and_exported_pages_show_the_same_trees(site: BoardSite, tmp_path: Path) -> None:
    application = FastAPI()
    application.include_router(pages_router(lambda: site))
    export(site, tmp_path / "board")
    path = f"transcripts/{searched().digest}/1.html"
    served = TestClient(application).get(f"/{path}").content
    assert served == (tmp_path / "board" / path).read_bytes()
    assert b"Tree before thought 2" in served


def test_a_store_shows_the_trees_of_what_was_sent_to_it(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/board.sqlite")
    try:
        open_account(store, "ann", now=START)
        receive(store, "ann", searched().packed(), now=START)
        assert verify_next(store, verified_entry, Bounds())
        (found,) = from_store(store)
        transcripts = found.transcripts()
        assert transcripts is not None
        assert transcripts.searched == 3
        assert [len(transcripts.opened(place).trees) > 0 for place in range(4)] == [True, True, True, False]
    finally:
        store.close()


# --- from a run -------------------------------------------------------------------------------------------------------


def type_in(*arguments: object) -> str:
    result = CliRunner().invoke(app, [str(each) for each in arguments], env={"COLUMNS": "200", "TERM": "dumb"})
    assert result.exit_code == 0, result.output
    return result.output


def test_the_trees_that_a_run_kept_are_submitted_and_verified(tmp_path: Path) -> None:
    run = tmp_path / "run"
    problems = ("--env", "ReasoningIntegerExpression-v0", "--level", 1, "--episodes", 100)
    asked = ("evaluate", "--agent", "mcts", "-o", "simulations=2", "--model", "tiny-reasoner", *problems, "--out", run)
    type_in(*asked)
    type_in(*asked, "--trees", 2)  # a run that is finished gets its trees too
    before = [(run / f"tree-{index}.json").stat().st_mtime_ns for index in range(2)]
    type_in(*asked, "--trees", 2)
    assert [(run / f"tree-{index}.json").stat().st_mtime_ns for index in range(2)] == before
    type_in("submit", run, "--name", "mine", "--out", tmp_path)
    assert [line.search.index for line in read_searches((tmp_path / "mine" / SEARCHES).read_bytes())] == [0, 1]
    assert "holds" in type_in("leaderboard", "verify", tmp_path / "mine")
    type_in("leaderboard", "export", tmp_path / "site", "--submissions", tmp_path / "mine")
    (page,) = (tmp_path / "site" / "transcripts").glob("*/1.html")
    assert Page(page.read_bytes()).text.count("Tree before thought 1") == 2


def test_an_agent_that_grows_no_tree_says_so_before_it_thinks(tmp_path: Path) -> None:
    asked = ("evaluate", "--agent", "random", "--env", "ReasoningMaze-v0", "--episodes", "3", "--trees", "2")
    result = CliRunner().invoke(app, [*asked, "--out", str(tmp_path / "run")])
    assert result.exit_code == 2
    assert "grows no tree" in result.output
    assert not (tmp_path / "run").exists()
