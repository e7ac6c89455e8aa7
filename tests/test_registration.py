"""The ids: all of them are registered, pass Gymnasium's checks in silence, and survive JSON."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
import textwrap
import warnings
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec
from gymnasium.utils.env_checker import check_env

import reasoning_gym
from reasoning_gym.family import Family, FromData, families, family, get_family
from reasoning_gym.problem import CORRECT, Problem, Question, incorrect
from reasoning_gym.registration import MATH_CATEGORIES, Declaration, environments, read_declarations

DATA_ROWS = {
    "gsm8k": [{"question": f"2+{i} apples?", "answer": f"2+{i}={2 + i}\n#### {2 + i}"} for i in range(6)],
    "competition_math": [
        {"problem": f"Find $x$: $x={i}$.", "solution": rf"So \boxed{{{i}}}.", "level": f"Level {i // 2 + 1}"}
        for i in range(10)
    ],
    "open": [{"question": f"Why {i}?", "answer": f"There are {i} of them.\nSo {i} it is."} for i in range(6)],
    "question_answer": [{"question": f"{i}+1?", "answer": i + 1} for i in range(6)],
}
SUITE = [each for each in families().values() if type(each).__module__.startswith("reasoning_gym.")]
IDS = sorted(env_id for env_id, spec in gym.registry.items() if spec.entry_point == "reasoning_gym.env:ReasoningEnv")


def run_python(program: str, *, path: Path | None = None) -> str:
    """What a program prints in a fresh process, with a folder in front of the import path."""
    prelude = f"import sys; sys.path.insert(0, {str(path)!r})\n" if path else ""
    done = subprocess.run(
        [sys.executable, "-c", prelude + textwrap.dedent(program)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def make(tmp_path):
    """`gym.make` that gives families which need data a few rows."""

    def make_with_data(env_id, **kwargs):
        rows = DATA_ROWS.get(str(gym.spec(env_id).kwargs["families"]))
        if rows is not None:
            for split, part in (("train", rows[::2]), ("test", rows[1::2])):
                (tmp_path / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in part))
            kwargs["path"] = str(tmp_path)
        return gym.make(env_id, **kwargs)

    return make_with_data


def test_every_family_has_an_id_of_its_version():
    for each in SUITE:
        assert gym.spec(f"Reasoning{type(each).__name__}-v{each.version}").kwargs == {"families": each.name}


def test_every_category_has_an_id_that_mixes_its_families():
    mixed = [each for each in SUITE if not isinstance(each, FromData)]
    for category in {each.category for each in mixed}:
        env_id = f"Reasoning{''.join(map(str.capitalize, category.split('_')))}-v0"
        assert gym.spec(env_id).kwargs["families"] == [each.name for each in mixed if each.category == category]


def test_the_mix_of_all_holds_every_family_but_those_that_need_data():
    generated = [each for each in SUITE if not isinstance(each, FromData)]
    assert gym.spec("ReasoningAll-v0").kwargs["families"] == [each.name for each in generated]
    mathematics = [each.name for each in generated if each.category in MATH_CATEGORIES]
    assert gym.spec("ReasoningMath-v0").kwargs["families"] == mathematics
    assert {each.category for each in generated} > MATH_CATEGORIES


def test_the_core_mix_is_what_it_always_was():
    assert gym.spec("ReasoningCore-v0").kwargs["families"] == [
        "antiderivative", "countdown", "derivative", "fraction_arithmetic", "integer_expression", "linear_equation",
        "linear_system", "long_multiplication", "modular_arithmetic", "polynomial_expansion",
        "polynomial_factorisation", "prime_factorisation", "propositional_entailment", "quadratic_equation",
    ]  # fmt: skip


def test_reading_the_source_finds_exactly_the_families_that_importing_finds():
    folder = Path(reasoning_gym.__file__).parent / "families"
    read = {(each.class_name, each.category, each.version) for each in read_declarations(str(folder))}
    assert read == {(type(each).__name__, each.category, each.version) for each in SUITE}


@pytest.mark.parametrize("env_id", IDS)
def test_check_env_is_silent(env_id, make, capsys):
    env = make(env_id)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(env)


@pytest.mark.parametrize("env_id", IDS)
def test_a_spec_survives_json_and_makes_an_equal_environment(env_id, make):
    env = make(env_id, split="test", max_thoughts=5)
    spec = EnvSpec.from_json(env.spec.to_json())
    assert spec == env.spec
    twin = gym.make(spec)
    assert twin.observation_space == env.observation_space
    assert twin.action_space == env.action_space
    assert twin.unwrapped.limits == env.unwrapped.limits
    assert [twin.reset(seed=5), twin.reset()] == [env.reset(seed=5), env.reset()]


def test_make_returns_the_bare_environment():
    env = gym.make("ReasoningMath-v0")
    assert env.unwrapped is env


def test_a_wrong_id_names_the_nearest():
    with pytest.raises(gym.error.NameNotFound, match="ReasoningMath"):
        gym.make("ReasoningMth-v0")


def test_the_module_can_be_named_with_the_id():
    program = "import gymnasium as gym; print(gym.make('reasoning_gym:ReasoningMath-v0').spec.id)"
    assert run_python(program) == "ReasoningMath-v0"


def test_two_things_of_one_id_are_refused():
    declarations = [Declaration("Algebra", "logic", 0, "built in"), Declaration("Line", "algebra", 0, "built in")]
    with pytest.raises(ValueError, match="ReasoningAlgebra-v0 would stand for"):
        environments(declarations)


def test_a_family_that_can_tell_no_answer_from_another_is_refused_and_not_registered():
    class Oracle(Family):
        def generate(self, rng, level):
            return Problem(Question(self.name, level, "What will be?", "Answer: "), "nobody knows")

        def reference_thoughts(self, problem):
            return (f"Answer: {problem.answer}",)

    with pytest.raises(TypeError, match="Oracle can't tell a right answer; define check_conclusion"):
        family(category="logic", levels=1)(Oracle)
    assert "oracle" not in families()


def test_a_family_defined_later_gets_an_id_and_changes_no_mix():
    before = dict(gym.spec("ReasoningMath-v0").kwargs)

    @family(category="arithmetic", levels=2, version=3)
    class DefinedLater(Family):
        def generate(self, rng: np.random.Generator, level: int) -> Problem:
            number = str(rng.integers(1000))
            return Problem(Question(self.name, level, f"Say {number}.", "Answer: "), number)

        def reference_thoughts(self, problem):
            return (f"Answer: {problem.answer}",)

        def verify(self, problem, answer):
            return CORRECT if answer == problem.answer else incorrect("another number")

    assert gym.make("ReasoningDefinedLater-v3", level=2).reset(seed=0)[1]["family"] == "defined_later"
    assert gym.spec("ReasoningMath-v0").kwargs == before
    assert "defined_later" not in gym.spec("ReasoningArithmetic-v0").kwargs["families"]


PLUG_IN = """
from reasoning_gym.family import Family, family
from reasoning_gym.problem import CORRECT, Problem, Question, incorrect

