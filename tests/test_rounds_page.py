"""The page of rounds: what each state tells, in a copy and where a server runs, and that no text can hurt it."""

from __future__ import annotations

import gymnasium as gym
import pytest
from board_examples import ENTRIES, HOSTILE_TEXTS, entry, example_rounds, example_site
from challenge_rounds import manifest
from test_pages import Page

from reasoning_gym.env import reasoning_env
from reasoning_leaderboard.challenge.rounds import Manifest, manifest_of
from reasoning_leaderboard.entries import AgentCard, Entry, Track
from reasoning_leaderboard.pages.rounds import MOST_LISTED, UNCATEGORISED, ShownRound, categories_of, round_views
from reasoning_leaderboard.pages.site import BoardSite

OPEN, CLOSED, REVEALED = example_rounds()
LIVE, COPY = example_site(live=True), example_site()


def site_with(*rounds: ShownRound, live: bool = True, entries: tuple[Entry, ...] = ()) -> BoardSite:
    return BoardSite(entries, lambda _: None, rounds=lambda: rounds, live=live)


def page_of(site: BoardSite) -> Page:
    return Page(site["rounds.html"])


def words(page: Page) -> str:
    return " ".join(page.text.split())


@pytest.mark.parametrize(
    ("shown", "live", "told", "untold"),
    [
        (OPEN, True, ["open", "Closes", "Sessions so far", "How to play it", "Note the commitment"], ["archive, "]),
        (OPEN, False, ["These pages are a copy", "How to play it"], ["Its log"]),
        (CLOSED, True, ["closed", "the same for all", "Closed"], ["How to play it", "Closes", "so far", "archive, "]),
        (REVEALED, True, ["Its archive, 2026-11.tar.zst", "Signature of that head"], ["How to play it", "the file"]),
        (REVEALED, False, ["with the archive, the file 2026-11.tar.zst", "First session"], ["Its archive", "Its log"]),
    ],
)
def test_a_round_tells_what_its_state_allows(shown: ShownRound, live: bool, told: list[str], untold: list[str]) -> None:
    page = page_of(site_with(shown, live=live))
    for part in (*told, shown.commitment, shown.public_key, shown.manifest.track.env):
        assert part in words(page)
    for part in untold:
        assert part not in words(page)
    proof = shown.proof or REVEALED.proof
    assert proof is not None
    assert [part in page.text for part in proof] == [shown.proof is not None] * 3


def test_what_is_copied_stands_whole_in_an_element_of_its_own() -> None:
    source = LIVE["rounds.html"].decode()
    for each in example_rounds():
        assert f'<code class="whole">{each.commitment}</code>' in source


def test_links_to_a_server_are_only_where_one_is() -> None:
    links = page_of(LIVE).values("href")
    assert {f"api/rounds/{each.name}" for each in example_rounds()} <= set(links)
    assert [link for link in links if link.endswith("/archive")] == ["api/rounds/2026-11/archive"]
    assert not [link for link in page_of(COPY).values("href") if link.startswith("api/")]


def test_hidden_problems_are_played_by_keepers_alone() -> None:
    common = ShownRound(manifest(common=True), "open", "c0" * 32, "b1" * 32, 0, (), None)
    told = words(page_of(site_with(common)))
    assert "leaderboard reproduce RECIPE --server unix:board.sock --round spring" in told
    assert "leaderboard run" not in told


def test_the_newest_round_comes_first_and_of_one_name_the_last_stands() -> None:
    assert [each.round.name for each in round_views(example_rounds(), ())] == ["2026-12", "2026-11", "hidden"]
    again = ShownRound(OPEN.manifest, "closed", "c9" * 32, OPEN.public_key, 9, OPEN.moments, None)
    (view,) = round_views((OPEN, again), ())
    assert view.round is again
    assert page_of(site_with(OPEN, again)).values("id").count("round-2026-12") == 1


