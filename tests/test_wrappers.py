"""The wrappers: thoughts as token ids, alone and under a learner, and the record of each episode."""

from __future__ import annotations

import json
import warnings
from functools import partial

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import reasoning_gym
from reasoning_gym.episodes import read, replay
from reasoning_gym.family import get_family
from reasoning_gym.problem import State
from reasoning_gym.wrappers import Curriculum, RecordEpisodes, StepVerified, TokenThoughts

ENV_ID = "ReasoningIntegerExpression-v0"


class Characters:
    """A tokenizer of single characters; 0 is padding, 1 ends a thought, 2 is any other character."""

    alphabet = "0123456789+-*()AEansweruvlt: \n"
    pad_token_id: int | None = 0
    eos_token_id: int | None = 1

    def __len__(self):
        return 3 + len(self.alphabet)

    def encode(self, text, *, add_special_tokens=True):
        text.encode()  # as real tokenizers, refuses lone surrogates
        ids = [3 + self.alphabet.index(c) if c in self.alphabet else 2 for c in text]
        return [*ids, self.eos_token_id] if add_special_tokens else ids

    def decode(self, token_ids, *, skip_special_tokens=False):
        assert all(token_id > 1 for token_id in token_ids)
        return "".join("?" if token_id == 2 else self.alphabet[token_id - 3] for token_id in token_ids)


def make(question_tokens=40, thought_tokens=12, **kwargs) -> TokenThoughts:
    return TokenThoughts(
        gym.make(ENV_ID, **{"max_thoughts": 3, **kwargs}), Characters(), question_tokens, thought_tokens
    )


def spell(text: str, length: int = 12) -> np.ndarray:
    ids = [*Characters().encode(text), *[7] * length]  # an end mark, and then anything
    return np.array(ids[:length])


def test_the_question_and_each_thought_have_places_of_their_own():
    env = make()
    observation, _ = env.reset(seed=1)
    question = Characters().encode(env.unwrapped.state.question.text, add_special_tokens=False)
    assert observation.shape == (40 + 3 * 12,)
    assert observation[:40].tolist() == question[:40]
    assert not observation[40:].any()
    observation, *_ = env.step(spell("12+3"))
    observation, *_ = env.step(spell("a thought that is cut"))
    first, second, third = observation[40:].reshape(3, 12)
    assert first.tolist() == [*Characters().encode("12+3", add_special_tokens=False), *[0] * 8]
    assert second.tolist() == Characters().encode("a thought th", add_special_tokens=False)
    assert not third.any()
    assert observation in env.observation_space


def test_an_action_is_the_thought_up_to_the_end_mark_or_the_padding():
    env = make()
    assert env.thought(spell("12+3")) == "12+3"
    assert env.thought(np.array([3, 0] + [5] * 10)) == "0"
    assert env.thought(np.zeros(12, int)) == ""


@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.float32, np.float64])
def test_actions_may_be_integers_or_floats(dtype):
    env = make()
    env.reset(seed=1)
    env.step(spell("Answer: 12").astype(dtype))
    assert env.unwrapped.state.thoughts == ("Answer: 12",)


def test_a_right_answer_in_tokens_is_paid():
    env = make(level=1)
    env.reset(seed=1)
    family = reasoning_gym.get_family("integer_expression")
    address = reasoning_gym.Address.parse(env.reset(seed=1)[1]["question_id"])
    *_, last = family.reference_thoughts(family.problem(address.split, address.level, address.index))
    _, reward, terminated, truncated, _ = env.step(spell(last))
    assert (reward, terminated, truncated) == (1.0, True, False)


@pytest.mark.parametrize(
    "action",
    [np.zeros(11, int), np.zeros((12, 1), int), np.full(12, 33), np.full(12, -1), np.full(12, 0.5), [np.nan] * 12],
)
def test_an_action_that_is_no_row_of_token_ids_is_refused(action):
    env = make()
    env.reset(seed=1)
    with pytest.raises(ValueError, match="give 12 token ids from 0 to 32"):
        env.step(action)


def test_the_observation_follows_a_state_that_was_set():
    env = make()
    env.reset(seed=1)
    env.step(spell("1"))
    kept = env.unwrapped.state
    expected, *_ = env.step(spell("2"))
    env.unwrapped.state = kept
    observation, *_ = env.step(spell("2"))
    assert (observation == expected).all()


def test_texts_that_no_tokenizer_takes_are_made_fit():
    env = make()
    env.reset(seed=1)
    env.unwrapped.state = env.unwrapped.state._replace(thoughts=("a\ud800b",))
    observation, *_ = env.step(spell("2"))
    assert observation[40:43].tolist() == Characters().encode("a?b", add_special_tokens=False)


