"""Makes right texts wrong by a small change: what an audit of checks, and whoever has to find errors, is tried on."""

from __future__ import annotations

import random
import string


def perturbed(text: str, rng: random.Random) -> str:
    """A text with one digit, sign or letter changed; 'yes' and 'no' become each other.

    The sign of a constant of integration stays: +C and -C say the same.
    """
    if text in {"yes", "no"}:
        return "no" if text == "yes" else "yes"
    places = [i for i, character in enumerate(text) if character in "0123456789+-TF" and text[i + 1 : i + 2] != "C"]
    places = places or [i for i, character in enumerate(text) if character in string.ascii_letters]
    if not places:
        return f"{text}1"
    i = rng.choice(places)
    return text[:i] + _other(text[i], text, rng) + text[i + 1 :]


def _other(character: str, text: str, rng: random.Random) -> str:
    """Another character of the same sort, from the text itself where it has one."""
    swapped = {"+": "-", "-": "+", "T": "F", "F": "T"}
    if character in swapped:
        return swapped[character]
    if character.isdigit():
        return str((int(character) + rng.randrange(1, 10)) % 10)
    alike = string.ascii_uppercase if character.isupper() else string.ascii_lowercase
    own = sorted({each for each in text if each in alike} - {character})
    others: list[str] = own or sorted({*alike} - {character})
    return rng.choice(others)
