"""Signals of what a step is worth, and the agents that choose by them: best-of-N, beam and tree search."""

import json
import math

import numpy as np
import pytest

from reasoning_agents.agent import Ledger
from reasoning_agents.beam import Beam, BeamOptions
from reasoning_agents.best_of_n import BestOfN
from reasoning_agents.chains import Chain, MeteredModel, after
from reasoning_agents.language_model.step_model import Candidate, Judgement
from reasoning_agents.language_model.tabular import TabularModel
from reasoning_agents.mcts_llm import MCTS, MCTSOptions
from reasoning_agents.registry import make_agent
from reasoning_agents.search.tree import as_table
from reasoning_agents.signals import UNDECIDED, Place, parse_signal
from reasoning_gym.checker import stated_answer
from reasoning_gym.family import get_family
from reasoning_gym.problem import Question, View

FAMILY = get_family("integer_expression")
PROBLEMS = [FAMILY.problem("train", 4, index) for index in range(12)]
REFERENCES = {problem.question.statement: FAMILY.reference_thoughts(problem) for problem in PROBLEMS}
VIEWS = [View(problem.question, (), 8) for problem in PROBLEMS]


def toy(number=0, left=6):
    return View(Question("toy", 1, f"question {number}", ""), (), left)


def spoiled(thought):
    """A thought with its last digit changed."""
    place = max(i for i, character in enumerate(thought) if character.isdigit())
    return f"{thought[:place]}{(int(thought[place]) + 1) % 10}{thought[place + 1 :]}"


def fallible(right):
    """A model that has the reference's next thought with probability `right`, and else one of two wrong ones."""

    def row(view):
        reference = REFERENCES[view.question.statement]
        step = len(view.thoughts)
        if view.thoughts != reference[:step]:
            return {"Answer: 0": 1.0}
        thought = reference[step]
        return {thought: right, spoiled(thought): (1 - right) * 0.75, f"{thought}1": (1 - right) * 0.25}

    return row


def play(agent, views):
    thoughts = [[] for _ in views]
    running = dict(enumerate(views))
    while running:
        found = agent.act(list(running.values()))
        for (row, seen), thought in zip(list(running.items()), found, strict=True):
            thoughts[row].append(thought)
            if stated_answer(thought) is not None or seen.thoughts_left == 1:
                del running[row]
            else:
                running[row] = after(seen, thought)
    return thoughts


def metered(model, rows=1):
    ledger = Ledger()
    ledger.open(rows)
    return MeteredModel(model, ledger)


# ---- what signals say


def candidate(thought, *log_probs):
    return Candidate(thought, tuple(range(len(log_probs))), log_probs)


def test_a_likelihood_is_the_log_probability_of_the_whole_thought():
    mix = parse_signal("likelihood")
    ((found,),) = mix.judge(metered(None), [Place(0, toy(), candidate("a", -0.5, -0.25))], [(-1.0,)])
    assert found == -1.75


def test_a_check_proves_refutes_or_leaves_undecided_and_never_asks_for_the_reference():
    reference = REFERENCES[VIEWS[0].question.statement]
    mix = parse_signal("check")
    thoughts = [reference[0], spoiled(reference[0]), "what now"]
    places = [Place(0, VIEWS[0], candidate(thought, -1.0)) for thought in thoughts]
    judged = mix.judge(metered(None), places, [mix.start()] * 3)
    assert [score for (score,) in judged] == [0.0, -math.inf, math.log(UNDECIDED)]


def test_a_value_replaces_what_was_said_before_and_costs_a_pass():
    model = metered(TabularModel({}, values=lambda view: 0.25 * len(view.thoughts)))
    mix = parse_signal("value")
    places = [Place(0, toy(), candidate("a", -1.0)), Place(0, after(toy(), "a", "b"), candidate("c", -1.0))]
    judged = mix.judge(model, places, [(-5.0,), (-5.0,)])
    assert np.exp([score for (score,) in judged]) == pytest.approx([0.25, 0.75])
    assert model.ledger.total.forward_passes == 2
    assert mix.worth(judged[1], 3) == pytest.approx(0.75)