@pytest.mark.parametrize(
    ("name", "message"),
    [("pad_token_id", "tokenizer has no pad_token"), ("eos_token_id", "tokenizer has no eos_token")],
)
def test_a_tokenizer_without_its_marks_is_refused(name, message):
    tokenizer = Characters()
    setattr(tokenizer, name, None)
    with pytest.raises(ValueError, match=message):
        TokenThoughts(gym.make(ENV_ID), tokenizer, 10, 10)


def test_lengths_below_one_are_refused():
    with pytest.raises(ValueError, match="both must be at least 1"):
        make(thought_tokens=0)


def test_another_environment_inside_is_refused():
    with pytest.raises(TypeError, match="needs a ReasoningEnv"):
        TokenThoughts(gym.make("CartPole-v1"), Characters(), 10, 10)


def test_check_env_warns_of_nothing_but_the_wrapper_itself(capsys):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        check_env(make())
    assert [str(each.message) for each in caught if "unwrapped version" not in str(each.message)] == []


def test_stable_baselines_trains_on_it(one_thread, capsys):
    pytest.importorskip("stable_baselines3", reason="the extra 'agents' isn't installed")
    from stable_baselines3 import PPO
    from stable_baselines3.common.env_checker import check_env as check_for_stable_baselines

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_for_stable_baselines(make(), skip_render_check=False)
    model = PPO("MlpPolicy", make(), n_steps=32, batch_size=32, n_epochs=1, seed=0, device="cpu")
    model.learn(64)
    assert model.num_timesteps == 64


def test_a_tokenizer_of_transformers_fits():
    tokenizers = pytest.importorskip("tokenizers", reason="the extra 'agents' isn't installed")
    transformers = pytest.importorskip("transformers", reason="the extra 'agents' isn't installed")
    vocabulary = {"<pad>": 0, "<eos>": 1, "<unk>": 2} | {c: 3 + i for i, c in enumerate(Characters.alphabet)}
    inside = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, unk_token="<unk>"))
    inside.pre_tokenizer = tokenizers.pre_tokenizers.Split(tokenizers.Regex(r"[\s\S]"), "isolated")
    inside.decoder = tokenizers.decoders.Fuse()
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=inside, pad_token="<pad>", eos_token="<eos>", unk_token="<unk>"
    )
    env = TokenThoughts(gym.make(ENV_ID), tokenizer, 40, 12)
    expected = TokenThoughts(gym.make(ENV_ID), Characters(), 40, 12)
    assert (env.reset(seed=1)[0] == expected.reset(seed=1)[0]).all()
    assert (env.step(spell("12+3"))[0] == expected.step(spell("12+3"))[0]).all()
    assert env.unwrapped.state.thoughts == ("12+3",)


# Records


def test_each_finished_episode_is_recorded_and_can_be_replayed(tmp_path):
    path = tmp_path / "episodes.jsonl"
    env = RecordEpisodes(gym.make(ENV_ID, max_thoughts=2, split="test"), path)
    env.reset(seed=1)
    env.step("a")
    env.reset()  # left before its end: no record
    env.step("Answer: 1")
    env.reset()
    env.step("a")
    env.step("b")
    answered, ran_out = read(path)
    assert answered.thoughts == ("Answer: 1",)
    assert (ran_out.thoughts, ran_out.truncated_because) == (("a", "b"), "2 thoughts stated no answer")
    assert (answered.env_id, answered.env_kwargs["split"], answered.max_thoughts) == (ENV_ID, "test", 2)
    for episode in (answered, ran_out):
        assert replay(episode).status == episode.status


def test_a_record_goes_on_after_a_torn_line(tmp_path):
    path = tmp_path / "episodes.jsonl"
    path.write_text('{"address": "integer_ex')
    env = RecordEpisodes(gym.make(ENV_ID), path)
    env.reset(seed=1)
    env.step("Answer: 1")
    assert [episode.thoughts for episode in read(path)] == [("Answer: 1",)]


