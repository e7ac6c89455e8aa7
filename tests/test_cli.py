"""The command line: what it prints, its exit status, and how it takes mistakes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from reasoning_baselines.cli import app

COMMAND = [sys.executable, "-c", "from reasoning_baselines.cli import app; app()"]
COMMANDS = [
    "families",
    "sample",
    "play",
    "check",
    "ask",
    "agents",
    "evaluate",
    "tree",
    "replay",
    "sweep",
    "demo",
    "train",
    "reproduce",
    "results",
    "curves",
    "view",
    "submit",
    "leaderboard",
]


def run(*arguments, stdin=None):
    return CliRunner().invoke(
        app, [str(each) for each in arguments], input=stdin, env={"COLUMNS": "80", "TERM": "dumb"}
    )


def widest(text):
    return max(len(line.rstrip()) for line in text.splitlines())


def test_help_names_every_command_and_fits_80_columns():
    result = run("--help")
    assert result.exit_code == 0
    assert all(f" {name} " in result.stdout for name in COMMANDS)
    assert widest(result.stdout) <= 80
    assert run().stdout == result.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"reasoning-gym {command}" in result.stdout or f"{command} [OPTIONS]" in result.stdout
    assert widest(result.stdout) <= 80


def test_help_loads_nothing_heavy():
    code = (
        "import sys, contextlib\n"
        "from reasoning_baselines.cli import app\n"
        "with contextlib.suppress(SystemExit):\n"
        "    app(['--help'])\n"
        "heavy = {'torch', 'transformers', 'numpy', 'gymnasium', 'sympy'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or 0)\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.stderr == ""
    assert result.returncode == 0


def test_version_is_the_distribution_s():
    from importlib.metadata import version

    assert run("--version").stdout == f"reasoning-gym {version('reasoning-gymnasium')}\n"


MISTAKES = [
    (["families", "geomtry"], "geometry"),
    (["famlies"], "families"),
    (["sample", "linear_equatoin"], "linear_equation"),
    (["sample", "ReasoningMat-v0"], "ReasoningMath-v0"),
    (["sample", "qqqqqqqq"], "reasoning-gym families"),
    (["sample", "linear_equation", "--levle", "3"], "--level"),
    (["audit", "gsm8k"], "reads its problems from a file"),
    (["audit", "countdwn"], "countdown"),
    (["sample", "linear_equation", "--level", "99"], "levels 1 to"),
    (["sample", "linear_equation", "--split", "tset"], "test"),
    (["sample", "linear_equation", "--index", "-1"], "--index"),
    (["sample", "gsm8k", "--path", "/nowhere"], "/nowhere"),
    (["sample"], "ID"),
    (["play", "linear_equation", "--index", str(2**40)], "indices 0 to"),
    (["check", "1"], "REFERENCE"),
    (["check", "1", ")("], "can't read the reference"),
    (["check", "--kind", "nmber", "1", "1"], "number"),
    (["replay", "/nowhere"], "/nowhere"),
    (["replay", "/nowhere", "--thoughts", "folded"], "/nowhere"),
    (["sample", "linear_equation", "--thoughts", "hidde"], "'hidden'"),
    (["train", "sft-tin"], "sft-tiny"),
    (["reproduce", "sft-tin"], "sft-tiny"),
    (["reproduce", "sft-tiny", "--seeds", "0"], "--seeds"),
    (["evaluate", "--agent", "radom", "--env", "linear_equation"], "'random'"),
    (["evaluate", "--agent", "greedy", "--env", "linear_equatoin"], "'linear_equation'"),
    (["evaluate", "--agent", "mcts", "--env", "countdown", "-o", "simlations=3"], "'simulations'"),
    (["evaluate", "--agent", "greedy", "--env", "countdown", "-o", "n=3"], "it has none"),
    (["evaluate", "--agent", "greedy", "--env", "countdown", "-o", "n"], "samples=16"),
    (["evaluate", "--agent", "mcts", "--env", "countdown", "-o", "prior=a", "-o", "prior=b"], "given twice"),
    (["evaluate", "--agent", "greedy", "--env", "countdown", "--model", "tiny-arithmtic"], "'tiny-arithmetic'"),
    (["evaluate", "--agent", "greedy", "--env", "countdown", "--model", "./nowhere"], "folder"),
    (["evaluate", "--agent", "random", "--env", "countdown", "--levels", "1-x"], "1-4"),
    (["evaluate", "--agent", "random", "--env", "countdown", "--levels", "3-1"], "1-4"),
    (["evaluate", "--agent", "random", "--env", "countdown", "--level", "1", "--levels", "2"], "one of them"),
    (["evaluate", "--agent", "random", "--env", "countdown", "--episodes", "0"], "--episodes"),
    (["evaluate", "--env", "countdown"], "--agent"),
]


@pytest.mark.parametrize(("arguments", "hint"), MISTAKES, ids=lambda case: " ".join(case) if type(case) is list else "")
def test_a_mistake_is_answered_in_plain_words_with_what_to_do(arguments, hint):
    result = run(*arguments)
    assert result.exit_code == 2
    assert hint in result.stderr
    assert result.stderr.startswith("error: ")
    assert len(result.stderr.splitlines()) <= 2
    assert "Traceback" not in result.output
    assert result.stdout == ""


def test_one_category_can_be_listed():
    result = run("families", "number theory")
    assert result.exit_code == 0
    assert "ReasoningPrimeFactorisation-v0" in result.stdout
    assert "ReasoningLinearEquation-v0" not in result.stdout
    assert "ReasoningAll-v0" not in result.stdout


def test_an_audit_prints_a_line_a_family_and_writes_its_page_and_file(tmp_path):
    result = run("audit", "countdown", "ReasoningLogic-v0", "--problems", "10", "--draws", "5", "--out", str(tmp_path))
    assert result.exit_code == 0, result.output
    assert widest(result.stdout) <= 80
    assert "countdown" in result.stdout
    assert "propositional_entailment" in result.stdout
    page, measured = (tmp_path / "audit.md").read_text(), json.loads((tmp_path / "audit.json").read_text())
    assert "| reference answers that are paid |" in page
    assert "\n## Shortfalls\n\nNone.\n" in page
    assert {level["family"] for level in measured["levels"]} >= {"countdown", "propositional_entailment"}
    assert all(level["references"] == [10, 10] for level in measured["levels"])


def test_families_are_listed_with_their_levels_and_how_they_verify():
    result = run("families")
    assert result.exit_code == 0
    assert widest(result.stdout) <= 80
    (line,) = [line for line in result.stdout.splitlines() if "ReasoningLinearEquation-v0" in line]
    assert "8" in line
    assert "by substitution into both sides" in line
    assert "ReasoningMath-v0" in result.stdout
    assert "ReasoningAlgebra-v0" in result.stdout
    assert "\x1b" not in result.stdout


def test_samples_show_reference_thoughts_that_are_right():
    from reasoning_gym import Address, get_family

    result = run("sample", "linear_equation", "--n", "3", "--index", "5", "--level", "2", "--split", "test")
    assert result.exit_code == 0
    family = get_family("linear_equation")
    for index in (5, 6, 7):
        problem = family.problem("test", 2, index)
        assert str(Address("linear_equation", family.version, "test", 2, index)) in result.stdout
        assert problem.question.statement in result.stdout
        assert all(thought in result.stdout for thought in family.reference_thoughts(problem))


@pytest.mark.parametrize("how", ["folded", "hidden"])
def test_samples_may_keep_their_thoughts_from_the_user(how):
    from reasoning_gym import get_family

    result = run("sample", "linear_equation", "--level", "2", "--thoughts", how)
    *thoughts, answer = get_family("linear_equation").reference_thoughts(
        get_family("linear_equation").problem("train", 2, 0)
    )
    assert result.exit_code == 0
    assert f"\n{answer}\n" in result.stdout
    assert all((f"[thought]{thought}[/thought]" in result.stdout) == (how == "folded") for thought in thoughts)


def thoughts_of(index=0, level=1):
    from reasoning_gym import get_family

    family = get_family("linear_equation")
    return family.reference_thoughts(family.problem("train", level, index))


def play(*lines, flags=()):
    arguments = ["play", "linear_equation", "--index", "0", "--level", "1", *flags]
    return run(*arguments, stdin="".join(f"{line}\n" for line in lines))


def test_a_person_who_reasons_well_is_told_so():
    result = play(*thoughts_of())
    assert result.exit_code == 0
    assert "\ncorrect\n" in result.stdout
    assert "One way" not in result.stdout


def test_a_wrong_answer_is_shown_a_way_to_the_right_one():
    result = play("Answer: 999")
    assert "\nincorrect: " in result.stdout
    assert thoughts_of()[0] in result.stdout.split("One way")[1]


@pytest.mark.parametrize("lines", [(), (":quit",), (thoughts_of()[0],)])
def test_giving_up_or_the_end_of_the_input_ends_the_game(lines):
    result = play(*lines)
    assert result.exit_code == 0
    assert "One way to do it" in result.stdout


def test_thoughts_are_checked_on_request_only():
    good, wrong = thoughts_of()[0], "3x=999"
    assert "incorrect" not in play(wrong).stdout
    assert "incorrect" in play(wrong, ":check").stdout
    assert "incorrect" in play(f":check {wrong}").stdout
    assert "incorrect" in play(wrong, flags=["--check"]).stdout
    assert "     correct" in play(good, ":check").stdout
    assert "no thought yet" in play(":check").stdout


def test_a_thought_can_be_taken_back():
    assert "   1 Answer" in play("3x=999", ":undo", "Answer: 1").stdout
    assert "   2 Answer" in play("3x=999", "Answer: 1").stdout


def test_a_mistyped_command_shows_what_there_is():
    assert "there is no :chek" in play(":chek").stdout
    assert ":undo" in play(":help").stdout


VERDICTS = [
    ("x = 0.5", "1/2", 0, "correct"),
    ("-12", "-12", 0, "correct"),
    ("41", "42", 1, "incorrect"),
    ("41 or 42", "42", 1, "incorrect"),
    ("(", "42", 1, "unreadable"),
    ("[bold]", "42", 1, "unreadable"),
    ("--help me", "42", 1, "unreadable"),
]


@pytest.mark.parametrize(("answer", "reference", "status", "word"), VERDICTS)
def test_check_tells_its_verdict_by_word_and_exit_status(answer, reference, status, word):
    result = run("check", answer, reference)
    assert result.exit_code == status
    assert result.stdout.startswith(word)


def test_lines_are_checked_in_order_and_a_bad_one_stops_nothing():
    lines = [
        '{"answer": "0.5", "reference": "1/2"}',
        "nonsense",
        '{"answer": "3", "reference": "4"}',
        '{"answer": 3, "reference": "3"}',
        '{"answer": "3"}',
        '["3", "3"]',
        '{"answer": "3", "reference": ")("}',
        "[" * 100_000,
        '{"answer": "\\ud800", "reference": "3"}',
        '{"answer": "-12", "reference": "-12"}',
    ]
    result = run("check", "--jsonl", stdin="\n".join(lines) + "\n")
    replies = [json.loads(line) for line in result.stdout.splitlines()]
    wanted = ["correct", "error", "incorrect", "error", "error", "error", "error", "error", "unreadable", "correct"]
    assert [reply["status"] for reply in replies] == wanted
    assert all(set(reply) == {"status", "reason"} for reply in replies)
    assert replies[1]["reason"].startswith("line 2: ")
    assert result.exit_code == 2


def test_each_line_is_answered_before_the_next_is_sent():
    process = subprocess.Popen([*COMMAND, "check", "--jsonl"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    for answer, status in (("1/2", "correct"), ("0.6", "incorrect")):
        process.stdin.write(json.dumps({"answer": answer, "reference": "0.5"}) + "\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["status"] == status
    process.stdin.close()
    assert process.wait() == 0


def recorded(folder: Path, count=4):
    """A folder with the episodes of a person who solves every other problem."""
    from reasoning_gym import Limits, State, Verdict, get_family
    from reasoning_gym.episodes import episode_of, write
    from reasoning_gym.problem import CORRECT, Status

    family = get_family("linear_equation")
    folder.mkdir()
    for index in range(count):
        problem = family.problem("test", 1, index)
        right = index % 2 == 0
        thoughts = family.reference_thoughts(problem) if right else ("Answer: 12345",)
        verdict = CORRECT if right else Verdict(Status.INCORRECT, "wrong")
        info = {"question_id": str(problem.address), "verdict": verdict}
        write(folder / "episodes.jsonl", episode_of(State(problem.question, thoughts), info, Limits()))
    return folder


def rewrite(folder, number, **changes):
    file = folder / "episodes.jsonl"
    lines = file.read_text().splitlines()
    lines[number] = json.dumps({**json.loads(lines[number]), **changes})
    file.write_text("".join(f"{line}\n" for line in lines))


def test_replaying_honest_records_finds_nothing(tmp_path):
    result = run("replay", recorded(tmp_path / "run"))
    assert result.exit_code == 0
    assert "4 episodes replayed, 2 correct: every record holds" in result.stdout


def test_replay_prints_the_episodes_with_their_thoughts_as_wished(tmp_path):
    folder = recorded(tmp_path / "run")
    rewrite(folder, 1, thoughts=["\x1b[2J[/thought]", "Answer: 12345"])
    folded = run("replay", folder, "--thoughts", "folded")
    assert folded.exit_code == 0
    assert "[thought]\\u{1b}[2J\\u{5b}/thought][/thought]\nAnswer: 12345\n\nincorrect: wrong\n" in folded.stdout
    assert "4 episodes replayed" in folded.stdout
    hidden = run("replay", folder, "--thoughts", "hidden").stdout
    assert "linear_equation-v" in hidden
    assert "1 thought hidden\nAnswer: 12345\n" in hidden
    assert "2J" not in hidden


FORGED = [
    ({"status": "correct", "reward": 1.0}, "recorded as correct, is incorrect"),
    ({"reward": 1.0}, "recorded with a reward of 1, is worth 0"),
    ({"question": "another"}, "asks"),
    ({"thoughts": []}, "recorded as incorrect, is unreadable"),
    ({"address": "linear_equation-v0/test/1/x"}, "address"),
]


@pytest.mark.parametrize(("changes", "what"), FORGED)
def test_a_forged_record_is_found_and_named(tmp_path, changes, what):
    folder = recorded(tmp_path / "run")
    rewrite(folder, 1, **changes)
    result = run("replay", folder)
    assert result.exit_code == 1
    assert "episodes.jsonl:2" in result.stdout
    assert what in result.stdout
    assert "1 record doesn't hold" in result.stdout


def test_a_line_that_is_no_episode_is_a_mistake_with_its_place(tmp_path):
    folder = recorded(tmp_path / "run")
    rewrite(folder, 2, surprise=1)
    result = run("replay", folder)
    assert result.exit_code == 2
    assert "episodes.jsonl:3" in result.stderr.replace("\n", "")


def evaluate(folder, *more, agent="random", episodes=40):
    asked = ["--agent", agent, "--env", "linear_equation", "--levels", "1,2", "--episodes", episodes, "--out", folder]
    return run("evaluate", *asked, *more)


def test_agents_are_listed_with_their_options_and_defaults():
    result = run("agents")
    assert result.exit_code == 0
    assert widest(result.stdout) <= 80
    assert "Needs a model" in result.stdout
    (samples, *_) = [line.split() for line in result.stdout.splitlines() if line.strip().startswith("samples")]
    assert samples[1] == "8"


def test_evaluate_ends_with_a_table_of_the_total_and_each_level(tmp_path):
    result = evaluate(tmp_path / "run")
    assert result.exit_code == 0, result.output
    table, _, place = result.stdout.partition("every episode is in ")
    assert widest(table) <= 80
    assert place.strip() == str(tmp_path / "run")
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    rows = {row.split("  ")[0]: row.split() for row in map(str.strip, table.splitlines()) if row}
    assert rows["all"][1:4] == ["40", f"{100 * record['totals']['accuracy']:.1f}", "%"]
    levels = [int(rows[f"level {level}"][2]) for level in (1, 2)]
    assert sum(levels) == 40
    assert record["totals"]["seconds"] > 0
    assert record["configuration"]["env_id"] == "ReasoningLinearEquation-v0"
    assert run("replay", tmp_path / "run").exit_code == 0


def test_evaluate_again_shows_the_same_and_another_configuration_is_refused(tmp_path):
    first = evaluate(tmp_path / "run")
    assert evaluate(tmp_path / "run").stdout == first.stdout
    other = evaluate(tmp_path / "run", "--seed", 1)
    assert other.exit_code == 2
    assert "seed is 0 there and 1 here" in other.stderr


def test_the_folder_is_named_by_what_is_asked(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for seed in (0, 1, 0):
        asked = ["--agent", "random", "--env", "linear_equation", "--episodes", 5, "--seed", seed]
        assert run("evaluate", *asked).exit_code == 0
    folders = sorted(folder.name for folder in (tmp_path / "runs").iterdir())
    assert len(folders) == 2
    assert all(name.startswith("ReasoningLinearEquation-v0-random-") for name in folders)


def test_contestants_are_on_the_same_problems_whatever_their_seed(tmp_path):
    from reasoning_baselines.comparison import Contestant, Stage, prepare, run_contestants, run_folder, solved
    from reasoning_gym.episodes import read

    contestant = Contestant("random", {})
    addresses = []
    for seed in (0, 1):
        out = tmp_path / str(seed)
        stage = Stage("linear_equation", {"level": 1}, episodes=30, seed=seed)
        report = run_contestants([contestant], prepare(stage, [contestant]), out)["random"]
        folder = run_folder(out, contestant)
        assert sum(solved(folder)) == report.total.correct
        addresses.append(sorted(episode.address for episode in read(folder / "episodes.jsonl")))
    assert addresses[0] == addresses[1]
    assert len(addresses[0]) == 30


def test_a_run_costs_what_it_costs_alone_whoever_thought_with_the_model_before(tmp_path):
    from reasoning_baselines.comparison import Contestant, Stage, prepare, run_prepared

    stage = Stage("integer_expression", {"levels": [2]}, 4, model="tiny-arithmetic", threads=1)
    first, again, other = prepare(
        stage,
        [Contestant("greedy", {}), Contestant("greedy", {}, seed=1), Contestant("greedy", {}, model="tiny-reasoner")],
    )
    assert first.model is again.model is not other.model
    assert again.configuration.seed == 1
    costs = [run_prepared(each, tmp_path / str(i)).total.cost for i, each in enumerate((first, again))]
    assert costs[0] == costs[1]
    assert costs[0].prompt_tokens > 0


def test_the_demonstration_s_agents_and_options_exist():
    from reasoning_baselines.comparison import DEMO, all_options

    for each in DEMO:
        assert all_options(each.agent, each.options).items() >= each.options.items()
    assert len({each.label for each in DEMO}) == len(DEMO)


def test_texts_become_what_an_option_takes():
    from reasoning_baselines.comparison import all_options

    options = all_options("self-consistency", {"samples": "3", "temperature": "1"})
    assert options == {"samples": 3, "temperature": 1.0}
    assert type(options["temperature"]) is float


def test_the_demonstration_prints_accuracy_against_tokens(tmp_path, monkeypatch):
    from reasoning_baselines import comparison

    monkeypatch.setattr(comparison, "DEMO", (comparison.Contestant("random", {}),))
    result = run("demo", "--episodes", "10", "--out", tmp_path / "demo")
    assert result.exit_code == 0, result.output
    assert widest(result.stdout) <= 80
    assert "accuracy" in result.stdout
    assert "10 test problems of ReasoningCore-v0" in result.stdout


def test_a_missing_extra_is_named_with_how_to_get_it(monkeypatch, capsys):
    import typer

    from reasoning_baselines.cli.screen import mistakes

    with pytest.raises(typer.Exit) as stopped, mistakes():
        raise ModuleNotFoundError("No module named 'torch'", name="torch")
    assert stopped.value.exit_code == 2
    told = capsys.readouterr().err
    assert "pip install 'reasoning-gymnasium[agents]'" in told
    assert "in a clone pip install '.[agents]'" in told


@pytest.mark.parametrize(
    "command",
    [
        ("demo",),
        ("train", "sft-tiny"),
        ("reproduce", "sft-tiny"),
        ("evaluate", "--agent", "greedy", "--model", "tiny-arithmetic", "--env", "ReasoningCore-v0"),
    ],
    ids=lambda command: command[0],
)
def test_without_torch_a_command_that_needs_it_says_so(command, tmp_path):
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from reasoning_baselines.cli import app\n"
        f"sys.argv = ['reasoning-gym', *{command!r}]\n"
        "app()"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert found.returncode == 2
    assert "this needs torch" in found.stderr
    assert "Traceback" not in found.stderr


def test_a_bug_is_not_passed_off_as_a_mistake():
    from reasoning_baselines.cli.screen import mistakes

    with pytest.raises(ModuleNotFoundError), mistakes():
        raise ModuleNotFoundError("No module named 'surprise'", name="surprise")
