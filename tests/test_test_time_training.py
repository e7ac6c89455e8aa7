"""Training on a question while it is asked: nothing of it is left behind, and nothing leaks into other questions."""

import hashlib
import random
from collections import Counter

import pytest
import torch

from reasoning_agents import adaptation, test_time_training
from reasoning_agents.adaptation import adapting, last_blocks
from reasoning_agents.agent import Agent, Cost, Ledger, generator
from reasoning_agents.best_of_n import BestOfN
from reasoning_agents.chains import Chain, MeteredModel, after, ends, sample_chains
from reasoning_agents.language_model.local import LocalModel
from reasoning_agents.language_model.step_model import Candidate
from reasoning_agents.language_model.tabular import TabularModel
from reasoning_agents.registry import describe, make_agent
from reasoning_agents.rollouts import segments
from reasoning_agents.self_consistency import SelfConsistency
from reasoning_baselines.models import PRETRAINED
from reasoning_gym.family import Family, get_family
from reasoning_gym.problem import View

pytestmark = pytest.mark.usefixtures("one_thread")

LIMIT = 8


@pytest.fixture(scope="module")
def local():
    """A model that is right now and then, so that its samples disagree."""
    return LocalModel.load(PRETRAINED / "tiny-arithmetic", max_thought_tokens=32)


@pytest.fixture(params=["majority", "check"])
def target(request):
    return request.param


def views_of(count, level=6):
    family = get_family("integer_expression")
    return [View(family.problem("train", level, index).question, (), LIMIT) for index in range(count)]


def make(model, seed=3, **options):
    return make_agent("test-time-training", model, seed, **{"samples": 4, "rounds": 1, "steps": 1, **options})


def play(agent, views):
    """All thoughts of an episode from each view, all episodes in one batch."""
    running = dict(enumerate(views))
    thoughts = [[] for _ in views]
    while running:
        found = agent.act(list(running.values()))
        for (row, seen), thought in zip(list(running.items()), found, strict=True):
            thoughts[row].append(thought)
            if ends(thought) or seen.thoughts_left == 1:
                del running[row]
            else:
                running[row] = after(seen, thought)
    return thoughts


def bits(model):
    """A hash of each weight's bytes."""
    return {
        name: hashlib.sha256(weight.detach().contiguous().view(torch.uint8).numpy().tobytes()).hexdigest()
        for name, weight in model.state_dict().items()
    }


def sampled(local, view, samples=4, seed=3):
    """The chains that an agent of this seed samples before any training."""
    ledger = Ledger()
    ledger.open(1)
    model = MeteredModel(local, ledger)
    (chains,) = sample_chains(model, [0], [view], samples, 0.8, [generator(seed, view, "chains")])
    return chains


def texts(chain):
    return [candidate.thought for candidate in chain.candidates]


def likelihood(local, view, thoughts):
    """The log-probability of thoughts after a view, by the weights as they are."""
    total = 0.0
    for thought in thoughts:
        ((candidate,),) = local.score([view], [[thought]])
        total += candidate.log_prob
        view = after(view, thought)
    return total


class Interrupted(Exception):
    """What is thrown in the middle."""


# Nothing is left behind


@pytest.mark.parametrize("blocks", [0, 1, 2])
def test_the_weights_are_restored_bit_for_bit(local, target, blocks, monkeypatch):
    before, changed = bits(local.model), []
    step = adaptation.Adaptation.step

    def watched(self, *args, **kwargs):
        read = step(self, *args, **kwargs)
        changed.append({name for name, each in bits(local.model).items() if each != before[name]})
        return read

    monkeypatch.setattr(adaptation.Adaptation, "step", watched)
    play(make(local, target=target, blocks=blocks, rounds=1), views_of(3))
    assert changed, "nothing was trained"
    trained = last_blocks(local.model, blocks).keys()
    assert all(names - {"lm_head.weight"} == trained for names in changed), "it is tied to what reads tokens in"
    assert bits(local.model) == before


