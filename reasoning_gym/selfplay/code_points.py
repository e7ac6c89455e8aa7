"""Texts as arrays of code points: PettingZoo's checks, and most of its learners, take arrays only."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from reasoning_gym.spaces import CODEC, ThoughtSpace

PADDING = -1  # no character has it, not even NUL
HIGHEST = 0x10FFFF  # Unicode's last code point


class CodePoints(spaces.Box):
    """Texts of at most `max_length` characters: their code points, int32 [max_length], and -1 for what is left.

    A plain text is in the space too, so that language models may act without a conversion; `contains` takes
    constant time for it.

    >>> space = CodePoints(6)
    >>> space.array("x=½")
    array([120,  61, 189,  -1,  -1,  -1], dtype=int32)
    >>> space.text(space.array("x=½")), "x=½" in space
    ('x=½', True)
    """

    def __init__(self, max_length: int, seed: int | np.random.Generator | None = None) -> None:
        self.texts = ThoughtSpace(max_length)
        super().__init__(PADDING, HIGHEST, (max_length,), np.int32, seed=seed)

    def array(self, text: str) -> NDArray[np.int32]:
        """A text as an array.

        Raises:
            ValueError: if it is too long.
        """
        if text not in self.texts:
            raise ValueError(f"a text of {len(text)} characters doesn't fit in {self}; raise the limit that it exceeds")
        found = np.full(self.texts.max_length, PADDING, np.int32)
        found[: len(text)] = np.frombuffer(text.encode(CODEC, "surrogatepass"), np.int32)
        return found

    def text(self, array: NDArray[Any]) -> str:
        """The text of an array: what stands before the first padding.

        Raises:
            ValueError: if the array isn't in the space.
        """
        if not self.contains(array):
            raise ValueError(f"the array is {array!r}; give code points, int32 [{self.texts.max_length}]")
        ends = np.flatnonzero(array == PADDING)
        written = array[: ends[0]] if len(ends) else array
        return written.astype(np.int32).tobytes().decode(CODEC, "surrogatepass")

    def contains(self, x: Any) -> bool:
        """Whether x is a text, or an array of code points, and not too long."""
        return x in self.texts or (hasattr(x, "dtype") and super().contains(x))

    def sample(self, mask: None = None, probability: None = None) -> NDArray[np.int32]:
        """The array of a random printable text.

        Raises:
            ValueError: if a mask or a probability is given; a text has none.
        """
        return self.array(self.texts.sample(mask, probability))

    def seed(self, seed: int | None = None) -> int | Any:
        """Start the sequence of samples anew; the seed."""
        return self.texts.seed(seed)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CodePoints) and self.texts == other.texts

    def __hash__(self) -> int:
        return hash((CodePoints, self.texts))

    def __repr__(self) -> str:
        return f"CodePoints({self.texts.max_length})"
