"""A language model on this machine, run by torch: any causal model that transformers loads."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from reasoning_agents.language_model import llama_forward, loading
from reasoning_agents.language_model.branches import SPARE_SLOTS, Branch, Read, fork, similar
from reasoning_agents.language_model.cache import PrefixCache
from reasoning_agents.language_model.forward import Forward, TransformersForward, position_limit, text_config
from reasoning_agents.language_model.implicit_reward import ProcessRewardModel
from reasoning_agents.language_model.llama_forward import LlamaForward
from reasoning_agents.language_model.loading import Loaded
from reasoning_agents.language_model.prompts import Prompt, choose_prompt
from reasoning_agents.language_model.rows import Rows
from reasoning_agents.language_model.sampling import Uniforms, choose, numbers
from reasoning_agents.language_model.step_model import Candidate, Following, Judgement, Proposal
from reasoning_agents.language_model.transcript import Stops, Transcript, thought_of
from reasoning_agents.language_model.value_head import ValueHead
from reasoning_gym.problem import View

CACHE_BYTES = 256 * 2**20
MOST_LOGITS = 2**27  # scored at once: rows times tokens times vocabulary


class LocalModel:
    """A `StepModel` that keeps keys and values: of shared prefixes once, and for the next thought.

    A thought ends at the first line break after visible text, at an end mark, or after
    `max_thought_tokens`. Sampling depends on each view's own generator alone. Each candidate's keys
    and values are kept, at most `cache_bytes` in all, so that the view it extends reads only what is
    new. Changed weights are noticed when they changed in place; after other changes call `refresh`.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        *,
        prompt: Prompt | None = None,
        value_head: ValueHead | None = None,
        process_reward: ProcessRewardModel | None = None,
        max_thought_tokens: int = 256,
        cache_bytes: int = CACHE_BYTES,
        compact: bool = True,  # plain Llama models run through `LlamaForward`
    ) -> None:
        if max_thought_tokens < 1:
            raise ValueError(f"max_thought_tokens is {max_thought_tokens}; give at least 1")
        self.model = model
        self.tokenizer = tokenizer
        self.value_head = value_head
        self.process_reward = process_reward
        self._judging: LocalModel | None = None
        if process_reward is not None:
            self._judging = LocalModel(process_reward.model, tokenizer, prompt=prompt, cache_bytes=cache_bytes)
        self.max_thought_tokens = max_thought_tokens
        self.cache = PrefixCache(cache_bytes)
        self.transcript = Transcript(tokenizer, prompt or choose_prompt(tokenizer))
        self.context = position_limit(model)
        self._compact = compact and llama_forward.supports(model)
        self.stops = Stops(tokenizer, _end_marks(model, tokenizer), cast("int", text_config(model).vocab_size))
        self.refresh()

    @classmethod
    def load(
        cls,
        path_or_id: str | Path,
        *,
        device: str = "cpu",
        dtype: str = "float32",
        revision: str | None = None,
        max_thought_tokens: int = 256,
        cache_bytes: int = CACHE_BYTES,
        threads: int | None = None,
    ) -> LocalModel:
        """Load a model from its folder, without the network, or by its Hugging Face id.

        `threads` sets how many torch uses in this process; None leaves that alone.

        Raises:
            FileNotFoundError: if there is no such folder, or it holds no model or no tokenizer.
            ValueError: for a device or dtype that can't be had.
        """
        if threads is not None:
            torch.set_num_threads(threads)
        loaded = loading.load(path_or_id, device=device, dtype=dtype, revision=revision)
        return cls.of(loaded, max_thought_tokens=max_thought_tokens, cache_bytes=cache_bytes)

    @classmethod
    def of(cls, loaded: Loaded, *, max_thought_tokens: int = 256, cache_bytes: int = CACHE_BYTES) -> LocalModel:
        """What was loaded, made to think."""
        return cls(
            loaded.model,
            loaded.tokenizer,
            prompt=loaded.prompt,
            value_head=loaded.value_head,
            process_reward=loaded.process_reward,
            max_thought_tokens=max_thought_tokens,
            cache_bytes=cache_bytes,
        )

    def refresh(self) -> None:
        """Forget all keys and values and take over the model's weights as they are now."""
        self.cache.clear()
        self._forward: Forward = LlamaForward(self.model) if self._compact else TransformersForward(self.model)
        self._weights = _fingerprint(self.model)

    def forget(self) -> None:
        """Forget all that was read and sampled, as if the model had been loaded just now."""
        self.refresh()
        self.transcript.forget()

    @torch.inference_mode()
    def propose(
        self,
        views: Sequence[View],
        k: int,
        temperature: float,
        rngs: Sequence[np.random.Generator] | None = None,
    ) -> list[Proposal]:
        """See `StepModel`. Equal views of a batch are read once, on the account of the first.

        A view whose thoughts fill the model's context gets candidates of no tokens.

        Raises:
            ValueError: for a k below 1, a temperature below 0, generators that are missing or too
                few, or a question that is too long for the model's context.
        """
        _check_sampling(len(views), k, temperature, rngs)
        prefixes = [self.transcript.ids(view) for view in views]
        fitting = [index for index, view in enumerate(views) if self._fits(view, prefixes[index])]
        reads, branches = self._continue(prefixes, fitting, k, temperature, rngs)
        proposals = [Proposal((Candidate("", (), ()),) * k, 0, 0, prefix) for prefix in prefixes]
        charged: set[int] = set()
        for index, read, grown in zip(fitting, reads, branches, strict=True):
            candidates = [self._candidate(views[index], branch) for branch in grown]
            fresh = 0 if read.fresh and id(read) in charged else read.fresh
            passes = bool(fresh) + sum(len(branch.ids) - 1 for branch in grown if id(branch) not in charged)
            charged.update([id(read), *map(id, grown)])
            proposals[index] = Proposal(tuple(candidates * (k // len(candidates))), fresh, passes, read.tokens)
        return proposals

    @torch.inference_mode()
    def follow(
        self,
        views: Sequence[View],
        temperature: float,
        rngs: Sequence[np.random.Generator] | None,
        following: Following,
    ) -> list[list[Proposal]]:
        """See `ChainModel`. Keys and values are kept only of chains that leave their row before their end.

        Raises:
            ValueError: as `propose` does.
        """
        _check_sampling(len(views), 1, temperature, rngs)
        uniforms = None if temperature == 0 or rngs is None else Uniforms(rngs, 1)
        chains: list[list[Proposal]] = [[] for _ in views]
        shown = dict(enumerate(views))
        while shown:
            shown = self._follow(shown, chains, temperature, uniforms, following)
        return chains

    @torch.inference_mode()
    def continue_ids(
        self,
        prefixes: Sequence[tuple[int, ...]],
        temperature: float,
        rngs: Sequence[np.random.Generator] | None = None,
    ) -> list[tuple[tuple[int, ...], float]]:
        """Sample one thought after each of B prefixes of token ids.

        Returns:
            Each thought's ids, what ended it included, and its log-probability at temperature 1.
            A prefix that fills the model's context gets no tokens.

        Raises:
            ValueError: for a temperature below 0, generators that are missing or too few, or logits that
                aren't finite numbers.
        """
        _check_sampling(len(prefixes), 1, temperature, rngs)
        fitting = [index for index, prefix in enumerate(prefixes) if len(prefix) < self.context]
        _, branches = self._continue(prefixes, fitting, 1, temperature, rngs)
        found: list[tuple[tuple[int, ...], float]] = [((), 0.0)] * len(prefixes)
        for index, (branch,) in zip(fitting, branches, strict=True):
            _check_finite(branch)
            found[index] = tuple(branch.ids), sum(branch.log_probs)
        return found

    @torch.inference_mode()
    def score(self, views: Sequence[View], thoughts: Sequence[Sequence[str]]) -> list[list[Candidate]]:
        """See `StepModel`. A thought that was sampled after its view is scored with the ids it was sampled with.

        Raises:
            ValueError: if there isn't one list of thoughts for each view, or a thought is too long
                for the model's context.
        """
        if len(views) != len(thoughts):
            raise ValueError(f"{len(thoughts)} lists of thoughts for {len(views)} views; give one list for each view")
        prefixes = [self.transcript.ids(view) for view in views]
        ids = [
            [self.transcript.thought_ids(view, thought) for thought in given]
            for view, given in zip(views, thoughts, strict=True)
        ]
        self._check_lengths(prefixes, ids)
        reads = self._read(prefixes, hidden=False)
        branches = [
            [Branch(read, len(sequence), list(sequence)) for sequence in given]
            for read, given in zip(reads, ids, strict=True)
        ]
        self._force([branch for grown in branches for branch in grown])
        return [
            [
                Candidate(thought, tuple(branch.ids), tuple(branch.log_probs))
                for thought, branch in zip(given, grown, strict=True)
            ]
            for given, grown in zip(thoughts, branches, strict=True)
        ]

    @torch.inference_mode()
    def value(self, views: Sequence[View]) -> list[Judgement] | None:
        """See `StepModel`: the value head after the last token of each view that the model's context holds."""
        if self.value_head is None:
            return None
        reads = self._read([self.transcript.ids(view)[: self.context] for view in views], hidden=True)
        values = numbers(self._values(reads))
        return [Judgement(float(value), fresh) for value, fresh in zip(values, _fresh(reads), strict=True)]

    @torch.inference_mode()
    def values_after(self, prefixes: Sequence[tuple[int, ...]]) -> Tensor:
        """The value head after the last token of each prefix of token ids that the model's context holds, [B].

        Raises:
            ValueError: if the model has no value head.
        """
        if self.value_head is None:
            raise ValueError("the model has no value head; load one that was trained with its value")
        return self._values(self._read([prefix[: self.context] for prefix in prefixes], hidden=True))

    def _values(self, reads: Sequence[Read]) -> Tensor:
        if self.value_head is None or not reads:
            return torch.zeros(0)
        return cast("Tensor", self.value_head(torch.stack([read.last for read in reads])))

    @torch.inference_mode()
    def judge(self, views: Sequence[View], candidates: Sequence[Candidate]) -> list[Judgement] | None:
        """See `Judge`. A thought that the model can't hold scores 0."""
        if self._judging is None or self.process_reward is None:
            return None
        judging = self._judging
        prefixes = [self.transcript.ids(view) for view in views]
        ids = [self.transcript.thought_ids(view, each.thought) for view, each in zip(views, candidates, strict=True)]
        fitting = [i for i, prefix in enumerate(prefixes) if len(prefix) + len(ids[i]) <= judging.context]
        reads = judging._read([prefixes[i] for i in fitting], hidden=False)
        branches = [Branch(read, len(ids[i]), list(ids[i])) for i, read in zip(fitting, reads, strict=True)]
        judging._force(branches)
        found = [Judgement(0.0, 0)] * len(views)
        for i, fresh, branch in zip(fitting, _fresh(reads), branches, strict=True):
            log_probs = torch.tensor([sum(branch.log_probs), candidates[i].log_prob])
            score = torch.sigmoid(self.process_reward.reward(log_probs[0], log_probs[1]))
            found[i] = Judgement(float(score), fresh + len(branch.ids) - 1)
        return found

    def _continue(
        self,
        prefixes: Sequence[tuple[int, ...]],
        fitting: Sequence[int],
        k: int,
        temperature: float,
        rngs: Sequence[np.random.Generator] | None,
    ) -> tuple[list[Read], list[list[Branch]]]:
        """Read those prefixes that fit, and grow branches after each."""
        reads = self._read([prefixes[index] for index in fitting], hidden=False)
        chosen = None if temperature == 0 or rngs is None else [rngs[index] for index in fitting]
        return reads, self._sample(reads, k, temperature, chosen)

    def _fits(self, view: View, prefix: Sequence[int]) -> bool:
        if len(prefix) < self.context:
            return True
        if view.thoughts:
            return False
        raise ValueError(
            f"the question takes {len(prefix)} tokens but the model reads {self.context} at most; "
            f"use a model with a longer context: {view.question.statement[:60]!r}"
        )

    def _read(self, prefixes: Sequence[tuple[int, ...]], *, hidden: bool) -> list[Read]:
        """Read prefixes, each different one once, and keep their keys and values."""
        if self._weights != _fingerprint(self.model):
            self.refresh()
        unique = list(dict.fromkeys(prefixes))
        held = {prefix: self.cache.match(prefix[:-1]) for prefix in unique}
        found: dict[tuple[int, ...], Read] = {}
        for group in similar(unique, [len(prefix) - held[prefix][1] for prefix in unique]):
            lengths = [held[prefix][1] for prefix in group]
            fresh = [len(prefix) - length for prefix, length in zip(group, lengths, strict=True)]
            used = max(lengths)
            rows = Rows(self._forward.layout, len(group), used + max(fresh) + SPARE_SLOTS)
            for row, (prefix, length) in enumerate(zip(group, lengths, strict=True)):
                slot = used - length
                for piece in held[prefix][0]:
                    rows.place(slice(row, row + 1), slot, piece)
                    slot += piece[0].shape[2]
            rows.begin(lengths, used)
            tokens = self._pad([prefix[length:] for prefix, length in zip(group, lengths, strict=True)])
            run = self._forward.hidden if hidden else self._forward.logits
            last = run(tokens, rows, [count - 1 for count in fresh])
            for row, prefix in enumerate(group):
                found[prefix] = Read(prefix, rows, row, used - lengths[row], fresh[row], last[row])
                self.cache.insert(prefix, lengths[row], rows.piece(row, used, used + fresh[row]))
        return [found[prefix] for prefix in prefixes]

    def _pad(self, sequences: Sequence[Sequence[int]]) -> Tensor:
        """Token ids [R, T], padded on the right with what is never looked at."""
        longest = max(map(len, sequences))
        padded = [[*ids, *([0] * (longest - len(ids)))] for ids in sequences]
        return torch.tensor(padded, device=self._forward.layout.device)

    def _sample(
        self, reads: Sequence[Read], k: int, temperature: float, rngs: Sequence[np.random.Generator] | None
    ) -> list[list[Branch]]:
        """Grow k branches after each read; without generators one, which equal reads share."""
        if rngs is None:
            alone = {id(read): Branch(read, self._room(read)) for read in reads}
            self._grow(list(alone.values()), temperature, None)
            return [[alone[id(read)]] for read in reads]
        branches = [[Branch(read, self._room(read)) for _ in range(k)] for read in reads]
        self._grow([branch for grown in branches for branch in grown], temperature, Uniforms(rngs, k))
        return branches

    def _room(self, read: Read) -> int:
        return min(self.max_thought_tokens, self.context - len(read.tokens))

    def _grow(self, branches: Sequence[Branch], temperature: float, uniforms: Uniforms | None) -> None:
        """Sample every branch to its end, all in one batch that finished ones leave."""
        if not branches:
            return
        rows = fork(branches)
        origin = rows.used
        live = list(range(len(branches)))
        logits = torch.stack([branch.read.last for branch in branches])
        for step in range(self.max_thought_tokens):
            numbers = None if uniforms is None else uniforms.take(live, [step] * len(live))
            tokens, log_probs, drawn = choose(logits, temperature, numbers)
            for index, token, log_prob, drawn_log_prob in zip(live, tokens, log_probs, drawn, strict=True):
                branches[index].add(token, log_prob, drawn_log_prob)
            for place in reversed(range(len(live))):
                branch = branches[live[place]]
                if self._ended(branch):
                    self._keep(branch, rows, place, origin)
                    _leave(rows, place, live, tokens)
            if not live:
                return
            logits = self._forward.logits(self._pad([[token] for token in tokens]), rows).squeeze(1)

    def _follow(
        self,
        shown: dict[int, View],
        chains: Sequence[list[Proposal]],
        temperature: float,
        uniforms: Uniforms | None,
        following: Following,
    ) -> dict[int, View]:
        """Add thoughts to chains, all in one batch that finished ones leave; what those see that must be read anew.

        A chain goes on in its row as long as it reads next what it has sampled.
        """
        again: dict[int, View] = {}

        def had(index: int, proposal: Proposal) -> View | None:
            chains[index].append(proposal)
            return following(index, proposal.candidates[0].thought)

        branches, shown = self._begin_chains(shown), dict(shown)
        for index in shown.keys() - branches.keys():  # the model's context is full
            view = had(index, Proposal((Candidate("", (), ()),), 0, 0, self.transcript.ids(shown[index])))
            if view is not None:
                again[index] = view
        live = list(branches)
        if not live:
            return again
        rows = fork([branches[index] for index in live])
        logits = torch.stack([branches[index].read.last for index in live])
        while True:
            steps = [len(branches[index].ids) for index in live]
            numbers = None if uniforms is None else uniforms.take(live, steps)
            tokens, log_probs, drawn = choose(logits, temperature, numbers)
            for place in reversed(range(len(live))):
                index, branch = live[place], branches[live[place]]
                branch.add(tokens[place], log_probs[place], drawn[place])
                if not self._ended(branch):
                    continue
                view = had(index, self._proposal(shown[index], branch))
                next_branch = None if view is None else self._go_on(branch, view)
                if view is not None and next_branch is not None:
                    shown[index], branches[index] = view, next_branch
                    continue
                if view is not None:
                    again[index] = view
                    self._keep_chain(branch, rows, place)
                _leave(rows, place, live, tokens)
            if not live:
                return again
            logits = self._forward.logits(self._pad([[token] for token in tokens]), rows).squeeze(1)

    def _go_on(self, branch: Branch, view: View) -> Branch | None:
        """The branch of the next thought in the same row; None where the view is too long, or read with other ids."""
        grown = (*branch.read.tokens, *branch.ids)
        if len(grown) >= self.context or self.transcript.ids(view) != grown:
            return None
        read = branch.read._replace(tokens=grown, fresh=1)  # the last token is yet to be read
        return Branch(read, self._room(read))

    def _keep_chain(self, branch: Branch, rows: Rows, row: int) -> None:
        """Cache what was read in a row beyond what is held of it."""
        if self.cache.budget:
            read = (*branch.read.tokens, *branch.ids[:-1])
            held = self.cache.match(read)[1]
            self.cache.insert(read, held, rows.piece(row, rows.used - len(read) + held, rows.used))

    def _begin_chains(self, shown: dict[int, View]) -> dict[int, Branch]:
        """A branch after each view that the context holds. Equal views are read on the account of the first."""
        prefixes = {index: self.transcript.ids(view) for index, view in shown.items()}
        fitting = [index for index, view in shown.items() if self._fits(view, prefixes[index])]
        charged: set[int] = set()
        branches: dict[int, Branch] = {}
        for index, read in zip(fitting, self._read([prefixes[index] for index in fitting], hidden=False), strict=True):
            branches[index] = Branch(read._replace(fresh=0) if id(read) in charged else read, self._room(read))
            charged.add(id(read))
        return branches

    def _proposal(self, view: View, branch: Branch) -> Proposal:
        """The one candidate of a finished branch, and what it cost."""
        fresh = branch.read.fresh
        candidate = self._candidate(view, branch)
        return Proposal((candidate,), fresh, bool(fresh) + len(branch.ids) - 1, branch.read.tokens)

    def _ended(self, branch: Branch) -> bool:
        return len(branch.ids) >= branch.room or self.stops.ended(branch.ids)

    def _keep(self, branch: Branch, rows: Rows, row: int, origin: int) -> None:
        """Cache what was read of a branch; its last token never was."""
        known = len(branch.ids) - 1
        if known and self.cache.budget:
            sequence = (*branch.read.tokens, *branch.ids[:-1])
            self.cache.insert(sequence, len(branch.read.tokens), rows.piece(row, origin, origin + known))

    def _candidate(self, view: View, branch: Branch) -> Candidate:
        """The candidate of a finished branch, which is remembered.

        Raises:
            ValueError: if the model's numbers aren't finite.
        """
        _check_finite(branch)
        ids = tuple(branch.ids)
        thought, _ = thought_of(self.transcript.decode(ids))
        self.transcript.remember(view, thought, ids)
        return Candidate(thought, ids, tuple(branch.log_probs), tuple(branch.drawn_log_probs))

    def _check_lengths(self, prefixes: Sequence[Sequence[int]], thoughts: Sequence[Sequence[Sequence[int]]]) -> None:
        """Refuse to score what the model can't read."""
        for prefix, given in zip(prefixes, thoughts, strict=True):
            longest = max(map(len, given), default=0)
            if len(prefix) + longest > self.context:
                raise ValueError(
                    f"a view of {len(prefix)} tokens and a thought of {longest} are more than "
                    f"the {self.context} that the model reads; shorten the thought"
                )

    def _force(self, branches: Sequence[Branch]) -> None:
        """Fill in the log-probabilities of branches whose tokens are given."""
        if not branches:
            return
        size = branches[0].read.last.shape[0]
        longest = max(len(branch.ids) for branch in branches)
        at_once = max(1, MOST_LOGITS // (longest * size))
        for begin in range(0, len(branches), at_once):
            self._force_batch(branches[begin : begin + at_once])

    def _force_batch(self, branches: Sequence[Branch]) -> None:
        logits = torch.stack([branch.read.last for branch in branches]).unsqueeze(1)
        if max(len(branch.ids) for branch in branches) > 1:
            rows = fork(branches)
            origin = rows.used
            after = self._forward.logits(self._pad([branch.ids[:-1] for branch in branches]), rows)
            logits = torch.cat([logits, after], dim=1)
            for row, branch in enumerate(branches):
                self._keep(branch, rows, row, origin)
        targets = self._pad([branch.ids for branch in branches]).unsqueeze(2)
        found = numbers(logits.gather(2, targets).squeeze(2) - logits.logsumexp(dim=2)).tolist()
        for branch, log_probs in zip(branches, found, strict=True):
            branch.log_probs = log_probs[: len(branch.ids)]


def _leave(rows: Rows, place: int, live: list[int], tokens: list[int]) -> None:
    """Take a row out; the last one moves to its place, here as there."""
    rows.remove(place)
    live[place], tokens[place] = live[-1], tokens[-1]
    live.pop()
    tokens.pop()


def _fresh(reads: Sequence[Read]) -> list[int]:
    """How many tokens each read took; one that is there twice is charged once."""
    charged: set[int] = set()
    found: list[int] = []
    for read in reads:
        found.append(0 if id(read) in charged else read.fresh)
        charged.add(id(read))
    return found


def _check_finite(branch: Branch) -> None:
    if not math.isfinite(sum(branch.log_probs)):
        raise ValueError("the model's logits aren't finite numbers; check its weights, or use dtype float32")


def _fingerprint(model: PreTrainedModel) -> int:
    """Changes whenever a weight is written in place or replaced."""
    return hash(
        tuple(
            (id(weight), weight.data_ptr(), 0 if weight.is_inference() else weight._version)
            for weight in model.parameters()
        )
    )


def _end_marks(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    """Ids that end a text: the tokenizer's and those that the model's own settings name."""
    settings = getattr(model, "generation_config", None)
    marks: list[int] = []
    for found in (tokenizer.eos_token_id, getattr(settings, "eos_token_id", None)):
        if isinstance(found, int):
            marks.append(found)
        elif isinstance(found, list):
            marks.extend(cast("list[int]", found))
    return frozenset(marks)


def _check_sampling(views: int, k: int, temperature: float, rngs: Sequence[np.random.Generator] | None) -> None:
    if k < 1:
        raise ValueError(f"k is {k}; ask for at least 1 candidate")
    if not 0 <= temperature < math.inf:
        raise ValueError(f"temperature is {temperature}; give 0 (greedy) or a positive number")
    if temperature > 0 and (rngs is None or len(rngs) != views):
        given = "none" if rngs is None else len(rngs)
        raise ValueError(f"temperature {temperature} needs one generator for each of {views} views; rngs has {given}")
