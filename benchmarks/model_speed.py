"""How fast the local language model thinks, beside `generate` of transformers on the same weights, in one run.

    python benchmarks/model_speed.py [--repeats 5]

One thread, float32, a Llama-like model of random weights over characters. Lengths are fixed, so that
both sides do the same work, and greedy output must be identical. The sides take turns, so that a slow
moment of the machine hits all of them; every figure is the median of the repeats, in processor time.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from typing import cast

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from transformers import LlamaConfig, LlamaForCausalLM

from reasoning_agents.language_model.local import LocalModel
from reasoning_agents.language_model.prompts import Prompt
from reasoning_agents.language_model.step_model import Candidate, Proposal, StepModel
from reasoning_agents.language_model.tokenizer import SPECIAL_TOKENS, build_character_tokenizer
from reasoning_agents.mcts_llm import MCTS, MCTSOptions
from reasoning_gym.problem import Question, View

TOKENIZER = build_character_tokenizer()
BREAK = TOKENIZER.encode("\n")[0]
CHARACTERS = np.array(list("0123456789+-*/=()x"))


def llama(width: int, inner: int, layers: int, heads: int, *, breaks: bool) -> LlamaForCausalLM:
    """A Llama-like model of random weights; without breaks it never ends a thought."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(TOKENIZER),
        hidden_size=width,
        intermediate_size=inner,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        max_position_embeddings=1024,
        bos_token_id=None,
        eos_token_id=None,
        pad_token_id=0,
    )
    model = LlamaForCausalLM(config).eval()
    if not breaks:
        with torch.no_grad():  # peaked logits, and what would end a thought never at the peak
            model.lm_head.weight.mul_(20)
            model.lm_head.weight[: len(SPECIAL_TOKENS)] = 0
            model.lm_head.weight[BREAK] = 0
    return model


def local(model: LlamaForCausalLM, tokens: int, **options: int) -> LocalModel:
    return LocalModel(model, TOKENIZER, prompt=Prompt("{statement}\n"), max_thought_tokens=tokens, **options)


def questions(count: int, tokens: int) -> list[View]:
    """Views that take so many tokens, the line break behind the question included."""
    rng = np.random.default_rng(0)
    texts = ["".join(rng.choice(CHARACTERS, tokens - 1)) for _ in range(count)]
    return [View(Question("speed", 1, text, ""), (), 9) for text in texts]


def generate(model: LlamaForCausalLM, prefixes: Sequence[Sequence[int]], tokens: int, sample: bool = False):
    """New token ids of transformers, [B][tokens]."""
    ids = torch.tensor(prefixes)
    with torch.inference_mode():
        output = model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=tokens,
            min_new_tokens=tokens,
            do_sample=sample,
        )
    return output[:, ids.shape[1] :].tolist()


def medians(repeats: int, sides: Sequence[Callable[[], object]]) -> list[float]:
    """Median processor seconds of each side; they take turns, after one turn that isn't counted."""
    times: list[list[float]] = [[] for _ in sides]
    for repeat in range(repeats + 1):
        for side, seconds in zip(sides, times, strict=True):
            started = time.process_time()
            side()
            if repeat:
                seconds.append(time.process_time() - started)
    return [statistics.median(seconds) for seconds in times]


def batches(table: Table, repeats: int, prompt: int, tokens: int) -> None:
    """Greedy decoding at three batch sizes; target 1.5 times each."""
    model = llama(256, 688, 4, 8, breaks=False)
    compact = local(model, tokens, cache_bytes=0)
    for batch in (1, 16, 64):
        views = questions(batch, prompt)
        prefixes = [compact.transcript.ids(view) for view in views]
        ours = [list(proposal.candidates[0].token_ids) for proposal in compact.propose(views, 1, 0.0)]
        if ours != generate(model, prefixes, tokens):
            raise SystemExit(f"greedy output differs from generate's at batch {batch}")
        theirs, mine = medians(
            repeats, [lambda p=prefixes: generate(model, p, tokens), lambda v=views: compact.propose(v, 1, 0.0)]
        )
        speeds = [f"{batch * tokens / seconds:,.0f}" for seconds in (theirs, mine)]
        name = f"batch {batch}: {prompt} tokens read, {tokens} new; tokens/s"
        table.add_row(name, *speeds, f"{theirs / mine:.2f}", "1.5")


def forks(table: Table, repeats: int, prompt: int, tokens: int, k: int = 8) -> None:
    """K candidates from one prefix against as many separate calls, of generate and of this model; target 4 times."""
    model = llama(256, 688, 4, 8, breaks=False)
    compact = local(model, tokens, cache_bytes=0)
    (view,) = questions(1, prompt)
    prefix = [compact.transcript.ids(view)]

    def rng():
        return [np.random.default_rng(0)]

    together, separate, theirs = medians(
        repeats,
        [
            lambda: compact.propose([view], k, 1.0, rng()),
            lambda: [compact.propose([view], 1, 1.0, rng()) for _ in range(k)],
            lambda: [generate(model, prefix, tokens, sample=True) for _ in range(k)],
        ],
    )
    name = f"{k} candidates of {tokens} tokens from {prompt}; ms"
    mine = f"{together * 1e3:,.0f}"
    table.add_row(f"{name}, against separate generate", f"{theirs * 1e3:,.0f}", mine, f"{theirs / together:.2f}", "4")
    table.add_row(
        f"{name}, against separate propose", f"{separate * 1e3:,.0f}", mine, f"{separate / together:.2f}", "4"
    )