@pytest.mark.parametrize("where", ["a step", "sampling", "the gradient"])
def test_the_weights_are_restored_when_it_ends_in_an_exception(local, target, where, monkeypatch):
    before = bits(local.model)
    agent = make(local, target=target, rounds=2)
    step, sample = adaptation.Adaptation.step, test_time_training.sample_chains
    calls = Counter()

    def interrupted(name, function, at):
        def call(*args, **kwargs):
            calls[name] += 1
            if calls[name] == at:
                assert name == "sampling" or bits(local.model) != before, "thrown too early to tell"
                raise Interrupted
            return function(*args, **kwargs)

        return call

    if where == "a step":
        monkeypatch.setattr(adaptation.Adaptation, "step", interrupted("step", step, 2))
    elif where == "sampling":
        monkeypatch.setattr(test_time_training, "sample_chains", interrupted("sampling", sample, 2))
    else:
        monkeypatch.setattr(adaptation, "take_step", interrupted("gradient", adaptation.take_step, 2))
    with pytest.raises(Interrupted):
        agent.act(views_of(3))
    assert bits(local.model) == before
    assert all(weight.grad is None and weight.requires_grad for weight in local.model.parameters())
    monkeypatch.undo()
    assert agent.act(views_of(2)) == make(local, target=target, rounds=2).act(views_of(2))


def test_gradients_and_what_wants_them_are_as_before(local):
    weights = dict(local.model.named_parameters())
    first, last = "model.layers.0.mlp.up_proj.weight", "model.layers.2.mlp.up_proj.weight"
    weights[first].requires_grad_(False)
    kept = weights[last].grad = torch.ones_like(weights[last])
    try:
        with adapting(local, last_blocks(local.model, 1), 1e-3) as learning:
            assert {name for name, weight in weights.items() if weight.requires_grad} == last_blocks(
                local.model, 1
            ).keys()
            learning.step(sampled(local, views_of(1)[0]), branches=True)
        assert not weights[first].requires_grad
        assert weights["model.layers.0.mlp.down_proj.weight"].requires_grad
        assert weights[last].grad is kept
        assert bool((kept == 1).all())
    finally:
        weights[first].requires_grad_(True)
        weights[last].grad = None


def test_what_the_model_kept_of_a_text_does_not_outlive_the_weights_that_read_it(local):
    view = views_of(1)[0]
    chain = sampled(local, view)[0]
    local.forget()
    before = likelihood(local, view, texts(chain))
    with adapting(local, last_blocks(local.model, 1), 1e-3) as learning:
        learning.step([chain], branches=True)
        during = likelihood(local, view, texts(chain))
        fresh = LocalModel(local.model, local.tokenizer, prompt=local.transcript.prompt, max_thought_tokens=32)
        assert during == pytest.approx(likelihood(fresh, view, texts(chain)), abs=1e-4)
    assert during > before + 0.01
    assert likelihood(local, view, texts(chain)) == pytest.approx(before, abs=1e-5)


def test_weights_that_nothing_notices_are_taken_over_too(local):
    """Weights made in inference mode have no version that tells when they change."""
    with torch.inference_mode():
        hidden = LocalModel.load(PRETRAINED / "tiny-arithmetic", max_thought_tokens=32)
    view = views_of(1)[0]
    thoughts = texts(sampled(local, view)[0])
    before = likelihood(hidden, view, thoughts)
    trained = last_blocks(hidden.model, 0)
    with torch.inference_mode(), adapting(hidden, trained, 1e-3):
        for weight in trained.values():
            weight.mul_(0.5)
    assert likelihood(hidden, view, thoughts) == pytest.approx(before, abs=1e-5)


# A thought is a function of its view and the seed


def test_a_batch_of_eight_is_eight_calls_of_one_in_any_order(local, target):
    views = views_of(8)
    together = play(make(local, target=target), views)
    agent = make(local, target=target)
    assert [play(agent, [each])[0] for each in views] == together
    order = random.Random(0).sample(range(8), 8)
    assert play(make(local, target=target), [views[row] for row in order]) == [together[row] for row in order]


def test_another_seed_thinks_otherwise_and_the_same_one_alike(local, target):
    views = views_of(4)
    assert play(make(local, 1, target=target), views) == play(make(local, 1, target=target), views)
    assert play(make(local, 1, target=target), views) != play(make(local, 2, target=target), views)


