"""The board's pages in a real browser, served and as files: nothing runs, nothing is fetched, all can be used."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from board_examples import CANARY, ENTRIES, HOSTILE_TEXTS, example_site, hostile_entry, solved, told, tree
from fastapi import FastAPI
from test_pages import FILTERS, run_of

from reasoning_leaderboard.pages.serving import pages_router
from reasoning_leaderboard.pages.site import export
from reasoning_leaderboard.pages.wording import visible

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright isn't installed")
expect = sync_api.expect  # which waits for what a page is about to do
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python isn't installed")
uvicorn = pytest.importorskip("uvicorn", reason="uvicorn isn't installed")

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium; apt-get install chromium")
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
HOSTILE = hostile_entry().id
PAGES = (
    "index.html",
    "trust.html",
    f"entries/{ENTRIES[2].id}.html",
    f"entries/{HOSTILE}.html",
    f"transcripts/{HOSTILE}/index.html",
    f"transcripts/{HOSTILE}/1.html",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM)
        yield found
        found.close()


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example board; beside it two runs, one with a small tree and one with a large one."""
    folder = tmp_path_factory.mktemp("pages") / "board"
    export(example_site(), folder)
    leaves = [tree(f"<b>{i}", 1) for i in range(15)]
    large = tree("", 9, [tree(f"a{i}", 9, [tree(f"b{j}", 8, leaves) for j in range(15)]) for i in range(15)])
    small = tree("", 9, [tree("a", 5, [tree("b", 4, [tree("c", 3)]), tree("<i>d", 1)]), tree("e", 4)])
    for name, each in (("large", large), ("small", small)):
        export(run_of(transcripts=told([solved()], trees=[each])), folder.parent / name)
    return folder


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    """The address of a server with the example board, below a path of its own."""
    application, site = FastAPI(), example_site()
    application.include_router(pages_router(lambda: site))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(application, log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture(params=["served", "exported"])
def root(request: pytest.FixtureRequest) -> str:
    found = request.getfixturevalue(request.param)
    return found if isinstance(found, str) else found.as_uri()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    found = browser.new_context(viewport=DESK)
    yield found
    found.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that has to stay quiet: no message, no error, no dialogue, no request to elsewhere."""
    found = context.new_page()
    complaints: list[str] = []
    found.on("console", lambda message: complaints.append(f"console: {message.text}"))
    found.on("pageerror", lambda error: complaints.append(f"error: {error}"))
    found.on("dialog", lambda dialog: (complaints.append(f"dialogue: {dialog.message}"), dialog.dismiss()))
    found.on("request", lambda request: _is_here(request.url) or complaints.append(f"request: {request.url}"))
    yield found
    assert complaints == []


def _is_here(url: str) -> bool:
    return url.startswith(("file:///", "http://127.0.0.1:", "data:image/svg+xml,"))


def shown_rows(page: Page) -> list[int]:
    """The entries that the board shows, from top to bottom."""
    links = page.locator("tbody tr:visible .col-name a").evaluate_all("all => all.map(link => link.href)")
    numbers = [int(link.rpartition("/")[2].removesuffix(".html"), 16) for link in links]
    return [number for number in numbers if number != int(HOSTILE, 16)]


def expect_rows(page: Page, wanted: Sequence[int]) -> None:
    """The board comes to show these entries, from top to bottom, perhaps not at once."""
    found: Sequence[int] | None = None
    for _ in range(200):
        with suppress(sync_api.Error):  # another page takes the place of this one
            found = shown_rows(page)
        if found == wanted:
            return
        page.wait_for_timeout(50)
    assert found == wanted


@pytest.mark.parametrize("path", PAGES)
def test_hostile_texts_do_nothing(path: str, root: str, page: Page) -> None:
    page.goto(f"{root}/{path}")
    for fold in page.locator("details").all():
        fold.evaluate("fold => fold.open = true")
    page.mouse.move(200, 300)
    page.keyboard.press("Tab")
    page.wait_for_load_state("networkidle")
    assert page.evaluate(f"window.{CANARY}") is None
    assert page.url == f"{root}/{path}"
    assert page.evaluate("document.querySelectorAll('script').length") == 1
    expect(page.locator("h1")).to_be_visible()


def test_hostile_texts_are_shown_as_they_came_with_what_cannot_be_seen_as_escapes(root: str, page: Page) -> None:
    page.goto(f"{root}/transcripts/{HOSTILE}/1.html")
    page.click("[data-fold=open]")
    text = page.locator("main").evaluate("main => main.textContent")
    for hostile in HOSTILE_TEXTS:
        assert visible(hostile.strip()) in text
    assert not set(text) & set("\u202e\u2066\u2067\u200b\ufeff\x1b\ufffd")


@pytest.mark.parametrize(("scheme", "size"), [("light", DESK), ("dark", PHONE)], ids=["desk", "phone"])
def test_pages_are_accessible_and_fit_the_screen(scheme, size, exported: Path, browser: Browser) -> None:
    context = browser.new_context(viewport=size, color_scheme=scheme)
    page = context.new_page()
    for path in (*PAGES, "../small/index.html", "../small/1.html"):
        page.goto((exported / path).as_uri())
        page.evaluate("document.querySelectorAll('.episode').forEach((fold, i) => { fold.open = i < 4 })")
        # Preloading styles is a request of axe's own, which the policy would refuse.
        violations = (
            axe.Axe().run(page, options={"preload": False, "resultTypes": ["violations"]}).response["violations"]
        )
        found = [
            (each["id"], each["nodes"][0]["html"]) for each in violations if each["impact"] in ("serious", "critical")
        ]
        assert found == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], path
    context.close()


def test_the_browser_filters_and_sorts_as_the_server_does(root: str, page: Page) -> None:
    for query, expected in FILTERS:
        page.goto(f"{root}/index.html?{urlencode(query)}")
        expect_rows(page, expected)
        count = page.locator("tbody tr:visible").count()
        assert page.locator("[data-count]").inner_text().startswith(f"{count} of ")
        assert page.locator("[data-none]").is_visible() == (count == 0)


def test_without_scripts_the_server_filters_and_sorts(served: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{served}/")
    page.select_option("[name=tier]", "challenged")
    page.click("text=Apply")
    expect_rows(page, [3, 2])
    page.click(".col-tokens button >> nth=0")
    expect_rows(page, [2, 3])
    assert "tier=challenged" in page.url
    page.click("text=Clear")
    expect_rows(page, [1, 3, 2, 4, 5, 6])
    context.close()


def test_without_scripts_exported_pages_are_whole(exported: Path, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((exported / "index.html").as_uri())
    expect_rows(page, [1, 3, 2, 4, 5, 6])
    page.goto((exported / f"transcripts/{HOSTILE}/1.html").as_uri())
    page.locator(".episode > summary").first.click()
    expect(page.locator(".episode .thoughts").first).to_be_visible()
    context.close()


def test_what_was_chosen_stands_in_the_address_and_goes_back(root: str, page: Page) -> None:
    page.goto(f"{root}/index.html")
    page.select_option("[name=tier]", "challenged")
    page.wait_for_url(lambda url: url.endswith("/index.html?tier=challenged"))
    page.click(".col-tokens button >> nth=0")
    page.wait_for_url(lambda url: url.endswith("/index.html?tier=challenged&sort=tokens"))
    expect_rows(page, [2, 3])
    expect(page.locator("th.col-tokens >> nth=0")).to_have_attribute("aria-sort", "ascending")
    page.reload()
    expect_rows(page, [2, 3])
    assert page.input_value("[name=tier]") == "challenged"
    page.go_back()
    expect_rows(page, [3, 2])
    expect(page.locator("th.col-tokens >> nth=0")).to_have_attribute("aria-sort", "none")
    page.go_back()
    expect_rows(page, [1, 3, 2, 4, 5, 6])
    page.fill("[name=find]", "zebra")
    expect_rows(page, [4])
    page.click("text=Clear")
    expect_rows(page, [1, 3, 2, 4, 5, 6])


def test_the_keyboard_is_enough_to_skip_sort_and_unfold(exported: Path, page: Page) -> None:
    page.goto((exported / "index.html").as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.focus("th.col-name button >> nth=0")
    page.keyboard.press("Enter")
    expect(page.locator("th.col-name >> nth=0")).to_have_attribute("aria-sort", "ascending")
    page.keyboard.press("Space")
    expect(page.locator("th.col-name >> nth=0")).to_have_attribute("aria-sort", "descending")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.goto((exported / f"transcripts/{HOSTILE}/1.html").as_uri())
    page.focus(".episode > summary >> nth=0")
    page.keyboard.press("Enter")
    expect(page.locator(".episode .thoughts").first).to_be_visible()


def test_an_episode_is_found_from_the_list_and_filtered_by_its_verdict(root: str, page: Page) -> None:
    page.goto(f"{root}/transcripts/{HOSTILE}/index.html?verdict=correct&sort=level")
    assert page.locator("tbody tr:visible th").all_inner_texts() == ["2", "1"]
    page.click("tbody tr:visible th a >> nth=0")
    page.wait_for_url(lambda url: url.endswith("/1.html#e2"))
    expect(page.locator("#e2")).to_be_visible()
    expect(page.locator("#e1")).not_to_be_visible()
    page.select_option("[name=verdict]", "correct")
    expect(page.locator(".episode:visible")).to_have_count(2)
    page.click("[data-fold=open]")
    expect(page.locator("#e1")).to_be_visible()
    page.click("[data-fold=close]")
    expect(page.locator(".episode > div:visible")).to_have_count(0)


def test_a_large_tree_is_folded_and_unfolds(exported: Path, page: Page) -> None:
    page.goto((exported.parent / "large" / "1.html").as_uri())
    assert page.locator(".tree summary:visible").count() < 300
    deep = page.locator(".nodes > li > details > ul > li > details").first
    expect(deep.locator("li").first).not_to_be_visible()
    deep.locator("> summary").click()
    assert deep.locator("li").first.inner_text().endswith("<b>0")
    deep.locator("> summary").click()
    expect(deep.locator("li").first).not_to_be_visible()
