"""A human-only n-gram model: it is a distribution, and measures no text whose question it has heard people on."""

import json
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasoning_agents.critic import example
from reasoning_agents.human_model import KINDS, PARTS, HumanModel, part, words
from reasoning_agents.ngram_model import END, NGramModel
from reasoning_agents.text_critics import TextCritic, TextCriticSettings
from reasoning_agents.thought_features import Text
from reasoning_gym.problem import Question, State

LINES = st.lists(st.lists(st.sampled_from("abcd"), max_size=6), min_size=1, max_size=8)


def process(question, *thoughts):
    return State(Question("any", 1, question, ""), thoughts)


def people(count):
    return [
        process(f"Ann has {i} eggs and 3 more?", f"she has {i}+3={i + 3} eggs", "so many eggs") for i in range(count)
    ]


def last_probability(model, line, token):
    return math.exp(model.read([*line, token]).log_probs[len(line)])


@given(LINES, st.lists(st.sampled_from("abcdz"), max_size=4), st.integers(1, 4))
def test_probabilities_of_the_next_token_add_up_to_one(lines, before, order):
    model = NGramModel.fit(lines, order)
    end = math.exp(model.read(before).log_probs[-1])
    rest = [last_probability(model, before, token) for token in model.vocabulary if token != END]
    assert end + sum(rest) + last_probability(model, before, "?") == pytest.approx(1)


def test_a_bigram_model_is_what_the_formula_gives_by_hand():
    model = NGramModel.fit([["a", "b"], ["a", "b"], ["a", "c"], ["b"]], 2)
    # bigrams: begin-a 3, begin-b 1, a-b 2, a-c 1, b-end 3, c-end 1; three once, one twice: D = 3 / 5
    # tokens by how many stand before them: a 1, b 2, c 1, end 2; two once, two twice: D = 1 / 3; even share 1 / 5
    unigram = (2 - 1 / 3) / 6 + (1 / 3) * 4 / 6 * (1 / 5)
    assert last_probability(model, ["a"], "b") == pytest.approx((2 - 3 / 5) / 3 + (3 / 5) * 2 / 3 * unigram)
    assert model.read(["a", "b", "z"]).known.tolist() == [2, 2, 0, 1]


def test_what_follows_many_tokens_is_likelier_in_a_new_place_than_what_is_only_frequent():
    often = [["san", "francisco"]] * 20
    model = NGramModel.fit([*often, *([each, "eggs"] for each in "abcdefgh")], 2)
    assert last_probability(model, ["new"], "eggs") > 2 * last_probability(model, ["new"], "francisco")


@pytest.mark.parametrize(("lines", "order", "message"), [([["a"]], 0, "order is 0"), ([], 2, "no lines")])
def test_what_cannot_be_counted_is_refused(lines, order, message):
    with pytest.raises(ValueError, match=message):
        NGramModel.fit(lines, order)


def test_numbers_are_known_by_where_they_come_from():
    text = Text("Ann has 5 eggs and 3 more", ("5+3=8 eggs", "8 and 77"))
    assert words(text) == [
        ["<given>", "+", "<given>", "=", "<result>", "eggs"],
        ["<result>", "and", "<number>"],
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_that_people_said_about_a_question_changes_how_its_texts_are_measured(kind):
    known = people(40)
    asked = known[7].question.statement
    changed = [process(asked, "zebras, zebras!") if each.question.statement == asked else each for each in known]
    texts = [process(asked, "zebras, zebras!"), known[7]]
    assert np.array_equal(HumanModel.fit(known, (kind,))(texts), HumanModel.fit(changed, (kind,))(texts))


def test_the_questions_parts_are_of_like_size():
    sizes = Counter(part(f"question {i}") for i in range(2000))
    assert len(sizes) == PARTS
    assert min(sizes.values()) > 300


def test_what_people_say_is_likelier_than_what_they_never_said():
    model = HumanModel.fit(people(40), tuple(KINDS))
    likely, odd = model(
        [process("A new one of 4?", "she has 4+3=7 eggs"), process("A new one of 4?", "eggs has 4 she")]
    )
    found = dict(zip(model.names, zip(likely, odd, strict=True), strict=True))
    for kind in KINDS:
        assert found[f"{kind} mean"][0] > found[f"{kind} mean"][1]
        assert found[f"{kind} unseen_2"][0] < found[f"{kind} unseen_2"][1]


@given(st.text(), st.lists(st.text(), max_size=4))
def test_any_text_is_measured(question, thoughts):
    found = MODEL([process(question, *thoughts)])
    assert found.shape == (1, len(MODEL.names))
    assert np.isfinite(found).all()


MODEL = HumanModel.fit(people(30), tuple(KINDS))


@pytest.mark.parametrize("text", ["9" * 5_000_000, "a " * 1_000_000, "=" * 500_000, "<end> <begin>" * 9, "\ud800" * 9])
def test_hostile_texts_are_measured_to_a_bound(text):
    assert np.isfinite(MODEL([process(text, text, text)])).all()


def test_people_who_said_nothing_are_refused():
    with pytest.raises(ValueError, match="give more for a human-only model"):
        HumanModel.fit([process("a?")], ("words",))


def shuffled(state, rng):
    return state._replace(thoughts=tuple(" ".join(rng.permutation(line.split())) for line in state.thoughts))


def test_a_critic_that_is_given_a_human_model_tells_an_odd_order_of_words_and_is_kept(tmp_path):
    rng = np.random.default_rng(1)
    human = people(60)
    seen = [example(each, human=True) for each in human]
    seen += [example(shuffled(each, rng), human=False) for each in human]
    plain = TextCriticSettings(learners=("logistic",), groups=("length",))
    informed = TextCriticSettings(learners=("logistic",), groups=("length",), human_model=("words",))
    blind, critic = TextCritic.fit(seen, plain), TextCritic.fit(seen, informed)
    gap = [each.out_of_fold[:60].mean() - each.out_of_fold[60:].mean() for each in (blind, critic)]
    assert gap[0] < 0.1
    assert gap[1] > 0.5
    critic.save(tmp_path)
    assert json.loads((tmp_path / "critic.json").read_text())["human_model"] == ["words"]
    assert np.allclose(TextCritic.load(tmp_path).score(human), critic.score(human), atol=1e-12)


def test_an_unknown_kind_of_tokens_names_the_nearest():
    with pytest.raises(ValueError, match="words"):
        TextCriticSettings(human_model=("word",))
