"""A policy over whole thoughts under stable-baselines3's PPO: what it says of a thought, samples and learns."""

import pickle

import gymnasium as gym
import numpy as np
import pytest
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.vec_env import DummyVecEnv
from transformers import Gemma2Config, Gemma2ForCausalLM, GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

from reasoning_agents.language_model.loading import save
from reasoning_agents.language_model.local import LocalModel
from reasoning_agents.language_model.prompts import Prompt
from reasoning_agents.language_model.tokenizer import build_character_tokenizer
from reasoning_agents.language_model.transcript import thought_of
from reasoning_agents.language_model.value_head import ValueHead
from reasoning_agents.ppo_llm import ThoughtBuffer
from reasoning_agents.thought_policy import SharedAdam, Thinking, ThoughtPolicy
from reasoning_agents.training_env import ModelThoughts, TrainProblems
from reasoning_gym.env import reasoning_env
from reasoning_gym.problem import View

pytestmark = pytest.mark.usefixtures("one_thread")

TOKENS = build_character_tokenizer("0123456789+-*/=()\n :AEansweruvlt")
CONTEXT = 64
LONGEST = 7  # tokens of a thought
SIZE = {"vocab_size": len(TOKENS), "eos_token_id": 2, "bos_token_id": 1, "pad_token_id": 0}
LLAMA = {
    **SIZE,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "max_position_embeddings": CONTEXT,
    "tie_word_embeddings": True,
}
MODELS = {  # gpt2 has dropout in its settings
    "learned positions": lambda: GPT2LMHeadModel(
        GPT2Config(**SIZE, n_positions=CONTEXT, n_embd=16, n_layer=2, n_head=2)
    ),
    "llama": lambda: LlamaForCausalLM(LlamaConfig(**LLAMA)),
}


def randomised(model, spread=0.4):
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            drawn = spread * torch.randn(weight.shape, generator=generator)
            weight.copy_(drawn + 1 if "norm" in name or "ln_" in name else drawn)
    return model


def saved(kind, path):
    head = ValueHead(16)
    torch.nn.init.normal_(head.linear.weight, generator=torch.Generator().manual_seed(3))
    model = randomised(MODELS[kind]())
    save(path / "base", model, TOKENS, Prompt("{statement}\n"), dtype=torch.float32, value_head=head)
    return path / "base"


