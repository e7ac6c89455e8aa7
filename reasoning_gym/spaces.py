"""The space of texts that a language model may read or write, and its batching for vector environments.

Gymnasium's `Text` needs a finite alphabet, takes time linear in the text to say whether it contains
it, and is decoded from shared memory only once, when the vector environment is made. `ThoughtSpace`
accepts all of Unicode, answers in constant time, and stays right through shared memory.
"""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable, Iterator
from ctypes import c_uint32
from typing import Protocol

import numpy as np
from gymnasium.spaces import Space
from gymnasium.spaces.utils import is_space_dtype_shape_equiv
from gymnasium.vector import utils as batching
from numpy.typing import NDArray

SAMPLE_CHARS = 64  # a sampled text is at most this long: it is there to try things out
PRINTABLE = "".join(map(chr, range(ord(" "), ord("~") + 1))) + "äπ√≤∞数😀"
CODEC = f"utf-32-{'le' if sys.byteorder == 'little' else 'be'}"
_HALVES = dict.fromkeys(range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}")


class ThoughtSpace(Space[str]):
    """All texts of at most `max_length` characters, the empty one and lone surrogates included.

    >>> space = ThoughtSpace(10)
    >>> "x = ½ 😀" in space, "x" * 11 in space
    (True, False)
    """

    def __init__(self, max_length: int, seed: int | np.random.Generator | None = None) -> None:
        if max_length < 1:
            raise ValueError(f"max_length is {max_length!r}; give the number of characters, at least 1")
        self.max_length = int(max_length)
        super().__init__(dtype=str, seed=seed)

    @property
    def is_np_flattenable(self) -> bool:
        """False: a text as an array needs a tokenizer, see `reasoning_gym.wrappers.TokenThoughts`."""
        return False

    def contains(self, x: object) -> bool:
        """Whether x is a text and not too long, in constant time."""
        return isinstance(x, str) and len(x) <= self.max_length

    def sample(self, mask: None = None, probability: None = None) -> str:
        """A random printable text of up to 64 characters.

        Raises:
            ValueError: if a mask or a probability is given; a text has none.
        """
        if mask is not None or probability is not None:
            raise ValueError("a ThoughtSpace has no mask and no probability; call sample() without them")
        length = int(self.np_random.integers(min(self.max_length, SAMPLE_CHARS) + 1))
        return "".join(PRINTABLE[i] for i in self.np_random.integers(len(PRINTABLE), size=length))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ThoughtSpace) and self.max_length == other.max_length

    def __hash__(self) -> int:
        return hash((ThoughtSpace, self.max_length))

    def __repr__(self) -> str:
        return f"ThoughtSpace({self.max_length})"


def tokenizable(text: str) -> str:
    r"""A text of the space as tokenizers take it: a lone surrogate, half a character, is the replacement character.

    >>> tokenizable("a\ud800b") == "a\ufffdb"
    True
    """
    return text.translate(_HALVES)


class SharedTexts:
    """The texts of B environments, read from shared memory anew each time that they are looked at.

    Gymnasium asks for the batch once and hands out a deep copy of it after each step, so a deep copy
    is a tuple of plain texts.
    """

    def __init__(self, rows: NDArray[np.uint32]) -> None:
        self._rows = rows  # [B, 1 + max_length]: the length of a text, then its code points

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> str:
        row = self._rows[index]
        code_points = bytes(row[1 : 1 + int(row[0])])
        return code_points.decode(CODEC, "surrogatepass")

    def __iter__(self) -> Iterator[str]:
        return (self[index] for index in range(len(self)))

    def __deepcopy__(self, memo: object) -> tuple[str, ...]:
        del memo
        return tuple(self)

    def __repr__(self) -> str:
        return f"SharedTexts({list(self)!r})"


class SharedArray(Protocol):
    """What `multiprocessing.Array` makes."""

    def get_obj(self) -> memoryview:
        """The memory itself."""
        ...


class Context(Protocol):
    """A context of multiprocessing, or the module itself."""

    @property
    def Array(self) -> Callable[[type[c_uint32], int], SharedArray]:  # noqa: N802 - its name over there
        """Make an array that processes share."""
        ...


def create_text_memory(space: ThoughtSpace, n: int = 1, ctx: Context = multiprocessing) -> SharedArray:
    """Memory for n texts: each its length and its code points, 4 (1 + max_length) bytes."""
    return ctx.Array(c_uint32, n * (1 + space.max_length))


def read_text_memory(space: ThoughtSpace, shared_memory: SharedArray, n: int = 1) -> SharedTexts:
    """The n texts, live: Gymnasium reads once and expects to see what is written later."""
    return SharedTexts(_rows(space, shared_memory).reshape(n, -1))


def write_text_memory(space: ThoughtSpace, index: int, value: str, shared_memory: SharedArray) -> None:
    """Write the text of one environment.

    Raises:
        ValueError: if the text is longer than the space allows.
    """
    if value not in space:
        raise ValueError(f"a text of {len(value)} characters doesn't fit in {space}; raise the limit that it exceeds")
    row = _rows(space, shared_memory)[index]
    row[1 : 1 + len(value)] = np.frombuffer(value.encode(CODEC, "surrogatepass"), dtype=np.uint32)
    row[0] = len(value)


def _rows(space: ThoughtSpace, memory: SharedArray) -> NDArray[np.uint32]:
    return np.frombuffer(memory.get_obj(), dtype=np.uint32).reshape(-1, 1 + space.max_length)


def create_empty_texts(space: ThoughtSpace, n: int = 1, fn: object = None) -> tuple[str, ...]:
    """A batch of n empty texts."""
    del space, fn
    return ("",) * n


@is_space_dtype_shape_equiv.register(ThoughtSpace)
def is_same_text_space(space_1: ThoughtSpace, space_2: Space[str]) -> bool:
    """Whether texts of both spaces can share a batch."""
    return space_1 == space_2


class SingleDispatch(Protocol):
    """A function that chooses its body by the type of the space."""

    def register(self, cls: type[Space[str]], func: Callable[..., object]) -> object:
        """Name the body for a type."""
        ...


BATCHING: dict[str, Callable[..., object]] = {
    "create_shared_memory": create_text_memory,
    "read_from_shared_memory": read_text_memory,
    "write_to_shared_memory": write_text_memory,
    "create_empty_array": create_empty_texts,
}
for _name, _body in BATCHING.items():
    _function: SingleDispatch = getattr(batching, _name)
    _function.register(ThoughtSpace, _body)