def test_a_mix_is_a_weighted_sum_and_what_is_refuted_is_asked_no_further():
    model = TabularModel({}, values=lambda view: 0.5)
    meter = metered(model)
    mix = parse_signal("2*value + check + 0.5 * likelihood")
    reference = REFERENCES[VIEWS[0].question.statement]
    places = [Place(0, VIEWS[0], candidate(thought, -1.0)) for thought in (reference[0], spoiled(reference[0]))]
    right, wrong = mix.judge(meter, places, [(0.0, -3.0, 0.0)] * 2)
    assert mix.score(right) == pytest.approx(0.5 * (-3.0 - 1.0) + 2 * math.log(0.5))
    assert mix.score(wrong) == -math.inf
    assert mix.worth(wrong, 1) == 0.0
    assert model.calls.valued_views == 1


def test_what_adds_up_is_worth_its_geometric_mean_a_thought():
    mix = parse_signal("likelihood")
    assert mix.worth((math.log(0.5) * 4,), 4) == pytest.approx(0.5)
    assert mix.worth(mix.start(), 0) == 1.0


def test_chains_of_unequal_length_are_scored_thought_by_thought():
    mix = parse_signal("likelihood")
    chains = [
        Chain((candidate("a", -1.0), candidate("b", -2.0)), None),
        Chain((candidate("a", -0.5),), None),
    ]
    assert mix.score_chains(metered(None, 2), [0, 1], [toy(), toy(1)], chains) == [-3.0, -0.5]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("luck", "no signal 'luck'"),
        ("likelihoood", "did you mean 'likelihood'"),
        ("0*check", "weight of 'check' is 0"),
        ("check +", "write it like"),
        ("-1*check", "write it like"),
        ("check + check", "names one twice"),
        ("nan*check", "write it like"),
    ],
)
def test_a_wrong_signal_says_what_to_write(text, message):
    with pytest.raises(ValueError, match=message):
        parse_signal(text)
    for make in (lambda: BestOfN(None, signal=text), lambda: BeamOptions(signal=text)):
        with pytest.raises(ValueError, match=message):
            make()


# ---- best of N


def test_best_of_n_by_a_check_follows_a_chain_of_which_no_step_is_refuted():
    model = TabularModel(fallible(0.5))
    blind = play(BestOfN(model, samples=64, temperature=1.0), VIEWS)
    checked = play(BestOfN(model, samples=64, temperature=1.0, signal="check", normalise="none"), VIEWS)
    right = [list(REFERENCES[view.question.statement]) for view in VIEWS]
    assert sum(a == b for a, b in zip(checked, right, strict=True)) >= 10
    assert sum(a == b for a, b in zip(blind, right, strict=True)) < 10


def test_best_of_n_of_refuted_chains_follows_the_likeliest_that_states_an_answer():
    def row(view):
        if not view.thoughts:
            return {spoiled(REFERENCES[view.question.statement][0]): 1.0}
        return {"Answer: 1": 0.6, "Answer: 2": 0.3, "": 0.1}

    found = play(BestOfN(TabularModel(row), samples=40, temperature=1.0, signal="check"), VIEWS[:1])
    assert found[0][-1] == "Answer: 1"


# ---- beam


def exhaustive(row, view, prefix=(), log_prob=0.0):
    """All chains of a table that end, with their log-probabilities."""
    if prefix and (stated_answer(prefix[-1]) is not None or len(prefix) == view.thoughts_left):
        return [(log_prob, prefix)]
    return [
        found
        for thought, probability in row(after(view, *prefix)).items()
        for found in exhaustive(row, view, (*prefix, thought), log_prob + math.log(probability))
    ]


def garden_path(view):
    """The likeliest first thought leads to many unlikely chains."""
    if not view.thoughts:
        return {"garden": 0.6, "street": 0.4}
    if len(view.thoughts) < 3:
        return {f"{view.thoughts[0]} {kind}": 1 / 3 for kind in "abc"} if "garden" in view.thoughts[0] else {"on": 1.0}
    return {"Answer: 1": 1.0} if "garden" in view.thoughts[0] else {"Answer: 2": 1.0}


def test_a_wide_beam_finds_the_likeliest_chain_of_all_where_greedy_does_not():
    model = TabularModel(garden_path)
    best = max(exhaustive(garden_path, toy()))[1]
    assert best[-1] == "Answer: 2"
    assert play(make_agent("greedy", model), [toy()])[0][-1] == "Answer: 1"
    wide = Beam(model, BeamOptions(width=8, candidates=24, temperature=1.0))
    assert tuple(play(wide, [toy()])[0]) == best


