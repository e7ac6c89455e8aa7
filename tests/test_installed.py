"""What only an installed wheel shows: its files, and a plug-in package of its own. `make test-wheel` runs this."""

import importlib.metadata
import importlib.resources
import json
import os
import subprocess
import sys
from pathlib import Path

import gymnasium as gym
import pytest

import reasoning_gym

pytestmark = pytest.mark.skipif(
    "REASONING_GYM_TEST_WHEEL" not in os.environ, reason="needs the wheel and the plug-in installed: make test-wheel"
)


def run(*arguments: str) -> str:
    command = [str(Path(sys.executable).with_name("reasoning-gym")), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout


def test_the_packages_come_from_the_wheel_and_not_from_the_checkout():
    checkout = Path(__file__).parents[1]
    for name in ("reasoning_gym", "reasoning_agents", "reasoning_baselines", "reasoning_leaderboard"):
        module = importlib.import_module(name)
        assert (
            checkout / "build" in Path(str(module.__file__)).parents
            or checkout not in Path(str(module.__file__)).parents
        )
        assert importlib.resources.files(name).joinpath("py.typed").is_file()


def test_the_models_and_recipes_are_in_the_wheel():
    root = importlib.resources.files("reasoning_baselines")
    for model in ("tiny-arithmetic", "tiny-reasoner"):
        folder = root / "pretrained" / model
        assert (folder / "model.safetensors").is_file()
        assert (folder / "README.md").is_file()
    assert (root / "recipes" / "sft-tiny.toml").is_file()


def test_nothing_is_installed_under_a_name_that_is_anyones():
    files = importlib.metadata.files("reasoning-gymnasium") or []
    top = {file.parts[0] for file in files if file.parts[0] != ".."}
    packages = {name for name in top if not name.endswith(".dist-info")}
    assert packages == {"reasoning_gym", "reasoning_agents", "reasoning_baselines", "reasoning_leaderboard"}


def test_the_plugin_family_is_an_environment_and_an_agent_plays_it(tmp_path):
    env = gym.make("ReasoningClock-v0", level=1)
    _, info = env.reset(seed=0)
    family = reasoning_gym.get_family("clock")
    problem = family.problem("train", 1, int(info["question_id"].rsplit("/", 1)[1]))
    *_, last = family.reference_thoughts(problem)
    assert env.step(last)[1] == 1.0
    run(
        "evaluate",
        "--agent",
        "constant",
        "--env",
        "ReasoningClock-v0",
        "--episodes",
        "20",
        "--out",
        str(tmp_path / "run"),
    )
    episodes = (tmp_path / "run" / "episodes.jsonl").read_text().splitlines()
    assert len(episodes) == 20
    assert all(json.loads(line)["thoughts"] == ["Answer: 12:00"] for line in episodes)


def test_the_command_line_lists_the_plugin():
    assert "ReasoningClock-v0" in run("families")
    assert "constant" in run("agents")