@family(category="chemistry", levels=1)
class BondAngle(Family):
    def generate(self, rng, level):
        angle = int(rng.integers(180))
        return Problem(Question(self.name, level, f"180-{angle}?", "Answer: "), str(180 - angle))

    def reference_thoughts(self, problem):
        return (f"Answer: {problem.answer}",)

    def verify(self, problem, answer):
        return CORRECT if answer == problem.answer else incorrect("no")
"""


@pytest.mark.parametrize("first", ["reasoning_gym", "triangles.angles"])
def test_a_plug_in_gets_its_ids_and_changes_no_mix_whichever_is_imported_first(tmp_path, first):
    (tmp_path / "triangles").mkdir()
    (tmp_path / "triangles" / "__init__.py").write_text("")
    (tmp_path / "triangles" / "angles.py").write_text(PLUG_IN)
    info = tmp_path / "triangles-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: triangles\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[reasoning_gym.families]\ntriangles = triangles.angles\n")
    program = f"""
    import {first}
    import gymnasium as gym, reasoning_gym
    assert "bond_angle" not in gym.spec("ReasoningMath-v0").kwargs["families"]
    assert gym.spec("ReasoningChemistry-v0").kwargs == {{"families": ["bond_angle"]}}
    print(gym.make("ReasoningBondAngle-v0").reset(seed=0)[1]["family"])
    """
    assert run_python(program, path=tmp_path) == "bond_angle"


def test_a_broken_plug_in_is_named(tmp_path):
    info = tmp_path / "broken-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[reasoning_gym.families]\nmine = no_such_module\n")
    program = """
    try:
        import reasoning_gym
    except ImportError as error:
        print(error)
    """
    assert "plug-in 'mine'" in run_python(program, path=tmp_path)


def test_an_install_beside_the_other_distribution_is_refused(tmp_path):
    info = tmp_path / "reasoning_gym-0.1.25.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: reasoning-gym\nVersion: 0.1.25\n")
    program = """
    try:
        import reasoning_gym
    except ImportError as error:
        print(error)
    """
    message = run_python(program, path=tmp_path)
    assert "pip uninstall reasoning-gym\n" in message
    assert "pip install --force-reinstall --no-deps reasoning-gymnasium" in message


def test_importing_loads_no_heavy_package_and_no_family():
    program = """
    import sys
    import reasoning_gym
    heavy = {"torch", "sympy", "transformers", "rich", "typer", "tokenizers", "stable_baselines3"}
    print(sorted(heavy & set(sys.modules)), any(m.startswith("reasoning_gym.families.") for m in sys.modules))
    """
    assert run_python(program) == "[] False"


def test_making_an_environment_imports_its_family_alone():
    program = """
    import sys
    import gymnasium as gym, reasoning_gym
    gym.make("ReasoningCountdown-v0")
    print([name for name in sys.modules if name.startswith("reasoning_gym.families.") and name.count(".") == 3])
    """
    assert run_python(program) == "['reasoning_gym.families.games.countdown']"


def test_a_family_has_the_name_of_its_file():
    assert [each.name for each in SUITE] == [type(each).__module__.rpartition(".")[2] for each in SUITE]


def test_a_name_that_is_a_path_finds_no_family():
    for name in ("../games/countdown", "games/countdown", "", "__init__", "countdown.py"):
        with pytest.raises(ValueError, match="there is no family"):
            get_family(name)


def test_reasoning_in_an_environment_loads_no_heavy_package():
    program = """
    import sys
    import gymnasium as gym, reasoning_gym
    env = gym.make("ReasoningMath-v0")
    env.reset(seed=0); env.step("Answer: 1")
    print(sorted({"torch", "sympy", "transformers", "rich", "typer"} & set(sys.modules)))
    """
    assert run_python(program) == "[]"


@pytest.mark.parametrize("name", reasoning_gym.__all__)
def test_public_names_are_there_and_listed(name):
    assert getattr(reasoning_gym, name).__name__ == name
    assert name in dir(reasoning_gym)


def test_an_unknown_name_says_which_there_are():
    with pytest.raises(AttributeError, match=r"no attribute 'Enviroment'; it has .*ReasoningEnv"):
        _ = reasoning_gym.Enviroment


def test_the_installed_distribution_is_ours():
    assert importlib.metadata.version("reasoning-gymnasium")