def test_a_round_holds_its_families_by_category_with_their_share_of_a_session() -> None:
    mix = manifest_of("mix", reasoning_env(gym.make("ReasoningMath-v0", split="test", levels=[1, 2])), 200)
    found = categories_of(mix)
    assert [category.name for category in found] == sorted(category.name for category in found)
    assert "linear_equation" in {family.name for each in found if each.name == "algebra" for family in each.families}
    assert sum(family.episodes for category in found for family in category.families) == 200
    assert {family.levels for category in found for family in category.families} == {(1, 2)}
    told = words(page_of(site_with(OPEN)))
    assert f"{len(mix.track.families)} families" in told
    assert "its levels stand behind it" not in told


def test_a_round_of_families_that_are_not_here_is_told_of_too() -> None:
    plain = manifest()
    track = Track.model_validate({**plain.track.model_dump(), "families": {"gone": 3}, "levels": {"gone": (1, 2)}})
    strata = tuple(each.model_copy(update={"family": "gone"}) for each in plain.strata)
    gone = plain.model_copy(update={"track": track, "strata": strata})
    assert [each.name for each in categories_of(gone)] == [UNCATEGORISED]
    assert "gone" in words(page_of(site_with(ShownRound(gone, "open", "c0" * 32, "b1" * 32, 0, (), None))))


def test_entries_stand_with_their_round_the_best_first_and_lead_to_each_other() -> None:
    (view,) = round_views([REVEALED], ENTRIES)
    assert [each.id for each in view.entries] == [ENTRIES[1].id]
    assert f"entries/{ENTRIES[1].id}.html" in page_of(COPY).values("href")
    assert "index.html?round=2026-11" in page_of(COPY).values("href")
    of_it = Page(COPY[f"entries/{ENTRIES[1].id}.html"])
    assert "../rounds.html#round-2026-11" in of_it.values("href")
    assert "round-2026-11" in page_of(COPY).values("id")
    unknown = entry(7, round="elsewhere")
    alone = Page(site_with(OPEN, entries=(unknown,))[f"entries/{unknown.id}.html"])
    assert not [link for link in alone.values("href") if "#round-" in link]
    assert "elsewhere" in alone.text


def test_of_many_entries_the_best_are_listed_and_the_rest_is_told_of() -> None:
    many = tuple(entry(100 + i, right=i % 11, round="2026-11") for i in range(MOST_LISTED + 9))
    page = page_of(site_with(REVEALED, entries=many))
    assert len([link for link in page.values("href") if link.startswith("entries/")]) == MOST_LISTED
    assert f"These are the best {MOST_LISTED}; the board has all of them." in words(page)
    assert "59 entries" in words(page)


def test_the_board_can_be_filtered_by_round() -> None:
    rows = COPY.page("index.html", {"round": "2026-11"}).decode()
    assert '<option value="2026-11" selected>' in rows
    assert "2 of 7 entries" in words(Page(rows))


def test_a_board_without_a_round_says_how_one_is_opened() -> None:
    live, copy = (words(page_of(site_with(live=live))) for live in (True, False))
    assert "No round has been opened yet." in live
    assert "--round FILE" in copy
    for told in (live, copy):
        assert "reasoning-gym leaderboard open spring --env ReasoningLinearEquation-v0" in told


@pytest.mark.parametrize("name", [*HOSTILE_TEXTS, "", "a/b", "a b", "a?b", "a#b", "x" * 121])
def test_no_round_has_a_name_that_a_page_or_an_address_must_fear(name: str) -> None:
    with pytest.raises(ValueError, match="round"):
        Manifest.model_validate({**manifest().model_dump(), "round": name})


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_no_text_of_a_card_changes_the_shape_of_the_page(text: str) -> None:
    def shape(text: str) -> list[tuple[str, tuple[str, ...]]]:
        card = AgentCard.model_construct(name=text, model=text, tools=(text,), note=text)
        return page_of(site_with(REVEALED, entries=(entry(1, card=card, account=text, round="2026-11"),))).shape

    assert shape(text) == shape("a")