def test_an_episode_can_be_taken_up_in_the_middle_and_trains_once(local, target):
    (view,) = views_of(1)
    agent = make(local, target=target, rounds=1)
    (thoughts,) = play(agent, [view])
    assert agent.ledger.rows == [Cost()], "the last thought was planned with the first"
    seen = after(view, thoughts[0])
    for thought in thoughts[1:]:
        assert make(local, target=target, rounds=1).act([seen]) == [thought]
        seen = after(seen, thought)


def test_thoughts_do_not_depend_on_references_and_nothing_is_verified_while_thinking(local, target, monkeypatch):
    views = views_of(4)
    expected = play(make(local, target=target), views)
    family = get_family("integer_expression")

    def refuse(*args, **kwargs):
        raise AssertionError("an agent asked for the truth")

    for owner in (Family, type(family)):
        for name in ("generate", "verify", "reference_thoughts", "problem"):
            monkeypatch.setattr(owner, name, refuse)
        if target == "majority":
            monkeypatch.setattr(owner, "check_thought", refuse, raising=False)
    assert play(make(local, target=target), views) == expected


# What it learns


@pytest.mark.parametrize("branches", [True, False])
def test_a_step_makes_the_agreed_chain_likelier(local, branches):
    for view in views_of(3):
        chain = sampled(local, view)[0]
        before = likelihood(local, view, texts(chain))
        with adapting(local, last_blocks(local.model, 1), 1e-3) as learning:
            learning.step([chain], branches=branches)
            once = likelihood(local, view, texts(chain))
            learning.step([chain], branches=branches)
            assert before < once < likelihood(local, view, texts(chain))


def test_chains_that_begin_alike_are_learned_alike_read_together_or_apart(local):
    chains = sampled(local, views_of(1)[0], samples=6)
    found = []
    for branches in (True, False):
        with adapting(local, last_blocks(local.model, 0), 1e-3) as learning:
            read = learning.step([*chains, chains[0]], branches=branches)
            found.append({name: weight.detach().clone() for name, weight in local.model.named_parameters()})
            texts_read = {piece.tokens for chain in chains for piece in segments(chain)}
            assert read.rows == (1 if branches else len(texts_read))
            if not branches:
                assert read.tokens == sum(len(tokens) - 1 for tokens in texts_read)
    # AdamW's first step is the gradient's sign times the rate, so tiny gradients may differ by two rates
    apart = [(found[0][name] - found[1][name]).abs().gt(1e-4).float().mean().item() for name in found[0]]
    assert max(apart) < 0.01


def chain_of(*thoughts):
    answer = thoughts[-1].removeprefix("Answer: ") if thoughts[-1].startswith("Answer: ") else None
    return Chain(tuple(Candidate(thought, (1,), (-1.0,)) for thought in thoughts), answer, ((0,),) * len(thoughts))


def test_the_majoritys_chains_are_learned_and_unanimity_leaves_nothing_to_learn():
    agreed = test_time_training.Agreed(TabularModel(lambda view: {"": 1.0}))
    (view,) = views_of(1)
    one, half, other, silent = (
        chain_of("Answer: 1/2"),
        chain_of("a", "Answer: 0.5"),
        chain_of("Answer: 3"),
        chain_of(""),
    )
    assert agreed.lessons(view, [[other] * 3, [one, half, other, silent]]) == [one, half], "of the last round"
    assert agreed.lessons(view, [[silent, silent]]) == []
    assert agreed.settled(view, [one, half])
    assert not agreed.settled(view, [one, silent])
    assert not agreed.settled(view, [silent])


def test_the_longest_proved_beginnings_of_all_rounds_are_learned():
    problem = get_family("integer_expression").problem("train", 3, 0)
    right = get_family("integer_expression").reference_thoughts(problem)
    view = View(problem.question, (), LIMIT)
    checked = test_time_training.Checked(TabularModel(lambda view: {"": 1.0}))
    none, one = chain_of("1+1=3", *right[1:]), chain_of(right[0], "1+1=3", *right[2:])
    assert checked.lessons(view, [[none]]) == []
    ((lesson,),) = (checked.lessons(view, [[one, none], [none]]),)
    assert texts(lesson) == [right[0]]
    assert len(lesson.reads) == 1
    assert not checked.settled(view, [one, none])
    assert checked.settled(view, [none, chain_of(*right)])
    assert checked.choose(view, [[chain_of(*right)], [one, none]]) == chain_of(*right)