def test_a_beam_by_a_check_goes_round_wrong_steps():
    model = TabularModel(fallible(0.4))
    found = play(Beam(model, BeamOptions(width=1, candidates=16, signal="check", temperature=1.0)), VIEWS)
    assert found == [list(REFERENCES[view.question.statement]) for view in VIEWS]


def test_a_beam_prefers_a_chain_that_states_an_answer():
    model = TabularModel(lambda view: {"": 0.9, "Answer: 1": 0.1})
    found = play(Beam(model, BeamOptions(width=2, candidates=64, temperature=1.0)), [toy()])
    assert found == [["Answer: 1"]]


def test_a_beam_of_one_candidate_is_greedy():
    model = TabularModel(fallible(0.5))
    assert play(Beam(model, BeamOptions(candidates=1)), VIEWS) == play(make_agent("greedy", model), VIEWS)


@pytest.mark.parametrize("bad", [{"width": 0}, {"candidates": 0}, {"temperature": float("nan")}])
def test_bad_options_of_a_beam_are_refused(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        BeamOptions(**bad)


# ---- tree search


def test_a_search_by_a_check_finds_the_chain_whose_steps_all_hold_and_stops_there():
    model = TabularModel(fallible(0.4))
    agent = MCTS(model, MCTSOptions(evaluation="check", simulations=40, temperature=1.0))
    assert play(agent, VIEWS) == [list(REFERENCES[view.question.statement]) for view in VIEWS]
    assert agent.ledger.total.simulations < 20 * len(VIEWS)


def test_a_search_that_is_sure_at_once_costs_what_greedy_costs():
    model = TabularModel(fallible(0.9))
    greedy, search = make_agent("greedy", model), MCTS(model, MCTSOptions(evaluation="check"))
    assert play(search, VIEWS) == play(greedy, VIEWS)
    assert search.ledger.total.tokens == greedy.ledger.total.tokens


def test_a_search_backs_out_of_a_thought_after_which_everything_is_refuted():
    """The likelier first thought holds, but the model can't go on from it."""
    view = VIEWS[0]
    reference = REFERENCES[view.question.statement]
    trap = reference[1]

    def row(seen):
        step = len(seen.thoughts)
        if step == 0:
            return {trap: 0.6, reference[0]: 0.4}
        if seen.thoughts[0] == trap:
            return {spoiled(reference[2]): 0.5, spoiled(spoiled(reference[2])): 0.5}
        return {reference[step]: 1.0}

    check = get_family("integer_expression").check_thought
    assert check(view.question, (), trap).correct, "the trap must be a thought that holds"
    agent = MCTS(TabularModel(row), MCTSOptions(evaluation="check", simulations=100, patience=8, temperature=1.0))
    assert play(agent, [view]) == [list(reference)]


def test_a_search_in_which_everything_is_refuted_still_thinks_and_spends_no_more():
    def row(view):
        return {spoiled(REFERENCES[view.question.statement][0]) if not view.thoughts else "Answer: 977": 1.0}

    model = TabularModel(row)
    agent = MCTS(model, MCTSOptions(evaluation="check", simulations=50, patience=5))
    found = play(agent, VIEWS[:3])
    assert all(thoughts[-1] == "Answer: 977" for thoughts in found)
    assert agent.ledger.total.tokens <= 3 * (5 + 5 + 2)


class Opinionated(TabularModel):
    """A model that finds right thoughts more probably right than others, by two numbers."""

    def __init__(self, table, right, wrong):
        super().__init__(table)
        self.opinions = wrong, right

    def judge(self, views, candidates):
        return [Judgement(self.opinions[self._right(*each)], 1) for each in zip(views, candidates, strict=True)]

    @staticmethod
    def _right(view, each):
        return (*view.thoughts, each.thought) == REFERENCES[view.question.statement][: len(view.thoughts) + 1]


def by_opinion(right, wrong, **options):
    given = {"evaluation": "process-reward", "simulations": 40, "temperature": 1.0, "patience": 40, **options}
    return MCTS(Opinionated(fallible(0.4), right, wrong), MCTSOptions(**given))


def test_a_search_goes_round_thoughts_that_it_doubts_and_stops_where_it_doubts_none():
    agent, patient = by_opinion(0.9, 0.3, doubt=0.5, candidates=1), by_opinion(0.9, 0.3, candidates=1)
    assert play(agent, VIEWS) == [list(REFERENCES[view.question.statement]) for view in VIEWS]
    play(patient, VIEWS)
    assert agent.ledger.total.simulations < patient.ledger.total.simulations / 2


def test_where_all_is_doubted_the_least_doubted_is_had_and_searched_on_from():
    """The model is right less often than not, and its right thoughts are doubted too."""
    agent = by_opinion(0.3, 0.1, doubt=0.5, simulations=200)
    expected = [list(REFERENCES[view.question.statement]) for view in VIEWS]
    assert play(agent, VIEWS) == expected
    assert agent.ledger.total.tokens <= 40 * sum(map(len, expected)), "no thought before is asked for again"


def test_where_simulations_end_while_all_is_doubted_the_search_goes_on_from_what_is_chosen():
    """Its wrong thoughts are many, and the likeliest thought is one of them, so that greedily nothing is solved."""

    def row(view):
        reference, step = REFERENCES[view.question.statement], len(view.thoughts)
        if view.thoughts != reference[:step]:
            return {"Answer: 0": 1.0}
        return {reference[step]: 0.4, spoiled(reference[step]): 0.41} | {
            f"{reference[step]}{number}": 0.19 / 30 for number in range(30)
        }

    options = MCTSOptions(evaluation="process-reward", simulations=16, temperature=2.0, patience=64, doubt=0.5)
    found = play(MCTS(Opinionated(row, 0.3, 0.1), options), VIEWS)
    solved = [
        tuple(thoughts) == REFERENCES[view.question.statement] for thoughts, view in zip(found, VIEWS, strict=True)
    ]
    assert np.mean(solved) > 0.5


def test_the_last_thought_of_a_chain_is_doubted_by_what_it_adds():
    mix = parse_signal("likelihood + 2*value")
    assert mix.last((-3.0, -0.5), (-1.0, -0.25)) == -3.0
    assert mix.last((-1.0, -0.5), mix.start()) == -2.0


def test_a_search_by_likelihood_finds_the_likeliest_chain_and_samples_none_twice():
    model = TabularModel(garden_path)
    options = MCTSOptions(evaluation="likelihood", simulations=30, temperature=1.0, widening=1.0)
    assert tuple(play(MCTS(model, options), [toy()])[0]) == max(exhaustive(garden_path, toy()))[1]


def test_chains_that_were_found_are_not_gone_to_again():
    model = TabularModel(lambda view: {"Answer: 1": 0.6, "Answer: 2": 0.4})
    agent = MCTS(model, MCTSOptions(evaluation="likelihood", simulations=50, patience=12, temperature=1.0))
    assert play(agent, [toy()]) == [["Answer: 1"]]
    assert agent.ledger.total.tokens <= 12 + 4
    assert agent.ledger.total.simulations < 50


@pytest.mark.parametrize("evaluation", ["rollouts", "value", "check", "likelihood", "check+value"])
@pytest.mark.parametrize("root", ["puct", "gumbel"])
def test_no_search_spends_more_simulations_on_a_thought_than_it_was_given(evaluation, root):
    model = TabularModel(fallible(0.5), values=lambda view: 0.5)
    agent = MCTS(model, MCTSOptions(evaluation=evaluation, simulations=9, root=root, candidates=3))
    thoughts = agent.act(VIEWS)
    assert len(thoughts) == len(VIEWS)
    assert max(cost.simulations for cost in agent.ledger.rows) <= 9


# ---- the tree as plain values


def test_a_tree_is_written_with_its_thoughts_visits_values_and_priors():
    model = TabularModel(fallible(0.5))
    agent = MCTS(model, MCTSOptions(evaluation="check", simulations=20, temperature=1.0))
    seen = []
    agent.watch = lambda search: seen.append(json.loads(json.dumps(as_table(search.tree, search.tree.root))))
    (thought,) = agent.act(VIEWS[:1])
    (tree,) = seen

    def nodes(table):
        return [table, *(node for child in table["children"] for node in nodes(child))]

    assert len(nodes(tree)) > 4
    assert tree["visits"] == sum(child["visits"] for child in tree["children"])
    assert sum(child["prior"] for child in tree["children"]) == pytest.approx(1)
    assert thought in [child["thought"] for child in tree["children"]]
    refuted = [node for node in nodes(tree) if node["visits"] and node["value"] == 0]
    assert all(node["exhausted"] for node in refuted)
    for node in nodes(tree):
        visits = [child["visits"] for child in node["children"]]
        assert visits == sorted(visits, reverse=True)