def solutions(table: Table, repeats: int, thoughts: int = 6, tokens: int = 20, batch: int = 16) -> None:
    """Thought after thought: the kept keys and values against reading the whole view again."""
    model = llama(256, 688, 4, 8, breaks=False)
    views = questions(batch, 64)

    def mine() -> None:
        compact, shown = local(model, tokens), views
        for _ in range(thoughts):
            proposals = compact.propose(shown, 1, 0.0)
            shown = [
                view._replace(thoughts=(*view.thoughts, proposal.candidates[0].thought))
                for view, proposal in zip(shown, proposals, strict=True)
            ]

    def theirs() -> None:
        prefixes = [TOKENIZER.encode(f"{view.question.statement}\n") for view in views]
        for _ in range(thoughts):
            new = generate(model, prefixes, tokens)
            prefixes = [[*prefix, *ids, BREAK] for prefix, ids in zip(prefixes, new, strict=True)]

    other, own = medians(repeats, [theirs, mine])
    name = f"{batch} solutions of {thoughts} thoughts of {tokens} tokens; ms"
    table.add_row(name, f"{other * 1e3:,.0f}", f"{own * 1e3:,.0f}", f"{other / own:.2f}", "")


class Plain:
    """A step model that calls generate once for each candidate, and reads all again each time."""

    def __init__(self, model: LlamaForCausalLM, tokens: int) -> None:
        self.model, self.tokens = model, tokens

    def propose(self, views: Sequence[View], k: int, temperature: float, rngs: object = None) -> list[Proposal]:
        """See `StepModel`; log-probabilities aren't computed."""
        del rngs
        found: list[Proposal] = []
        for view in views:
            prefix = TOKENIZER.encode("\n".join((view.question.statement, *view.thoughts, "")))
            candidates: list[Candidate] = []
            for _ in range(k):
                (ids,) = generate(self.model, [prefix], self.tokens, sample=temperature > 0)
                candidates.append(Candidate(TOKENIZER.decode(ids), tuple(ids), (0.0,) * len(ids)))
            found.append(Proposal(tuple(candidates), len(prefix), k * self.tokens))
        return found


def searches(table: Table, repeats: int, tokens: int = 16, simulations: int = 16, batch: int = 8) -> None:
    """Tree search with roll-outs over both; target 3 times the simulations a second."""
    model = llama(256, 688, 4, 8, breaks=False)
    views = [view._replace(thoughts_left=4) for view in questions(batch, 64)]
    counts: list[int] = []

    def search(step_model: object) -> None:
        agent = MCTS(cast("StepModel", step_model), MCTSOptions(simulations=simulations))
        agent.act(views)
        counts.append(agent.ledger.total.simulations)

    torch.manual_seed(0)
    other, own = medians(repeats, [lambda: search(Plain(model, tokens)), lambda: search(local(model, tokens))])
    if len(set(counts)) > 1:
        raise SystemExit(f"the searches differ in their simulations: {counts}")
    name = f"tree search of {batch} problems, thoughts of {tokens} tokens; simulations/s"
    table.add_row(name, f"{counts[0] / other:,.1f}", f"{counts[0] / own:,.1f}", f"{other / own:.2f}", "3")


def tiny(table: Table, repeats: int, rows: int = 256, tokens: int = 64) -> None:
    """Sampling from a tiny model; rows end where they end, and generate goes on until the last."""
    model = llama(96, 256, 3, 4, breaks=True)
    compact = local(model, tokens, cache_bytes=0)
    views = questions(rows, 32)
    prefixes = [compact.transcript.ids(view) for view in views]

    def rngs():
        return [np.random.default_rng(seed) for seed in range(rows)]

    count = sum(len(proposal.candidates[0].token_ids) for proposal in compact.propose(views, 1, 1.0, rngs()))
    other, own = medians(
        repeats,
        [lambda: generate(model, prefixes, tokens, sample=True), lambda: compact.propose(views, 1, 1.0, rngs())],
    )
    size = model.num_parameters() / 1e6
    name = f"{size:.2f}M parameters, {rows} rows to their own ends, at most {tokens}; useful tokens/s"
    table.add_row(name, f"{count / other:,.0f}", f"{count / own:,.0f}", f"{other / own:.2f}", "")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    torch.set_num_threads(1)
    table = Table("", "transformers", "here", "times", "target", title="3.2M-parameter Llama, one thread, float32")
    batches(table, repeats, 64, 128)
    forks(table, repeats, 256, 32)
    solutions(table, repeats)
    searches(table, repeats)
    tiny(table, repeats)
    Console(width=130).print(table)


if __name__ == "__main__":
    main()
