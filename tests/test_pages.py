"""The board's pages: inert whatever they show, whole, filtered and sorted as asked, and bounded."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urldefrag, urlsplit

import gymnasium as gym
import pytest
from board_examples import (
    ENTRIES,
    FAMILY,
    HOSTILE_TEXTS,
    LOOK_ALIKES,
    SCRIPTS,
    UNSEEN,
    entry,
    episode,
    example_site,
    hostile_entry,
    solved,
    told,
    tree,
)
from challenge_rounds import DAY, KEY, manifest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from reasoning_baselines.cli import app
from reasoning_gym.env import reasoning_env
from reasoning_gym.family import get_family
from reasoning_gym.intervals import Interval, wilson
from reasoning_leaderboard.challenge.chain import Step
from reasoning_leaderboard.challenge.rounds import problem_of
from reasoning_leaderboard.challenge.sessions import Closed, Opened, Played, verdicts
from reasoning_leaderboard.entries import UNDATED, AgentCard, Spent, Tier
from reasoning_leaderboard.pages import transcripts, tree_views
from reasoning_leaderboard.pages.board import board
from reasoning_leaderboard.pages.entry_pages import ShownRun, lines_of
from reasoning_leaderboard.pages.plots import Point, accuracy_plot
from reasoning_leaderboard.pages.rendering import POLICY
from reasoning_leaderboard.pages.serving import pages_router
from reasoning_leaderboard.pages.site import BoardSite, RunSite, export
from reasoning_leaderboard.pages.sources import of_session, of_submission
from reasoning_leaderboard.pages.standings import standings
from reasoning_leaderboard.pages.transcripts import shown, transcripts_of, unproved
from reasoning_leaderboard.pages.tree_views import ShownNode, tree_view
from reasoning_leaderboard.pages.wording import visible
from reasoning_leaderboard.submission import submission_of
from reasoning_leaderboard.tracks import track_of

anything = st.text(st.characters(codec=None), max_size=60) | st.sampled_from(HOSTILE_TEXTS)


class Page(HTMLParser):
    """What a page is made of: its elements with their attributes, and its text."""

    def __init__(self, text: str | bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text if isinstance(text, str) else text.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(attrs) == len(dict(attrs)), f"an attribute twice: {tag} {attrs}"
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    @property
    def shape(self) -> list[tuple[str, tuple[str, ...]]]:
        """The elements, each with the names of its attributes."""
        return [(tag, tuple(attributes)) for tag, attributes in self.elements]

    def values(self, name: str) -> list[str]:
        return [value for _, attributes in self.elements if (value := attributes.get(name)) is not None]


def html_pages(site: Mapping[str, bytes]) -> Iterator[tuple[str, Page]]:
    for path in site:
        if path.endswith(".html"):
            yield path, Page(site[path])


@pytest.fixture(scope="module")
def site() -> BoardSite:
    return example_site()


def run_of(*episodes, **more) -> RunSite:
    facts = {
        "title": "a run",
        "facts": (),
        "command": "",
        "cells": ((FAMILY, 2, 10, 1),),
        "spent": Spent(),
        "disagreements": (),
        "transcripts": told(episodes),
    }
    return RunSite(ShownRun(**{**facts, **more}))


# --- nothing that is shown can do anything ----------------------------------------------------------------------------


def test_no_page_has_a_script_a_style_or_a_handler_of_its_own(site):
    for path, page in html_pages(site):
        for tag, attributes in page.elements:
            assert not [name for name in attributes if name.startswith("on") or name == "style"], path
            assert tag not in ("style", "iframe", "object", "embed", "base"), path
            if tag == "script":
                assert attributes["src"].endswith("static/pages.js"), path
        assert page.elements.count(("meta", {"http-equiv": "Content-Security-Policy", "content": POLICY})) == 1
        assert "'unsafe" not in POLICY


def test_pages_load_nothing_from_elsewhere(site):
    for path, page in html_pages(site):
        loaded = [
            a[name] for _, a in page.elements for name in ("src", "srcset", "poster", "data", "action") if name in a
        ]
        loaded += [a["href"] for tag, a in page.elements if tag == "link"]
        for address in loaded:
            assert re.match(r"data:image/svg\+xml,", address) or not urlsplit(address).netloc, (path, address)


@settings(max_examples=60)
@given(anything, anything, anything)
def test_no_text_of_an_episode_changes_the_shape_of_its_page(thought, question, reason):
    def shape(thought: str, question: str, reason: str):
        thoughts = (f"x{thought}", f"Answer: x{thought}")
        hostile = replace(solved(), thoughts=thoughts, question=question, status=f"x{question}", address=f"x{thought}")
        lines = [transcripts.listed(1, hostile, None)]
        found = transcripts.Transcripts(lines, lambda place: unproved(1, hostile, reason))
        run = run_of(transcripts=found, title=f"x{thought}", command=f"x{question}", facts=((thought, reason),))
        return [Page(run[path]).shape for path in ("index.html", "1.html")]

    assert shape(thought, question, f"x{reason}") == shape("a", "b", "c")


@settings(max_examples=60)
@given(anything)
def test_no_text_of_a_card_changes_the_shape_of_its_pages(text):
    def shape(text: str):
        card = AgentCard.model_construct(name=text, model=f"x{text}", tools=(text,), note=f"x{text}", code=f"x{text}")
        odd = entry(1, card=card, account=text, command=f"x{text}", marks=(text,), round=f"x{text}")
        site = BoardSite([odd], lambda each: None)
        query = {"find": text, "tier": text, "sort": text}
        return Page(site[f"entries/{odd.id}.html"]).shape, len(Page(site.page("index.html", query)).shape)

    assert shape(text) == shape("a")


@settings(max_examples=60)
@given(anything)
def test_no_text_of_a_tree_changes_the_shape_of_its_page(text):
    def shape(text: str):
        run = run_of(transcripts=told([solved()], trees=[tree("", 9, [tree(f"x{text}", 5, [tree(f"y{text}")])])]))
        return Page(run["1.html"]).shape

    assert shape(text) == shape("a")


@given(anything)
def test_what_is_shown_can_be_encoded_and_seen(text):
    told = visible(text)
    told.encode()
    assert all(character.isprintable() or character in "\n\t" or character.isspace() for character in told)
    assert visible(told) == told


@pytest.mark.parametrize("text", UNSEEN)
def test_what_cannot_be_seen_is_written_as_an_escape(text):
    assert "\\u" in visible(text) or "\\x" in visible(text) or "\\U" in visible(text)


@pytest.mark.parametrize("text", [*SCRIPTS, *LOOK_ALIKES])
def test_what_can_be_seen_is_shown_as_it_came(text):
    assert visible(text) == text
    page = Page(run_of(episode((text, "Answer: 1")))["1.html"])
    assert text in page.text


@pytest.mark.parametrize("text", [*SCRIPTS[:8], *UNSEEN, *LOOK_ALIKES])
def test_a_name_is_plain_ascii_or_no_entry(text):
    with pytest.raises(ValueError, match="AgentCard"):
        AgentCard.read(json.dumps({"name": text}).encode())


def test_the_link_of_a_card_can_only_lead_to_the_web():
    page = Page(BoardSite([hostile_entry()], lambda each: None)[f"entries/{hostile_entry().id}.html"])
    assert not [address for address in page.values("href") if address.lower().lstrip().startswith("javascript")]


# --- whole ------------------------------------------------------------------------------------------------------------


def test_every_link_leads_to_a_page_and_a_place_on_it(site):
    pages = dict(html_pages(site))
    ids = {path: page.values("id") for path, page in pages.items()}
    for path, page in pages.items():
        assert len(ids[path]) == len(set(ids[path])), path
        for address in [*page.values("href"), *page.values("src")]:
            link, fragment = urldefrag(address)
            if urlsplit(link).scheme or link.startswith("?"):
                continue
            target = _resolved(path, unquote(urlsplit(link).path)) if link else path
            assert target in site, (path, address)
            assert not fragment or fragment in ids[target], (path, address)
        for name in ("for", "aria-labelledby"):
            assert set(page.values(name)) <= set(ids[path]), path


def _resolved(path: str, link: str) -> str:
    parts: list[str] = []
    for part in (PurePosixPath(path).parent / link).parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def test_headings_go_down_one_step_at_a_time(site):
    for path, page in html_pages(site):
        levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
        assert levels[0] == 1, path
        assert levels.count(1) == 1, path
        assert all(after <= before + 1 for before, after in pairwise(levels)), path


def test_an_entry_tells_its_attempts_its_claims_and_its_earlier_scores(site):
    text = Page(site[f"entries/{ENTRIES[2].id}.html"]).text
    for part in ("80.0 %", "8 of 10 problems, 1 of them abandoned", "the agent’s own claim", "fractions were refused"):
        assert part in " ".join(text.split())
    assert (
        "12of this account on this track in this tier; the best of so many"
        in Page(site[f"entries/{ENTRIES[1].id}.html"]).text
    )
    assert "measured by the maintainers" not in text


def test_a_cost_that_was_not_told_is_not_taken_for_none(site):
    silent, told_a_part = (" ".join(Page(site[f"entries/{ENTRIES[i].id}.html"]).text.split()) for i in (3, 1))
    assert "It isn’t told what thinking cost." in silent
    assert "Tokens sampled" not in silent
    assert "Tokens sampled4,000" in told_a_part.replace("sampled ", "sampled")
    assert told_a_part.count("none told") == 3


def test_an_entry_says_when_its_transcripts_will_be_told():
    def said(each, untold=""):
        found = BoardSite([each], lambda _: None, untold=lambda _: untold)
        return Page(found[f"entries/{each.id}.html"]).text

    assert "The transcripts aren’t told." in said(ENTRIES[0])
    assert "aren’t told before the round is revealed." in said(ENTRIES[1])
    assert "They are told on <b>Monday." in said(ENTRIES[1], "They are told on <b>Monday.")


def test_the_plot_has_all_entries_of_the_agent_on_the_track_and_no_others(site):
    page = Page(site[f"entries/{ENTRIES[2].id}.html"])
    dots = [attributes for tag, attributes in page.elements if tag == "circle"]
    assert len(dots) == 2
    (told,) = [value for value in page.values("aria-label") if value.startswith("Accuracy against tokens")]
    assert "budget 5,000: 80.0 % at 4,000 tokens" in told
    assert "no limit: 70.0 % at 400 tokens" in told


def test_the_record_of_an_entry_is_there_to_be_read_again(site):
    assert type(ENTRIES[0]).read(site[f"entries/{ENTRIES[0].id}.json"]) == ENTRIES[0]


def test_figures_of_a_family_are_those_of_its_levels():
    lines = lines_of([("sums", 2, 10, 4), ("sums", 1, 10, 9), ("sudoku", 1, 5, 5)])
    assert [(line.family, line.level, line.correct, line.n) for line in lines] == [
        ("sudoku", 1, 5, 5),
        ("sums", None, 13, 20),
        ("sums", 1, 9, 10),
        ("sums", 2, 4, 10),
    ]


@given(st.lists(st.tuples(st.floats(0, 1e9), st.integers(0, 20)), min_size=1, max_size=12))
def test_every_point_of_a_plot_lies_inside_it(points):
    plot = accuracy_plot([Point("a", tokens, right / 20, wilson(right, 20)) for tokens, right in points])
    assert "nan" not in plot
    for x, y in re.findall(r'cx="([\d.-]+)" cy="([\d.-]+)"', plot):
        assert 0 <= float(x) <= 640
        assert 0 <= float(y) <= 320


def test_entries_are_ranked_within_their_track_and_tier_and_paired_where_problems_are_common():
    common = {"tier": Tier.REPRODUCED, "problems": "common", "round": "one"}
    better = entry(7, right=60, n=100, solved="1" * 60 + "0" * 40, **common)
    worse = entry(8, right=40, n=100, solved="1" * 40 + "0" * 60, **common)
    elsewhere = entry(9, right=100, n=100)
    found = {standing.entry.id: standing for standing in standings([worse, elsewhere, better])}
    assert (found[better.id].band, found[worse.id].band, found[elsewhere.id].band) == (1, 2, 1)
    assert found[worse.id].ranks == (2, 2)
    unpaired = standings([entry(7, right=56, n=100), entry(8, right=44, n=100)])
    assert [standing.band for standing in unpaired] == [1, 1]


def test_entries_of_the_same_thoughts_are_one_result_and_push_nobody_down():
    many = [entry(number, right=right, n=100) for number, right in enumerate((90, 72, 70, 55, 40))]
    copied = [each.model_copy(update={"thoughts": f"{number:064x}"}) for number, each in enumerate(many)]
    copies = [copied[0].model_copy(update={"id": f"{20 + n:064x}", "entered": date(2026, 12, n)}) for n in range(1, 9)]
    alone = standings(copied)
    together = standings([*copied, *copies])
    assert together[: len(copied)] == alone
    assert [each.same_as for each in alone] == [None] * len(alone)
    for each, copy in zip(together[len(copied) :], copies, strict=True):
        assert each == replace(alone[0], entry=copy, same_as=copied[0])


@pytest.mark.parametrize(
    ("days", "first"),
    [([5, 3, 4], 1), ([3, 3, 4], 0), ([None, 3, 4], 1), ([None, None], 0)],
    ids=["the earliest", "of one day the first in order", "none that has no day", "unless none has"],
)
def test_the_first_of_the_same_thoughts_is_the_one_that_was_entered_first(days: list[int | None], first: int):
    entered = [UNDATED if day is None else date(2026, 11, day) for day in days]
    same = [entry(number, thoughts="a" * 64, entered=day) for number, day in enumerate(entered)]
    assert [each.same_as for each in standings(same)] == [
        None if number == first else same[first] for number in range(len(same))
    ]


def test_the_first_of_the_same_thoughts_may_be_of_another_tier_or_track_and_is_ranked_there():
    first = entry(1, thoughts="a" * 64)
    later = entry(2, thoughts="a" * 64, track=first.track.model_copy(update={"checker": 9}))
    found = standings([later, first, entry(3)])
    assert [each.same_as for each in found] == [first, None, None]
    assert [each.band for each in found] == [1, 1, 1]


def test_the_board_and_the_page_of_an_entry_name_the_first_of_the_same_thoughts():
    first = entry(1, thoughts="a" * 64, entered=date(2026, 11, 2))
    copy = entry(2, thoughts="a" * 64, entered=date(2026, 11, 3), account="eve", card=AgentCard(name="mine"))
    site = BoardSite([first, copy, entry(3)], lambda _: None)
    told = "the same thoughts as agent 1 by ada, entered 2026-11-02"
    for path, times in (("index.html", 1), (f"entries/{copy.id}.html", 1), (f"entries/{first.id}.html", 0)):
        page = Page(site[path])
        assert " ".join(page.text.split()).count(told) == times
    link = f'<a href="../entries/{first.id}.html">agent 1</a>'
    assert link in site[f"entries/{copy.id}.html"].decode()


# --- filters and sorting ----------------------------------------------------------------------------------------------

FILTERS = [
    ({}, [1, 3, 2, 4, 5, 6]),
    ({"tier": "challenged"}, [3, 2]),
    ({"tier": "nonsense"}, [1, 3, 2, 4, 5, 6]),
    ({"track": ENTRIES[5].track.key}, [6]),
    ({"size": "10000000"}, [1, 6]),
    ({"size": "10000000000"}, [1, 3, 2, 6]),
    ({"size": "-"}, [4, 5]),
    ({"tools": "calculator"}, [2, 4]),
    ({"tools": "web search"}, [2]),
    ({"tools": "-"}, [1, 3, 5, 6]),
    ({"tools": "*"}, [2, 4]),
    ({"budget": "100"}, [1, 5]),
    ({"budget": "-"}, [2, 4, 6]),
    ({"find": "LARGE"}, [3, 2]),
    ({"find": "grace", "budget": "-"}, [2]),
    ({"find": "nobody"}, []),
    ({"sort": "accuracy"}, [5, 4, 2, 3, 1, 6]),
    ({"sort": "name"}, [1, 5, 3, 2, 4, 6]),
    ({"sort": "-name"}, [4, 3, 2, 5, 1, 6]),
    ({"sort": "tokens"}, [1, 2, 3, 4, 5, 6]),
    ({"sort": "-tokens"}, [3, 2, 1, 4, 5, 6]),
    ({"sort": "-attempts"}, [2, 1, 3, 4, 5, 6]),
    ({"sort": "-n"}, [4, 1, 3, 2, 5, 6]),
    ({"sort": "-tier"}, [4, 3, 2, 1, 5, 6]),
    ({"sort": "band"}, [1, 3, 2, 4, 5, 6]),
    ({"sort": "-band"}, [5, 1, 3, 2, 4, 6]),
    ({"sort": "nonsense"}, [1, 3, 2, 4, 5, 6]),
]


@pytest.mark.parametrize(("query", "expected"), FILTERS)
def test_the_board_shows_what_was_asked_for_in_the_order_that_was_asked_for(query, expected):
    found = board(standings(ENTRIES), query)
    ids = [int(row.standing.entry.id, 16) for section in found.sections for row in section.rows if row.shown]
    assert ids == expected
    assert found.shown == len(expected)
    page = BoardSite(ENTRIES, lambda each: None).page("index.html", query)
    rows = re.findall(rb'<tr role="row"\s+data-item[^>]*>\s*<td[^>]*>.*?entries/([0-9a-f]{64})', page, re.DOTALL)
    hidden = re.findall(rb'<tr role="row"\s+data-item[^>]*?( hidden)?>', page)
    assert [int(id, 16) for id, out in zip(rows, hidden, strict=True) if not out] == expected


def test_episodes_are_filtered_and_sorted_too():
    run = run_of(solved(), episode(("Answer: 1",)), solved(1, 1))
    page = run.page("index.html", {"verdict": "correct", "sort": "level"}).decode()
    rows = re.findall(r'<tr data-item.*?data-place="(\d+)"( hidden)?>', page, re.DOTALL)
    assert rows == [("3", ""), ("1", ""), ("2", " hidden")]


# --- transcripts ------------------------------------------------------------------------------------------------------


def test_each_thought_has_the_verdict_of_the_check_of_its_family():
    (right,) = [told([solved()]).opened(0)]
    assert all(thought.verdict.correct for thought in right.thoughts)
    wrong = told([episode(("1=2", "Answer: 1"))]).opened(0)
    assert not any(thought.verdict.correct for thought in wrong.thoughts)
    assert wrong.thoughts[0].verdict.reason in Page(run_of(episode(("1=2", "Answer: 1")))["1.html"]).text


def test_the_verdict_is_recomputed_and_a_false_record_is_told():
    lying = replace(episode(("Answer: 1",)), status="correct", reward=1.0)
    page = " ".join(Page(run_of(lying)["1.html"]).text.split())
    assert "recorded as correct" in page
    assert told([lying]).opened(0).status == "incorrect"


def test_before_the_reveal_neither_reference_nor_address_is_told():
    problem = get_family(FAMILY).problem("test", 6, 5)
    guess = episode(("Answer: 1",), 5, level=6)
    open_, closed = (told([guess], reveal=reveal) for reveal in (True, False))
    assert open_.opened(0).reference.answer.text == problem.answer
    assert closed.opened(0).reference is None
    page = run_of(transcripts=closed)["1.html"].decode()
    assert str(problem.address) not in page
    assert problem.answer not in Page(page).text
    assert "isn’t told before the round is revealed" in Page(page).text


def test_an_episode_whose_problem_is_gone_is_shown_without_verdicts():
    gone = replace(solved(), address="no_such_family-v0/test/1/0")

    def no_problem(place: int):
        raise ValueError("there is no such family")

    found = transcripts_of([gone], no_problem, reveal=True)
    page = Page(run_of(transcripts=found)["1.html"])
    assert "there is no such family" in page.text
    assert found.opened(0).status == "unknown"
    assert page.text.count("not checked") == len(gone.thoughts)


def test_what_is_shown_and_checked_of_an_endless_episode_is_bounded(monkeypatch):
    family = get_family(FAMILY)
    problem = family.problem("test", 2, 0)
    calls: list[str] = []
    check = type(family).check_thought
    monkeypatch.setattr(type(family), "check_thought", lambda self, *args: calls.append(args[2]) or check(self, *args))
    endless = replace(
        solved(),
        thoughts=(*(f"{'9' * 10_000}+{i}=1" for i in range(1_000)), "Answer: 1"),
        max_thoughts=2_000,
        max_thought_chars=20_000,
    )
    found = shown(1, endless, problem, family, reveal=True)
    assert sum(len(thought.text.text) for thought in found.thoughts) <= transcripts.MOST_CHARS_IN_ALL
    assert all(len(text) <= transcripts.MOST_CHARS for text in calls)
    assert found.left_out == 1_001 - len(found.thoughts)
    many = replace(endless, thoughts=(*(f"{i}=1" for i in range(1_000)), "Answer: 1"))
    assert len(shown(1, many, problem, family, reveal=True).thoughts) == transcripts.MOST_THOUGHTS
    page = Page(run_of(many)["1.html"]).text
    assert f"{1_001 - transcripts.MOST_THOUGHTS:,} more thoughts aren’t shown" in page


def test_fifty_episodes_are_on_a_page_and_pages_lead_to_each_other(site):
    first, second = (Page(site[f"transcripts/{ENTRIES[0].id}/{number}.html"]) for number in (1, 2))
    assert sum("data-item" in attributes for _, attributes in first.elements) == 50
    assert sum("data-item" in attributes for _, attributes in second.elements) == 10
    assert "2.html" in first.values("href")
    assert "1.html" in second.values("href")
    for name in ("0.html", "3.html", "01.html", "list-1.html", "list-2.html", "x.html"):
        with pytest.raises(KeyError):
            site[f"transcripts/{ENTRIES[0].id}/{name}"]


def test_a_long_list_of_episodes_is_cut_into_pages():
    lines = [transcripts.listed(i + 1, solved(), None) for i in range(2_001)]
    run = run_of(transcripts=transcripts.Transcripts(lines, lambda place: unproved(place + 1, solved(), "x")))
    assert [name for name in run if name.startswith(("index", "list"))] == ["index.html", "list-2.html", "list-3.html"]
    assert Page(run["list-3.html"]).values("data-place") == ["2001"]


# --- trees ------------------------------------------------------------------------------------------------------------


def nodes(node: ShownNode) -> Iterator[ShownNode]:
    yield node
    for child in node.children:
        yield from nodes(child)


def test_the_thoughts_that_were_had_are_marked_in_a_tree():
    found = tree_view(tree("", 9, [tree("a", 5, [tree("b", 2), tree("c", 1)]), tree("b", 3)]), ("a", "c"), 1)
    assert [node.thought for node in nodes(found.root) if node.had] == ["", "a", "c"]
    assert [node.share for node in found.root.children] == [5 / 8, 3 / 8]


def test_of_a_large_tree_the_most_visited_nodes_are_shown_and_the_rest_is_counted():
    wide = tree("", 10**6, [tree(f"{i}", 9_000 - i, [tree("x", 1)] * 3) for i in range(3_000)])
    found = tree_view(wide, (), 1)
    assert (found.nodes, found.shown) == (12_001, len(list(nodes(found.root))))
    assert found.shown <= tree_views.MOST_NODES
    assert [node.thought for node in found.root.children] == [f"{i}" for i in range(tree_views.MOST_CHILDREN)]
    assert found.root.left_out == 3_000 - tree_views.MOST_CHILDREN
    many = tree("", 1, [tree("a", 9, [tree("b", 8, [tree("c", 7)] * 20)] * 20)] * 20)
    assert tree_view(many, (), 1).shown == tree_views.MOST_NODES
    page = run_of(transcripts=told([solved()], trees=[many]))["1.html"].decode()
    assert "of which the 1,999 most visited are shown" in Page(page).text
    assert page.count('class="figures-in-tree"') == tree_views.MOST_NODES - 1


def test_a_tree_as_deep_as_can_be_is_cut():
    deep = tree("end")
    for _ in range(20_000):
        deep = tree("on", 1, [deep])
    found = tree_view(deep, (), 1)
    assert found.nodes == 20_001
    assert found.shown == tree_views.DEEPEST + 1


@pytest.mark.parametrize(
    "broken",
    [
        None,
        7,
        [],
        {},
        {"children": 3},
        {"children": [None]},
        {"children": [{"thought": "a"}]},
        tree("", 1, [{**tree("a"), "visits": "many"}]),
        tree("", 1, [{**tree("a"), "visits": True}]),
        tree("", 1, [{**tree("a"), "value": float("nan")}]),
        tree("", 1, [{**tree("a"), "thought": None}]),
        tree("", 1, [{**tree("a"), "children": None}]),
    ],
)
def test_what_is_no_tree_is_refused(broken):
    with pytest.raises(ValueError, match=r"tree|children"):
        tree_view(broken, (), 1)


# --- exported and served ----------------------------------------------------------------------------------------------


def test_an_export_has_every_page_and_another_one_leaves_nothing_over(site, tmp_path):
    folder = tmp_path / "board"
    assert export(site, folder) == len(site)
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert files == {*site, ".pages"}
    assert all((folder / path).read_bytes() == site[path] for path in site)
    (folder / "mine.txt").write_text("kept")
    smaller = BoardSite(ENTRIES[:1], lambda each: None)
    export(smaller, folder)
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert files == {*smaller, ".pages", "mine.txt"}


def test_a_folder_that_holds_something_else_is_left_alone(site, tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(ValueError, match="give another folder"):
        export(site, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize("evil", ["../outside", "/etc/outside", "a/../../outside"])
def test_a_list_of_pages_that_names_other_files_removes_none(evil, tmp_path):
    outside = tmp_path / "outside"
    outside.write_text("kept")
    folder = tmp_path / "board"
    folder.mkdir()
    (folder / ".pages").write_text(f"{evil}\n{outside}\n")
    export(BoardSite((), lambda each: None), folder)
    assert outside.read_text() == "kept"


@pytest.fixture(scope="module")
def client(site) -> TestClient:
    application = FastAPI()
    application.include_router(pages_router(lambda: site))
    return TestClient(application)


def test_the_server_serves_what_the_export_writes(client, site):
    for path in site:
        answer = client.get(f"/{path}")
        assert (answer.status_code, answer.content) == (200, site[path]), path
        assert answer.headers["content-security-policy"].startswith(POLICY)
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert client.get("/").content == site["index.html"]
    assert client.head("/trust.html").content == b""
    assert client.get("/index.html", params={"tier": "challenged"}).content == site.page(
        "index.html", {"tier": "challenged"}
    )


@pytest.mark.parametrize(
    "path",
    [
        "/entries/nothing.html",
        f"/entries/{'0' * 64}.html",
        "/static/pages.py",
        "/static/.%2e",
        f"/transcripts/{'0' * 64}/1.html",
        f"/transcripts/{ENTRIES[1].id}/1.html",
        "/transcripts/%3Cscript%3E/1.html",
    ],
)
def test_what_is_not_there_is_told_in_a_page_that_leads_back(client, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert "There is no such page" in answer.text
    assert "<script>" not in answer.text


def test_a_board_without_an_entry_says_so():
    empty = BoardSite((), lambda each: None)
    assert "No result has been entered yet" in Page(empty["index.html"]).text
    assert set(empty) == {
        "index.html",
        "trust.html",
        "static/pages.css",
        "static/pages.js",
        "static/icon.svg",
    }


# --- a run ------------------------------------------------------------------------------------------------------------


def run_command(*arguments: object):
    return CliRunner().invoke(app, [str(each) for each in arguments], env={"COLUMNS": "80", "TERM": "dumb"})


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("run") / "run"
    options = ("--agent", "random", "--env", "ReasoningMaze-v0", "--episodes", 7, "--out", folder)
    assert run_command("evaluate", *options).exit_code == 0
    return folder


def test_view_makes_pages_of_a_run_with_its_pictures(run_folder):
    result = run_command("view", run_folder)
    assert (result.exit_code, result.stdout) == (0, f"open {run_folder / 'pages' / 'index.html'}\n")
    index = Page((run_folder / "pages" / "index.html").read_bytes())
    assert "random on ReasoningMaze-v0" in index.text
    assert "reasoning-gym" in index.text
    assert "0 of 7 problems" in index.text
    episodes = Page((run_folder / "pages" / "1.html").read_bytes())
    assert sum(tag == "img" for tag, _ in episodes.elements) == 7
    assert run_command("view", run_folder).exit_code == 0


def test_view_tells_of_records_that_do_not_hold(run_folder, tmp_path):
    lines = (run_folder / "episodes.jsonl").read_text().splitlines()
    table = json.loads(lines[0])
    (tmp_path / "episodes.jsonl").write_text(
        json.dumps({**table, "status": "correct", "reward": 1.0})
        + "\n"
        + json.dumps({**table, "address": "<b>-v0/test/1/0"})
        + "\n"
    )
    assert run_command("view", tmp_path, "--out", tmp_path / "pages").exit_code == 0
    text = " ".join(Page((tmp_path / "pages" / "index.html").read_bytes()).text.split())
    assert "episode 1, maze-v0/test" in text
    assert "recorded as correct, is" in text
    assert "episode 2, <b>-v0/test/1/0: counted as wrong: there is no family '<b>'" in text


def test_view_shows_the_trees_of_a_search(run_folder, tmp_path):
    found = solved()
    table = {
        "configuration": {"agent": "mcts", "env_id": "ReasoningLinearEquation-v0"},
        "episode": {**json.loads(json.dumps({name: getattr(found, name) for name in found.__slots__}))},
        "trees": [tree("", 9, [tree(found.thoughts[0], 5), tree("another way", 3)])],
    }
    file = tmp_path / "tree.json"
    file.write_text(json.dumps(table))
    assert run_command("view", file).exit_code == 0
    alone = Page((tmp_path / "tree-pages" / "1.html").read_bytes()).text
    assert "Tree before thought 1" in alone
    assert "another way" in alone
    with_run = tmp_path / "run"
    with_run.mkdir()
    (with_run / "episodes.jsonl").write_text(json.dumps(table["episode"]) + "\n")
    (with_run / "tree.json").write_text(json.dumps(table))
    (with_run / "other.json").write_text("[]")
    assert run_command("view", with_run).exit_code == 0
    assert "another way" in Page((with_run / "pages" / "1.html").read_bytes()).text


@pytest.mark.parametrize("place", ["nothing", "empty", "other.json", "broken.jsonl"])
def test_view_says_what_is_wrong_with_what_it_is_given(place, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "other.json").write_text("{}")
    (tmp_path / "broken.jsonl").write_text('{"address": 1}\n')
    result = run_command("view", tmp_path / place)
    assert result.exit_code == 2
    assert place in result.stderr


# --- where transcripts come from --------------------------------------------------------------------------------------


def test_the_episodes_of_a_submission_come_to_its_entry():
    environment = reasoning_env(gym.make("ReasoningLinearEquation-v0", split="test", level=2))
    episodes = [solved(i) if i % 3 else episode(("Answer: 1",), i) for i in range(9)]
    submission = submission_of(AgentCard(name="a"), track_of(environment), episodes)
    found = of_submission(submission)
    assert [line.status == "correct" for line in found.listed] == [i % 3 > 0 for i in range(9)]
    assert found.opened(1).reference is not None
    assert found.opened(1).address == episodes[1].address


@pytest.mark.parametrize("reveal", [True, False])
def test_the_episodes_of_a_session_are_judged_as_its_entry_and_told_as_far_as_the_round_is(reveal):
    plan = manifest(4)
    family, problem = problem_of(plan, KEY, "0" * 64, 0)
    thoughts = {0: family.reference_thoughts(problem), 1: ("Answer: 123456789",), 2: ("1=1",)}
    steps = {
        number: [Step(episode=number, step=i, thought=text, spent=Spent(tokens=3)) for i, text in enumerate(texts, 1)]
        for number, texts in thoughts.items()
    }
    opened = Opened(session="0" * 64, account="ada", card=AgentCard(name="a"), nonce="1" * 64, on=DAY)
    closed = Closed(session="0" * 64, head="0" * 64, signature="0" * 128, on=DAY)
    played = Played(opened, closed, steps)
    found = of_session(plan, KEY, played, reveal=reveal)
    assert [line.status for line in found.listed] == ["correct", "incorrect", "unreadable", "unreadable"]
    assert [line.tokens for line in found.listed] == [3 * len(thoughts[0]), 3, 3, None]
    assert sum(line.status == "correct" for line in found.listed) == sum(
        verdict is not None and verdict.correct for verdict in verdicts(plan, KEY, played)
    )
    assert found.opened(3).truncated_because == "the episode was never finished"
    assert [found.opened(place).reference is not None for place in range(4)] == [reveal] * 4
    assert "recorded as" not in Page(run_of(transcripts=found)["1.html"]).text


@pytest.mark.parametrize("tokens", [(154, 288, last) for last in range(300, 3_000, 100)])
def test_labels_of_a_plot_never_run_into_each_other(tokens: tuple[int, ...]) -> None:
    """One that begins at its point and one that ends at its own may meet in the middle."""
    plot = str(accuracy_plot([Point("simulations=16", each, 0.4, Interval(0.3, 0.5)) for each in tokens]))
    found = re.findall(r'class="tick" x="([\d.]+)" y="([\d.]+)" text-anchor="(start|end)">sim', plot)
    wide = 100  # what such a label takes at least
    spans = [(y, float(x) - wide * (side == "end"), float(x) + wide * (side == "start")) for x, y, side in found]
    assert len(spans) >= 2
    for number, (y, low, high) in enumerate(spans):
        assert all(y != other or high <= first or last <= low for other, first, last in spans[number + 1 :])
