"""What learners share: the oracle, which only training may ask, and folders that a kill can't harm."""

from dataclasses import dataclass

import pytest
import torch

from reasoning_agents.language_model.loading import load, save
from reasoning_agents.language_model.prompts import Prompt
from reasoning_agents.language_model.tokenizer import build_character_tokenizer
from reasoning_agents.language_model.value_head import ValueHead
from reasoning_agents.learning import Log, claim, load_checkpoint, read_log, save_checkpoint
from reasoning_agents.oracle import Oracle
from reasoning_agents.supervised import Shape, build_model
from reasoning_gym.env import ReasoningEnv
from reasoning_gym.mix import make_mix
from reasoning_gym.planning import Limits


@dataclass(frozen=True)
class Settings:
    steps: int = 3


def test_the_oracle_pays_what_the_environment_pays():
    env = ReasoningEnv(families="linear_equation", level=2, split="train", max_thoughts=4, max_thought_chars=30)
    oracle = Oracle(env.mix, env.limits)
    family = env.mix.parts[0].family
    paid = []
    for index in range(20):
        _, problem = env.mix.problem(index)
        reference = family.reference_thoughts(problem)
        for thoughts in (
            reference,
            (reference[-1],),
            ("Answer: 1/977",),
            ("Answer: 1/977", reference[-1]),
            ("hm",) * 4,
            ("hm",) * 3 + (reference[-1],),
            ("hm",) * 4 + (reference[-1],),
            ("x" * 31, reference[-1]),
            (reference[-1] + " " * 40,),
        ):
            env.reset(options={"index": index})
            reward, ended = 0.0, False
            for thought in thoughts:
                if ended:
                    reward = 0.0  # an episode goes no further than its end
                    break
                _, reward, terminated, truncated, _ = env.step(thought)
                ended = terminated or truncated
            assert oracle.reward(index, thoughts) == (reward if ended else 0.0), (index, thoughts)
            paid.append(reward)
    assert oracle.calls == len(paid)
    assert oracle.right == sum(paid) > 40


def test_the_oracle_shows_what_an_agent_may_see_and_knows_no_test_problem():
    env = ReasoningEnv(families="linear_equation", level=2, split="train")
    env.reset(options={"index": 5})
    assert Oracle(env.mix, env.limits).view(5) == env.view()
    assert Oracle(env.mix, Limits(max_thoughts=2)).view(5).thoughts_left == 2
    with pytest.raises(ValueError, match="only train problems"):
        Oracle(make_mix("linear_equation", split="test"))


def test_a_run_taken_up_again_loses_the_lines_after_its_checkpoint(tmp_path):
    log = Log(tmp_path)
    for update in range(5):
        log.append({"update": update, "reward": 0.5})
    log = Log(tmp_path, update=3)
    log.append({"update": 3, "reward": 0.75})
    assert [line["update"] for line in read_log(tmp_path)] == [0, 1, 2, 3]
    assert read_log(tmp_path)[-1]["reward"] == 0.75
    with (tmp_path / "log.jsonl").open("a") as file:
        file.write('{"update": 4, "rew')  # as a kill leaves it
    Log(tmp_path, update=4)
    assert len(read_log(tmp_path)) == 4


def test_a_folder_belongs_to_one_configuration_and_one_beginning(tmp_path):
    claim(tmp_path, Settings(), base="abc")
    claim(tmp_path, Settings(), base="abc")
    with pytest.raises(ValueError, match="another configuration"):
        claim(tmp_path, Settings(4), base="abc")
    with pytest.raises(ValueError, match="another configuration"):
        claim(tmp_path, Settings(), base="abe")


def test_a_checkpoint_is_the_last_one_that_was_written_whole(tmp_path):
    assert load_checkpoint(tmp_path) is None
    save_checkpoint(tmp_path, {"update": 1, "weights": {"a": torch.ones(2)}})
    (tmp_path / "checkpoint.pt.partial").write_bytes(b"torn")
    state = load_checkpoint(tmp_path)
    assert state is not None
    assert state["update"] == 1
    assert torch.equal(state["weights"]["a"], torch.ones(2))


def test_a_saved_model_is_loaded_with_its_prompt_and_value_head_and_ties_stay(tmp_path):
    tokenizer = build_character_tokenizer()
    model = build_model(Shape(width=16, layers=1, heads=2, feed_forward=24, context=64), tokenizer, 0)
    head = ValueHead(16)
    torch.nn.init.constant_(head.linear.bias, 0.25)
    save(tmp_path / "m", model, tokenizer, Prompt("{statement}\n"), dtype=torch.float16, value_head=head)
    assert model.dtype == torch.float32, "saving changed the model"
    loaded = load(tmp_path / "m", device="cpu", dtype="float32")
    assert loaded.prompt == Prompt("{statement}\n")
    assert loaded.value_head is not None
    assert loaded.value_head.linear.bias.item() == 0.25
    for name, tensor in model.state_dict().items():
        assert torch.equal(loaded.model.state_dict()[name], tensor.half().float()), name
    assert loaded.model.lm_head.weight is loaded.model.model.embed_tokens.weight
    assert (tmp_path / "m" / "model.safetensors").stat().st_size < 2 * model.num_parameters() + 3_000
