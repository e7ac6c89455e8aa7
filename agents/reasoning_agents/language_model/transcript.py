"""From views to token ids and from sampled token ids to thoughts."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol, cast

from transformers import PreTrainedTokenizerBase

from reasoning_agents.language_model.prompts import Prompt
from reasoning_gym.problem import Question, View
from reasoning_gym.spaces import tokenizable

MOST_REMEMBERED = 65_536  # thoughts
MOST_QUESTIONS = 4_096


class _Tokenizer(Protocol):
    """What is used of a tokenizer of transformers."""

    def encode(self, text: str, *, add_special_tokens: bool, split_special_tokens: bool | None = None) -> list[int]: ...

    def decode(self, ids: list[int], *, skip_special_tokens: bool, clean_up_tokenization_spaces: bool) -> str: ...

    def batch_decode(self, sequences: list[list[int]]) -> list[str]: ...

    def __len__(self) -> int: ...


class _Memory(NamedTuple):
    """A thought as it was sampled."""

    sampled: tuple[int, ...]  # the very ids, what ended it included
    line: tuple[int, ...]  # ids of its line in what the model reads next


class Transcript:
    """Turns views into token ids, and remembers the ids of sampled thoughts.

    A thought's line is read with the ids that it was sampled with. Where those don't spell the line
    (it ended by an end mark or for its length, or there was text behind the break) it is tokenised,
    as is a thought that wasn't sampled here. Half a character is read as the replacement character.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, prompt: Prompt) -> None:
        self.tokenizer = tokenizer
        self.prompt = prompt
        self._codec = cast("_Tokenizer", tokenizer)
        self.break_ids = self._encode("\n")
        self._memory: OrderedDict[tuple[Question, tuple[str, ...]], _Memory] = OrderedDict()
        self._prompt_ids = lru_cache(MOST_QUESTIONS)(self._encode_prompt)

    def ids(self, view: View) -> tuple[int, ...]:
        """All that the model reads of a view."""
        question, thoughts = view.question, view.thoughts
        ids = list(self._prompt_ids(question))
        for count, thought in enumerate(thoughts, start=1):
            memory = self._memory.get((question, thoughts[:count]))
            ids += self._encode_line(thought) if memory is None else memory.line
        return tuple(ids)

    def thought_ids(self, view: View, thought: str) -> tuple[int, ...]:
        """A thought after a view, what ends it included: as it was sampled there, else its line."""
        memory = self._memory.get((view.question, (*view.thoughts, thought)))
        return self._encode_line(thought) if memory is None else memory.sampled

    def remember(self, view: View, thought: str, sampled: tuple[int, ...]) -> None:
        """Keep the ids that a thought was sampled with; of equal thoughts the first ones stay."""
        key = (view.question, (*view.thoughts, thought))
        if key in self._memory:
            self._memory.move_to_end(key)
            return
        text = self.decode(sampled)
        rest = text[len(thought) :]
        spelled = text.startswith(thought) and "\n" in rest and not rest.strip()
        self._memory[key] = _Memory(sampled, sampled if spelled else self._encode_line(thought))
        if len(self._memory) > MOST_REMEMBERED:
            self._memory.popitem(last=False)

    def forget(self) -> None:
        """Forget all sampled thoughts."""
        self._memory.clear()

    def decode(self, ids: Sequence[int]) -> str:
        """The text of token ids, without end marks."""
        return _decoded(self._codec, ids)

    def _encode_prompt(self, question: Question) -> tuple[int, ...]:
        """The prompt; it holds its special tokens where a chat template wrote it."""
        text = tokenizable(self.prompt.render(question, self.tokenizer))
        if self.prompt.template is None:
            return tuple(self._codec.encode(text, add_special_tokens=False))
        return tuple(self._codec.encode(text, add_special_tokens=True, split_special_tokens=True))

    def _encode_line(self, thought: str) -> tuple[int, ...]:
        """A thought and its line break, as they are tokenised behind a line break.

        Some tokenizers put a space before a text that stands alone.
        """
        ids = self._encode(f"\n{thought}\n")
        size = len(self.break_ids)
        return ids[size:] if ids[:size] == self.break_ids else self._encode(f"{thought}\n")

    def _encode(self, text: str) -> tuple[int, ...]:
        """Token ids of a text in which the names of special tokens are only characters."""
        return tuple(self._codec.encode(tokenizable(text), add_special_tokens=False, split_special_tokens=True))


class Stops:
    """What ends a sampled thought: an end mark, or a line break behind visible text."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, end_marks: frozenset[int], size: int) -> None:
        """Find them among a model's `size` token ids."""
        self.size = size
        self._codec = cast("_Tokenizer", tokenizer)
        self._end_marks = end_marks
        self._breaks = frozenset(breaking_tokens(tokenizer, size))

    def ended(self, ids: Sequence[int]) -> bool:
        """Whether the last token ends the thought."""
        if ids[-1] in self._end_marks:
            return True
        return ids[-1] in self._breaks and thought_of(_decoded(self._codec, ids))[1]

    def cut(self, ids: Sequence[int]) -> tuple[int, ...]:
        """The thought that token ids begin with, what ends it included; all of them where nothing does."""
        for count, token in enumerate(ids, start=1):
            if (token in self._end_marks or token in self._breaks) and self.ended(ids[:count]):
                return tuple(ids[:count])
        return tuple(ids)


def _decoded(codec: _Tokenizer, ids: Sequence[int]) -> str:
    """The text of token ids, without end marks."""
    return codec.decode(list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False)


def thought_of(text: str) -> tuple[str, bool]:
    r"""The thought in a sampled text, and whether a line break ends it. Empty lines before it are dropped.

    >>> thought_of("\n\n x = 2\n")
    (' x = 2', True)
    >>> thought_of("\n")
    ('', False)
    """
    visible = text.lstrip()
    if not visible:
        return "", False
    start = text.rfind("\n", 0, len(text) - len(visible)) + 1
    line, line_break, _ = text[start:].partition("\n")
    return line.rstrip("\r"), bool(line_break)


def breaking_tokens(tokenizer: PreTrainedTokenizerBase, size: int) -> list[int]:
    """Which of `size` token ids have a line break in their text."""
    codec = cast("_Tokenizer", tokenizer)
    texts = codec.batch_decode([[index] for index in range(min(size, len(codec)))])
    return [index for index, text in enumerate(texts) if "\n" in text]