@pytest.mark.parametrize("order", [(RecordEpisodes, TokenThoughts), (TokenThoughts, RecordEpisodes)])
def test_records_are_the_same_inside_and_outside_of_tokens(tmp_path, order):
    path = tmp_path / "episodes.jsonl"
    arguments = {RecordEpisodes: (path,), TokenThoughts: (Characters(), 40, 12)}
    env = gym.make(ENV_ID)
    for wrapper in order:
        env = wrapper(env, *arguments[wrapper])
    env.reset(seed=1)
    env.step(spell("Answer: 7"))
    assert [episode.thoughts for episode in read(path)] == [("Answer: 7",)]


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_the_environments_of_a_vector_share_a_file(tmp_path, mode):
    path = tmp_path / "episodes.jsonl"
    vector = gym.make_vec(ENV_ID, 3, mode, wrappers=[partial(RecordEpisodes, path=path)])
    vector.reset(seed=1)
    for _ in range(4):
        vector.step(("Answer: 1", "Answer: 2", "Answer: 3"))  # every other step is the reset
    vector.close()
    assert (
        sorted(episode.thoughts[0] for episode in read(path))
        == ["Answer: 1"] * 2 + ["Answer: 2"] * 2 + ["Answer: 3"] * 2
    )


def test_a_recording_environment_can_be_made_again_from_its_spec(tmp_path):
    env = RecordEpisodes(gym.make(ENV_ID), tmp_path / "episodes.jsonl")
    twin = gym.make(gym.envs.registration.EnvSpec.from_json(env.spec.to_json()))
    assert isinstance(twin, RecordEpisodes)
    assert twin.path == env.path
    assert twin.reset(seed=1) == env.reset(seed=1)


# rewards for valid thoughts


def verified(max_thoughts=3, **kwargs):
    """An environment at a question, the question, and its reference thoughts."""
    env = StepVerified(gym.make(ENV_ID, level=3, max_thoughts=max_thoughts), **kwargs)
    _, info = env.reset(options={"index": 0})
    family, question = get_family(info["family"]), env.unwrapped.state.question
    problem = family.problem("train", 3, int(info["question_id"].rsplit("/", 1)[1]))
    steps = family.reference_thoughts(problem)
    return env, question, steps


def values(env, state, thoughts, discount):
    """The value of each thought in a state, by trying all that may follow, and those of every later state."""
    found = {}
    own = []
    for thought in thoughts:
        env.unwrapped.state = state
        _, reward, terminated, truncated, _ = env.step(thought)
        after = env.unwrapped.state
        if terminated or truncated:
            own.append(reward)
        else:
            later = values(env, after, thoughts, discount)
            found |= later
            own.append(reward + discount * max(later[after]))
    return {**found, state: own}


@pytest.mark.parametrize("discount", [1.0, 0.9])
def test_rewards_for_valid_thoughts_change_no_optimal_thought(discount):
    shaped, question, steps = verified(bonus=0.4, penalty=0.7, discount=discount)
    plain = shaped.env
    thoughts = [*steps, "1+1", f"{steps[-1]}9"]
    start = State(question)
    one, other = (values(env, start, thoughts, discount) for env in (plain, shaped))
    assert one.keys() == other.keys()
    assert len(one) == 1 + len(steps[:-1]) + 1 + (len(steps)) ** 2
    for state, without in one.items():
        expected = [value - shaped.potential(state) for value in without]
        assert other[state] == pytest.approx(expected, abs=1e-12)
        assert best(other[state]) == best(without)
    assert any(shaped.potential(state) > 0 for state in one)
    assert any(shaped.potential(state) < 0 for state in one)


def best(numbers):
    return {i for i, number in enumerate(numbers) if number > max(numbers) - 1e-9}


def test_a_valid_thought_is_paid_an_invalid_one_costs_and_the_end_takes_both_back():
    env, _, steps = verified(max_thoughts=8, bonus=0.25, penalty=0.5)
    _, reward, *_, info = env.step(steps[0])
    assert (reward, info["thought_verdict"].correct) == (0.25, True)
    _, reward, *_, info = env.step("1+1")
    assert (reward, info["thought_verdict"].correct) == (-0.5, False)
    _, reward, terminated, _, info = env.step(steps[-1])
    assert (reward, terminated, info["verdict"].correct) == (1.25, True, True)


def test_running_out_of_thoughts_takes_back_what_they_were_paid():
    env, _, steps = verified(max_thoughts=1)
    _, reward, _, truncated, _ = env.step(steps[0])
    assert (reward, truncated) == (0.0, True)


def test_going_to_another_state_goes_on_with_its_own_potential():
    env, question, steps = verified(max_thoughts=8, bonus=0.25)
    env.step(steps[0])
    env.unwrapped.state = State(question, ("1+1",))
    assert env.potential(env.unwrapped.state) == -0.1
    _, reward, *_ = env.step(steps[0])
    assert reward == pytest.approx(0.25)


def test_verdicts_on_thoughts_do_not_come_from_the_reference(monkeypatch):
    env, _, steps = verified(max_thoughts=8)
    monkeypatch.setattr(type(get_family("integer_expression")), "verify", lambda *_: pytest.fail("looked"))
    *_, info = env.step(steps[0])
    assert info["thought_verdict"].correct