@pytest.mark.parametrize("options", [{"rounds": 0}, {"rounds": 0, "steps": 5, "blocks": 0}])
def test_without_rounds_it_is_self_consistency_or_best_of_n_by_the_check(local, target, options):
    views = views_of(6)
    if target == "majority":
        plain = SelfConsistency(local, samples=4, temperature=0.8, seed=3)
    else:
        plain = BestOfN(local, samples=4, temperature=0.8, signal="check", seed=3)
    agent = make(local, target=target, **options)
    local.forget()
    expected = plain.act(views)
    local.forget()
    assert agent.act(views) == expected
    assert agent.ledger.rows == plain.ledger.rows


def test_without_steps_it_samples_again_from_the_same_weights(local):
    view = views_of(2)[1]
    agent = make(local, rounds=1, steps=0)
    (thought,) = agent.act([view])
    again = SelfConsistency(local, samples=4, temperature=0.8)
    model = MeteredModel(local, Ledger())
    model.ledger.open(1)
    chains = sample_chains(model, [0], [view], 4, 0.8, [generator(3, view, "chains 1")])
    assert again.choose([0], [view], chains)[0].candidates[0].thought == thought


# What it costs


def test_each_row_pays_for_its_samples_and_three_tokens_for_each_that_is_trained_on(local, target, monkeypatch):
    drawn, read = [], []
    step, sample = adaptation.Adaptation.step, test_time_training.sample_chains

    def counted(*args, **kwargs):
        chains = sample(*args, **kwargs)
        drawn.append(sum(chain.tokens for group in chains for chain in group))
        return chains

    def watched(self, chains, **kwargs):
        read.append(step(self, chains, **kwargs))
        return read[-1]

    monkeypatch.setattr(test_time_training, "sample_chains", counted)
    monkeypatch.setattr(adaptation.Adaptation, "step", watched)
    for view in views_of(4):
        drawn.clear()
        read.clear()
        agent = make(local, target=target, rounds=2, steps=2)
        agent.act([view])
        (row,) = agent.ledger.rows
        assert row.tokens == sum(drawn) + 3 * sum(each.tokens for each in read)
        assert len(read) == 2 * (len(drawn) - 1) or not read
        assert agent.ledger.total == row


def test_a_row_costs_what_the_view_costs_alone(local, target):
    views = views_of(3)
    for steps in (0, 1):
        local.forget()
        agent = make(local, target=target, steps=steps)
        agent.act(views)
        alone = []
        for view in views:
            local.forget()
            single = make(local, target=target, steps=steps)
            single.act([view])
            alone += single.ledger.rows
        assert agent.ledger.rows == alone


# How it is made


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": "reference"}, "'test-time-training.target' is 'reference'; use one of 'majority', 'check'"),
        ({"samples": 0}, "samples is 0; give at least 1"),
        ({"rounds": -1}, "rounds is -1; give at least 0"),
        ({"steps": -1}, "steps is -1; give at least 0"),
        ({"blocks": -1}, "blocks is -1; give at least 0"),
        ({"blocks": 4}, "blocks is 4 but the model has 3"),
        ({"temperature": 0.0}, "temperature is 0.0; give a positive number"),
        ({"learning_rate": float("nan")}, "learning_rate is nan; give a positive number"),
        ({"learning_rte": 1.0}, "did you mean 'learning_rate'"),
    ],
)
def test_bad_options_are_refused(local, options, message):
    with pytest.raises(ValueError, match=message):
        make(local, **options)


def test_a_model_without_weights_is_refused():
    with pytest.raises(ValueError, match="a TabularModel, whose weights can't be trained; load a LocalModel"):
        make(TabularModel(lambda view: {"": 1.0}))


def test_it_is_an_agent_whose_options_each_have_a_sentence(local):
    assert isinstance(make(local), Agent)
    described = describe("test-time-training")
    assert described.needs_model
    assert all(option.help for option in described.options)
    assert make(local).act([]) == []