@pytest.fixture(scope="module", params=list(MODELS))
def folder(request, tmp_path_factory):
    return saved(request.param, tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def llama(tmp_path_factory):
    return saved("llama", tmp_path_factory.mktemp("llama"))


def practice(model, level=1, number=0, **kwargs):
    env = gym.make("ReasoningIntegerExpression-v0", level=level, **{"max_thoughts": 4, **kwargs})
    env = ModelThoughts(env, model.tokenizer, model.transcript.prompt, model.stops, model.context, CONTEXT - 1, LONGEST)
    return TrainProblems(env, (0, number))


def algorithm(folder, environments, *, steps=8, minibatch=8, **options):
    thinking = Thinking(
        str(folder),
        LONGEST,
        temperature=options.pop("temperature", 1.0),
        to_base=options.pop("to_base", False),
        batch_tokens=options.pop("batch_tokens", 512),
    )
    made = PPO(
        ThoughtPolicy,
        environments,
        n_steps=steps,
        batch_size=minibatch,
        rollout_buffer_class=ThoughtBuffer,
        policy_kwargs={"thinking": thinking},
        device="cpu",
        **options,
    )
    made.set_logger(Logger(None, []))
    return made


def practising(folder, count=8, **options):
    model = LocalModel.load(folder)
    environments = DummyVecEnv([lambda number=number: practice(model, number=number) for number in range(count)])
    return algorithm(folder, environments, **options)


def states_and_thoughts(made, steps=4):
    """Observations and actions of a few steps, with what `forward` said of them."""
    observations = made.env.reset()
    found = []
    for _ in range(steps):
        seen = torch.as_tensor(observations)
        with torch.no_grad():
            actions, values, log_probs = made.policy(seen)
        found.append((seen, actions, values.flatten(), log_probs))
        observations = made.env.step(actions.numpy())[0]
    return tuple(torch.cat(column) for column in zip(*found, strict=True))


@pytest.mark.parametrize("temperature", [1.0, 0.7])
def test_log_probabilities_and_values_are_the_same_when_they_are_sampled_and_when_they_are_learned_from(
    folder, temperature
):
    made = practising(folder, temperature=temperature)
    observations, actions, values, log_probs = states_and_thoughts(made)
    made.policy.set_training_mode(True)
    again, recomputed, _ = made.policy.evaluate_actions(observations, actions.float())
    counts = torch.tensor([len(thought) for thought in made.policy._spoken(made.policy._states(observations), actions)])
    assert counts.min() < LONGEST or temperature < 1, "no thought ended by itself"
    assert ((log_probs - recomputed).abs() / counts).max() < 1e-5
    assert torch.allclose(values, again.flatten(), atol=1e-5)


def test_temperature_is_part_of_the_log_probability(llama):
    made = practising(llama, temperature=0.7)
    observations, actions, _, log_probs = states_and_thoughts(made, steps=1)
    state, thought = (
        made.policy._states(observations)[0],
        made.policy._spoken(made.policy._states(observations), actions)[0],
    )
    with torch.no_grad():
        logits = made.policy.model(torch.tensor([[*state, *thought]])).logits[0, len(state) - 1 : -1]
    by_hand = torch.log_softmax(logits / 0.7, dim=-1)[torch.arange(len(thought)), list(thought)].sum()
    assert torch.allclose(log_probs[0], by_hand, atol=1e-4)


def test_the_first_ratio_is_1(folder):
    made = practising(folder, n_epochs=1, minibatch=64)
    made.learn(64)
    assert made.logger.name_to_value["train/clip_fraction"] == 0
    assert abs(made.logger.name_to_value["train/approx_kl"]) < 1e-8


def test_a_row_is_scored_alike_alone_and_among_64_of_many_lengths(folder):
    made = practising(folder, count=16, batch_tokens=300)
    observations, actions, _, _ = states_and_thoughts(made)
    together = made.policy.evaluate_actions(observations, actions)
    made.policy.thinking = Thinking(str(folder), LONGEST, batch_tokens=1)
    for row in range(64):
        alone = made.policy.evaluate_actions(observations[row : row + 1], actions[row : row + 1])
        for one, many in zip(alone[:2], together[:2], strict=True):
            assert torch.allclose(one[0], many[row], atol=3e-5), row


def test_an_episode_is_read_once_for_all_its_thoughts(folder):
    made = practising(folder, count=1)
    observations, actions, _, _ = states_and_thoughts(made, steps=3)
    texts = {len(owner) for owner in made.policy._states(observations)}
    assert len(texts) == 3, "the thoughts aren't of one episode"
    before = made.policy.cost.forward_passes
    made.policy.evaluate_actions(observations, actions)
    read = made.policy.cost.forward_passes - before
    assert read < 3 or not any(10 in thought for thought in actions.tolist())


def test_the_environment_decodes_what_the_policy_sampled_and_the_policy_reads_what_a_local_model_reads(folder):
    model = LocalModel.load(folder, max_thought_tokens=LONGEST)
    env = practice(model, max_thoughts=6)
    made = algorithm(folder, DummyVecEnv([lambda: env]))
    reader = LocalModel.load(folder, max_thought_tokens=LONGEST)
    lengths = set()
    for _ in range(12):
        observation, over = env.reset()[0], False
        while not over:
            state = reasoning_env(env).state
            ids = reader.transcript.ids(View(*state, 1))
            assert made.policy._states(torch.as_tensor(observation)[None]) == [ids]
            actions, _, _ = made.policy(torch.as_tensor(observation)[None])
            sampled = made.policy._spoken([ids], actions)[0]
            assert env.env.spoken(actions[0].numpy()) == sampled
            observation, _, terminated, truncated, _ = env.step(actions[0].numpy().astype(np.float32))
            over = terminated or truncated
            thought = thought_of(reader.transcript.decode(sampled))[0]
            assert reasoning_env(env).state.thoughts[-1] == thought
            reader.transcript.remember(View(*state, 1), thought, sampled)
            lengths.add(len(sampled) if model.stops.ended(sampled) else "cut")
    assert "cut" in lengths
    assert len(lengths) > 2, "no thought ended by itself"


@pytest.mark.parametrize("thought", [[7, 0, 8, 1, 9], [21, 21, 8, 21], [7, 2], [2], [21, 7, 7, 7, 7, 7, 7]])
def test_special_tokens_and_line_breaks_inside_a_thought_are_kept(folder, thought):
    model = LocalModel.load(folder)
    assert TOKENS.decode([21]) == "\n"
    env = practice(model)
    made = algorithm(folder, DummyVecEnv([lambda: practice(model)]))
    observation = torch.as_tensor(env.reset()[0])[None]
    action = torch.tensor([[*thought, *[0] * (LONGEST - len(thought))]])
    sampled = made.policy._spoken(made.policy._states(observation), action)[0]
    assert sampled[: len(thought)] == tuple(thought)
    assert env.env.spoken(action[0].numpy()) == sampled
    assert env.env.thought(action[0].numpy()) == thought_of(model.transcript.decode(thought))[0]


def test_a_full_context_gives_empty_thoughts_that_teach_nothing(llama):
    model = LocalModel.load(llama)
    env = practice(model, max_thoughts=32)
    made = algorithm(llama, DummyVecEnv([lambda: practice(model, max_thoughts=32)]))
    observation, _ = env.reset()
    for _ in range(20):
        observation = env.step(np.full(LONGEST, 7))[0]
    seen = torch.as_tensor(observation)[None]
    assert len(made.policy._states(seen)[0]) == CONTEXT
    actions, value, log_prob = made.policy(seen)
    assert not actions.any()
    assert log_prob.item() == 0
    assert env.env.thought(actions[0].numpy()) == ""
    assert torch.allclose(made.policy.evaluate_actions(seen, actions)[0], value, atol=1e-5)


def test_a_question_that_does_not_fit_is_refused(llama):
    model = LocalModel.load(llama)
    inside = gym.make("ReasoningIntegerExpression-v0", level=3)
    env = ModelThoughts(inside, TOKENS, Prompt("{statement}\n"), model.stops, CONTEXT, 3, LONGEST)
    with pytest.raises(ValueError, match="tokens, and 3 may be read; raise max_question_tokens"):
        env.reset(seed=0)


def test_the_divergence_from_the_base_is_0_at_the_base_and_its_weights_are_not_learned(llama):
    made = practising(llama, to_base=True)
    observations, actions, _, _ = states_and_thoughts(made)
    assert not made.policy.evaluate_actions(observations, actions)[2].any()
    alone = practising(llama)
    count = sum(weight.numel() for weight in made.policy.parameters())
    assert count == sum(weight.numel() for weight in alone.policy.parameters())
    with torch.no_grad():
        made.policy.model.get_input_embeddings().weight[3:].mul_(1.3)
    away = made.policy.evaluate_actions(observations, actions)[2]
    assert away.max() < 0
    states = made.policy._states(observations)
    thought = made.policy._spoken(states, actions)[0]
    ids = torch.tensor([[*states[0], *thought]])
    with torch.no_grad():
        new, old = (
            torch.log_softmax(each(ids).logits[0, len(states[0]) - 1 : -1], dim=-1)
            for each in (made.policy.model, made.policy._base[0])
        )
    assert torch.allclose(-away[0], (new.exp() * (new - old)).sum(), rtol=1e-4)


def test_the_penalty_on_leaving_the_base_pulls_back_to_it(llama):
    made = practising(llama, to_base=True, ent_coef=1.0, vf_coef=0.0, learning_rate=3e-4, normalize_advantage=False)
    with torch.no_grad():
        made.policy.value_head.linear.bias.fill_(-50.0)  # nothing is expected and nothing is paid: no other gradient
        made.policy.model.get_input_embeddings().weight[3:].mul_(1.1)
    observations, actions, _, _ = states_and_thoughts(made)
    before = made.policy.evaluate_actions(observations, actions)[2].mean()
    made.learn(64)
    assert made.policy.evaluate_actions(observations, actions)[2].mean() > 0.8 * before


def test_the_value_head_has_a_multiple_of_the_rate_that_is_set_for_all():
    one, other = (torch.nn.Parameter(torch.zeros(2)) for _ in range(2))
    optimizer = SharedAdam([{"params": [one]}, {"params": [other]}], lr=0.5, value_share=10.0)
    for group in optimizer.param_groups:
        group["lr"] = 0.1
    (one.sum() + other.sum()).backward()
    optimizer.step()
    assert one.tolist() == pytest.approx([-0.1, -0.1])
    assert other.tolist() == pytest.approx([-1.0, -1.0])
    assert [group["lr"] for group in optimizer.param_groups] == [0.1, 0.1]


def test_warming_the_value_up_leaves_the_model_alone(llama):
    made = practising(llama, n_epochs=1, minibatch=32)
    made.policy.only_value = True
    before = {name: weight.clone() for name, weight in made.policy.state_dict().items()}
    made.learn(64)
    changed = {name for name, weight in made.policy.state_dict().items() if not torch.equal(weight, before[name])}
    assert changed == {"value_head.linear.weight", "value_head.linear.bias"}


def test_what_is_handed_to_the_policy_can_be_pickled_and_makes_it_again(llama, tmp_path):
    made = practising(llama)
    assert pickle.loads(pickle.dumps(made.policy_kwargs)) == made.policy_kwargs
    made.policy.value_head.linear.bias.data.fill_(0.5)
    made.save(tmp_path / "all")
    loaded = PPO.load(tmp_path / "all", device="cpu")
    assert loaded.policy.value_head.linear.bias.item() == 0.5


def test_a_model_that_caps_its_logits_is_refused(tmp_path):
    config = Gemma2Config(**LLAMA, head_dim=8, num_key_value_heads=2, final_logit_softcapping=0.01)
    model = randomised(Gemma2ForCausalLM(config))
    save(tmp_path / "capped", model, TOKENS, Prompt("{statement}\n"), dtype=torch.float32)
    inside = gym.spaces.Box(0, len(TOKENS) - 1, (8,), np.int64)
    with pytest.raises(ValueError, match="caps or scales"):
        ThoughtPolicy(
            inside,
            gym.spaces.MultiDiscrete([len(TOKENS)] * LONGEST),
            lambda _: 1e-3,
            thinking=Thinking(str(tmp_path / "capped"), LONGEST),
        )


class Chain(gym.Env):
    """Pays the same for every thought; ends, or is cut off, after some."""

    def __init__(self, reward, length, cut_off):
        self.observation_space = gym.spaces.Box(0, len(TOKENS) - 1, (4,), np.int64)
        self.action_space = gym.spaces.MultiDiscrete([len(TOKENS)] * LONGEST)
        self.reward, self.length, self.cut_off = reward, length, cut_off
        self.left = length

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.left = self.length
        return np.array([4, 5, 0, 0]), {}

    def step(self, action):
        self.left -= 1
        over = self.left == 0
        return np.array([4, 5, 0, 0]), self.reward, over and not self.cut_off, over and self.cut_off, {}


@pytest.mark.parametrize(
    ("length", "cut_off", "expected"), [(3, True, 0.05 / (1 - 0.9)), (1, True, 0.05 / (1 - 0.9)), (1, False, 0.05)]
)
def test_a_constant_reward_is_worth_its_endless_sum_where_it_is_cut_off_and_itself_where_it_ends(
    llama, length, cut_off, expected
):
    made = algorithm(
        llama,
        DummyVecEnv([lambda: Chain(0.05, length, cut_off) for _ in range(16)]),
        steps=4,
        minibatch=64,
        n_epochs=8,
        gamma=0.9,
        learning_rate=0.03,
    )
    made.policy.only_value = True
    with torch.no_grad():
        made.policy.value_head.linear.weight.zero_()
        made.policy.value_head.linear.bias.fill_(-1.0)
    made.learn(64 * 25)
    assert made.policy.predict_values(torch.tensor([[4, 5, 0, 0]])).item() == pytest.approx(expected, abs=0.03)


class Echo(gym.Env):
    """Shows one of four digits, and pays for the thought that says it, with a line break behind it."""

    def __init__(self, number):
        self.observation_space = gym.spaces.Box(0, len(TOKENS) - 1, (2,), np.int64)
        self.action_space = gym.spaces.MultiDiscrete([len(TOKENS)] * LONGEST)
        self.rng = np.random.default_rng(number)

    def reset(self, *, seed=None, options=None):
        self.digit = int(self.rng.integers(4, 8))
        return np.array([self.digit, 0]), {}

    def step(self, action):
        said = TOKENS.decode([int(action[0])]) == TOKENS.decode([self.digit])
        return np.array([self.digit, 0]), float(said), True, False, {}


def test_ppo_learns_a_task_of_four_answers(tmp_path):
    model = randomised(LlamaForCausalLM(LlamaConfig(**LLAMA)), spread=0.15)
    save(tmp_path / "base", model, TOKENS, Prompt("{statement}\n"), dtype=torch.float32)
    made = algorithm(
        tmp_path / "base",
        DummyVecEnv([lambda number=number: Echo(number) for number in range(64)]),
        steps=2,
        minibatch=64,
        n_epochs=4,
        learning_rate=5e-3,
        max_grad_norm=1.0,
        ent_coef=0.0,
    )

    def said():
        digits = torch.tensor([[digit, 0] for digit in range(4, 8)])
        first = made.policy._predict(digits, deterministic=True)[:, 0]
        return sum((first == digits[:, 0]).tolist())

    assert said() <= 1
    made.learn(128 * 25)
    assert said() == 4