@pytest.mark.parametrize(
    "wrong", [{"bonus": -1}, {"penalty": float("nan")}, {"discount": 1.5}, {"bonus": float("inf")}]
)
def test_rewards_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} is"):
        StepVerified(gym.make(ENV_ID), **wrong)


# levels that follow success


def answer(env, right):
    """One episode, right or wrong, or right in one family alone; the level it was at."""
    _, info = env.reset()
    right = right in (True, info["family"])
    level = info["level"]
    reasoning = env.unwrapped
    family = get_family(info["family"])
    problem = family.problem("train", level, int(info["question_id"].rsplit("/", 1)[1]))
    env.step(f"Answer: {problem.answer}" if right else "Answer: none")
    assert reasoning.state.question == problem.question
    return level


def test_levels_rise_with_success_and_fall_without():
    env = Curriculum(gym.make(ENV_ID), window=4, raise_at=0.75, lower_at=0.25)
    env.reset(seed=0)
    assert [answer(env, right) for right in (True, True, False, True, True)] == [1, 1, 1, 1, 2]
    assert [answer(env, right) for right in (False, False, False, True)] == [2, 2, 2, 1]
    assert env.levels == {"integer_expression": 1}
    for _ in range(100):
        answer(env, True)
    assert env.levels == {"integer_expression": get_family("integer_expression").levels}


def test_every_family_of_a_mix_has_its_own_level():
    env = Curriculum(gym.make("ReasoningAlgebra-v0", levels=[1]), window=1, raise_at=1.0, lower_at=0.0)
    env.reset(seed=3)
    for _ in range(60):
        answer(env, right="linear_equation")
    levels = env.levels
    assert levels.pop("linear_equation") > 1
    assert set(levels.values()) == {1}


def test_a_reset_with_options_is_left_alone_and_not_counted():
    env = Curriculum(gym.make(ENV_ID), window=1)
    env.reset(seed=0)
    _, info = env.reset(options={"level": 3, "index": 5})
    assert info["level"] == 3
    env.step("Answer: none")
    assert env.progress == {"integer_expression": {"level": 1, "outcomes": []}}


def test_progress_is_kept_and_restored_and_draws_follow_the_seed():
    env, twin = (Curriculum(gym.make("ReasoningAlgebra-v0"), window=3, start=2) for _ in range(2))
    env.reset(seed=1)
    for right in (True, True, True, False, True):
        answer(env, right)
    twin.progress = json.loads(json.dumps(env.progress))
    assert twin.progress == env.progress
    assert [env.reset(seed=9), env.reset()] == [twin.reset(seed=9), twin.reset()]


def test_progress_of_other_families_or_levels_is_refused():
    env = Curriculum(gym.make(ENV_ID))
    with pytest.raises(ValueError, match="the progress is of countdown"):
        env.progress = {"countdown": {"level": 1, "outcomes": []}}
    with pytest.raises(ValueError, match="levels 1 to"):
        env.progress = {"integer_expression": {"level": 99, "outcomes": []}}


@pytest.mark.parametrize("wrong", [{"start": 0}, {"window": 0}, {"raise_at": 0.2}, {"lower_at": -1}])
def test_a_curriculum_out_of_range_is_refused(wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} is"):
        Curriculum(gym.make(ENV_ID), **wrong)


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_vector_of_curricula_keeps_and_restores_its_progress(mode):
    envs = gym.make_vec(
        ENV_ID, num_envs=2, vectorization_mode=mode, wrappers=[partial(Curriculum, window=2), StepVerified],
        vector_kwargs={"shared_memory": False} if mode == "async" else None,
    )  # fmt: skip
    envs.reset(seed=0)
    envs.step(("Answer: none", "Answer: none"))
    progress = list(envs.call("progress"))
    assert [each["integer_expression"]["outcomes"] for each in progress] == [[False], [False]]
    wanted = {"integer_expression": {"level": 4, "outcomes": [True]}}
    envs.set_attr("progress", [wanted, progress[1]])
    assert list(envs.call("progress")) == [wanted, progress[1]]
    _, infos = envs.reset()
    assert infos["level"].tolist() == [4, 1]
    envs.close()


@pytest.mark.parametrize("wrapper", [StepVerified, Curriculum])
def test_a_wrapped_environment_passes_check_env_and_survives_its_spec(wrapper):
    env = wrapper(gym.make(ENV_ID))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", ".*is different from the unwrapped version")
        check_env(env, skip_render_check=True)
    twin = gym.make(gym.envs.registration.EnvSpec.from_json(env.spec.to_json()))
    assert isinstance(twin, wrapper)
