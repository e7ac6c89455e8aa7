"""People and things for problems told in words, and the grammar that numbers ask for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

_SHE = (
    "Ada Alice Amina Anna Beth Carla Chloe Clara Dana Diana Ella Emma Esther Fatima Gina Grace Hana Helen Irene Iris "
    "Jane Julia Karen Laura Lena Lily Lucy Maria Mei Mia Nadia Nina Nora Olga Paula Priya Rosa Ruth Sara Sofia Tara "
    "Tina Vera Wendy Yara Zoe"
)
_HE = (
    "Adam Ahmed Alan Amir Ben Boris Carl Dan David Diego Eli Eric Felix Frank George Hassan Henry Hugo Igor Ivan Jack "
    "Jonas Juan Kofi Leo Liam Louis Marco Max Nathan Noah Omar Oscar Paul Peter Ravi Sam Simon Theo Tom Victor Walter "
    "Yusuf Zack"
)


class Person(NamedTuple):
    """Somebody in a story."""

    name: str
    they: str  # she or he
    them: str
    their: str

    def __str__(self) -> str:
        return self.name


PEOPLE = (
    *(Person(name, "she", "her", "her") for name in _SHE.split()),
    *(Person(name, "he", "him", "his") for name in _HE.split()),
)


class Thing(NamedTuple):
    """Something that can be counted."""

    one: str
    many: str


def things(words: str) -> tuple[Thing, ...]:
    """Things from their singulars; a plural that doesn't end in `s` stands behind a slash.

    >>> things("pen, box, peach, cherry, loaf/loaves")[1:4]
    (Thing(one='box', many='boxes'), Thing(one='peach', many='peaches'), Thing(one='cherry', many='cherries'))
    """
    found: list[Thing] = []
    for word in words.split(","):
        one, _, many = word.strip().partition("/")
        found.append(Thing(one, many or _plural(one)))
    return tuple(found)


def _plural(word: str) -> str:
    if word.endswith(("s", "x", "ch", "sh")):
        return f"{word}es"
    if word.endswith("y") and word[-2] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}s"


def a(noun: str) -> str:
    """A noun with its article; none here begins with a vowel that sounds like a consonant.

    >>> a("pen"), a("old hat")
    ('a pen', 'an old hat')
    """
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def counted(count: int, thing: Thing) -> str:
    """A number of things.

    >>> counted(1, Thing("pen", "pens")), counted(3, Thing("pen", "pens"))
    ('1 pen', '3 pens')
    """
    return f"{count} {thing.one if count == 1 else thing.many}"


def listing(parts: Sequence[str]) -> str:
    """Parts of a sentence one after another.

    >>> listing(["a hat"]), listing(["a hat", "a cap"]), listing(["a hat", "a cap", "a bag"])
    ('a hat', 'a hat and a cap', 'a hat, a cap and a bag')
    """
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def sentence(text: str) -> str:
    """A text with a capital at its start.

    >>> sentence("he pays $3.")
    'He pays $3.'
    """
    return text[:1].upper() + text[1:]


def dollars(cents: int) -> str:
    """A price.

    >>> dollars(300), dollars(1250), dollars(45)
    ('$3', '$12.50', '$0.45')
    """
    return f"${cents // 100}" if cents % 100 == 0 else f"${cents // 100}.{cents % 100:02}"


NUMERALS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
