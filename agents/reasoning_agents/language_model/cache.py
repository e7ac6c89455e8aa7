"""Keys and values of what was read before: a tree of token pieces with a budget in bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from reasoning_agents.language_model.rows import Piece


class _Node:
    """A piece of a sequence that follows its parent's."""

    __slots__ = ("children", "parent", "piece", "tokens")

    def __init__(self, parent: _Node | None, tokens: tuple[int, ...], piece: Piece) -> None:
        self.parent = parent
        self.tokens = tokens
        self.piece = piece
        self.children: dict[int, _Node] = {}  # by their first token


class PrefixCache:
    """Keys and values by token prefix; a prefix that sequences share is kept once.

    A radix tree with the least recently used leaf evicted first, as in Zheng et al. 2024 (SGLang),
    section 3. The pieces' tensors never take more than `budget` bytes.
    """

    def __init__(self, budget: int) -> None:
        if budget < 0:
            raise ValueError(f"cache_bytes is {budget}; give 0 for no cache, or a number of bytes")
        self.budget = budget
        self.bytes = 0
        self._root = _Node(None, (), ())
        # A node is touched before its parent, so it is never newer, and the oldest node is a leaf.
        self._by_age: OrderedDict[_Node, None] = OrderedDict()

    def clear(self) -> None:
        """Forget everything."""
        self._root = _Node(None, (), ())
        self._by_age.clear()
        self.bytes = 0

    def match(self, tokens: Sequence[int]) -> tuple[list[Piece], int]:
        """The pieces of the longest prefix of `tokens` that is held, and how many tokens they cover."""
        pieces: list[Piece] = []
        node, length, inside = self._descend(tuple(tokens))
        if inside:
            pieces.append(tuple(part[:, :, :inside] for part in node.piece))
        else:
            pieces.append(node.piece)
        self._touch(node)
        while node.parent is not None:
            node = node.parent
            pieces.append(node.piece)
        return pieces[-2::-1], length

    def insert(self, tokens: Sequence[int], start: int, piece: Piece) -> None:
        """Keep the keys and values of `tokens[start:]`, as a copy.

        Nothing is kept where the tokens before are no longer held, or where there is no room.
        """
        node, length, inside = self._descend(tuple(tokens))
        if inside and length < len(tokens):
            node = self._split(node, inside)
        self._touch(node)
        if length < start or length >= len(tokens):
            return
        fresh = tuple(part[:, :, length - start :] for part in piece)
        if self._make_room(sum(part.numel() * part.element_size() for part in fresh), node):
            child = _Node(node, tuple(tokens[length:]), _copy(fresh))
            node.children[child.tokens[0]] = child
            self.bytes += _size(child)
            self._touch(child)

    def _descend(self, tokens: tuple[int, ...]) -> tuple[_Node, int, int]:
        """The deepest node on the path, the tokens matched, and of its own how many if not all."""
        node, length = self._root, 0
        while length < len(tokens) and (child := node.children.get(tokens[length])) is not None:
            here = tokens[length : length + len(child.tokens)]
            if here != child.tokens:
                common = _common(here, child.tokens)
                return child, length + common, common
            node, length = child, length + len(here)
        return node, length, 0

    def _split(self, node: _Node, at: int) -> _Node:
        """Cut a node in two, each with tensors of its own; returns the upper one."""
        parent = node.parent or self._root
        upper = _Node(parent, node.tokens[:at], _copy(tuple(part[:, :, :at] for part in node.piece)))
        parent.children[upper.tokens[0]] = upper
        node.parent, node.tokens = upper, node.tokens[at:]
        node.piece = _copy(tuple(part[:, :, at:] for part in node.piece))
        upper.children[node.tokens[0]] = node
        return upper

    def _touch(self, node: _Node) -> None:
        current: _Node | None = node
        while current is not None and current is not self._root:
            self._by_age[current] = None
            self._by_age.move_to_end(current)
            current = current.parent

    def _make_room(self, size: int, keep: _Node) -> bool:
        """Evict the oldest leaves until `size` more bytes fit; False if that would take `keep`."""
        if size > self.budget:
            return False
        while self.bytes + size > self.budget:
            oldest = next(iter(self._by_age))
            if oldest is keep:
                return False
            del self._by_age[oldest]
            self.bytes -= _size(oldest)
            if oldest.parent is not None:
                del oldest.parent.children[oldest.tokens[0]]
        return True


def _common(left: tuple[int, ...], right: tuple[int, ...]) -> int:
    for index, (one, other) in enumerate(zip(left, right, strict=False)):
        if one != other:
            return index
    return min(len(left), len(right))


def _copy(piece: Piece) -> Piece:
    return tuple(part.clone() for part in piece)


def _size(node: _Node) -> int:
    return sum(part.numel() * part.element_size() for part in node.piece)
