"""How pages word things: texts of anyone made visible, numbers in few characters, tracks by a title."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from reasoning_leaderboard.entries import AgentCard, Track

SHORT_NOTE = 40  # characters
_UNUSUAL = re.compile(r"[^\x20-\x7e\n\t]")
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))  # categories of Unicode


def visible(text: str) -> str:
    r"""The text with every character that can't be seen written as an escape; line breaks and tabs stay.

    Those are controls, half characters, and what turns the direction of a line, joins, or takes no room. What comes
    back can be encoded.

    >>> visible("a\u202eb\ud800\x1b\u200b é")
    'a\\u202eb\\ud800\\x1b\\u200b é'
    """
    return _UNUSUAL.sub(_shown, text)


def compact(amount: float) -> str:
    """A number in a few characters.

    >>> compact(3_211_264), compact(812), compact(7e9), compact(0.25)
    ('3.21M', '812', '7B', '0.25')
    """
    for size, mark in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e4, "k")):
        if amount >= size:
            return f"{amount / (1e3 if mark == 'k' else size):.3g}{mark}"
    return f"{amount:,.0f}" if amount >= 100 or amount == int(amount) else f"{amount:.3g}"


def percent(rate: float) -> str:
    """A rate in [0, 1] as a percentage.

    >>> percent(0.5)
    '50.0 %'
    """
    return f"{100 * rate:.1f} %"


def track_name(track: Track) -> str:
    """A track in a few words: its environment, and its levels if all families have the same."""
    levels = set(track.levels.values())
    return track.env + (f", levels {levels_told(next(iter(levels)))}" if len(levels) == 1 else "")


def track_title(track: Track) -> str:
    """A track in a few words that tell it from all others, its key among them."""
    return f"{track_name(track)} ({track.key})"


def levels_told(levels: Sequence[int]) -> str:
    """Levels in few characters.

    >>> levels_told((1, 2, 3, 6))
    '1–3, 6'
    """
    runs: list[list[int]] = []
    for level in sorted(set(levels)):
        if runs and level == runs[-1][-1] + 1:
            runs[-1].append(level)
        else:
            runs.append([level])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)


def _shown(match: re.Match[str]) -> str:
    character = match[0]
    if unicodedata.category(character) not in _UNSEEN:
        return character
    return character.encode("unicode_escape").decode()


def budget_told(card: AgentCard) -> str:
    """What tells an agent from itself with another budget: its limit of tokens, or else a note of a few words."""
    if card.budget is not None:
        return f"budget {compact(card.budget)}"
    return short_note(card) or "no limit"


def short_note(card: AgentCard) -> str:
    """The note, if it is of a few words; else nothing."""
    return card.note if len(card.note) <= SHORT_NOTE and "\n" not in card.note else ""
