"""`reasoning-gym ask`: what is shown of an answer, what its check says, exit statuses, and mistakes."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from reasoning_agents.agent import Cost, Ledger
from reasoning_baselines import asking
from reasoning_baselines.asking import CHECKING, Asker, Asking, best_model, checked, suited
from reasoning_baselines.cli import app
from reasoning_gym.asking import AS_IT_STANDS, MAX_ASKED_CHARS, question_of
from reasoning_gym.problem import State
from reasoning_gym.rendering import unfolded

COMMAND = [sys.executable, "-c", "from reasoning_baselines.cli import app; app()"]
GOOD = ("x+5=-7", "x=-12", "Answer: -12")
WRONG = ("x+5=-7", "x=-8", "Answer: -8")


class Scripted:
    """Has the same thoughts, whatever it is asked, and then says nothing for ever."""

    def __init__(self, thoughts):
        self.thoughts = thoughts
        self.ledger = Ledger()

    def act(self, views):
        self.ledger.open(len(views))
        for row in range(len(views)):
            self.ledger.charge(row, Cost(tokens=7))
        return [self.thoughts[len(view.thoughts)] if len(view.thoughts) < len(self.thoughts) else "" for view in views]


@pytest.fixture
def scripted(monkeypatch):
    """Let an agent that needs no model have given thoughts."""
    return lambda thoughts: monkeypatch.setattr(asking, "make_agent", lambda *_, **__: Scripted(thoughts))


def ask(*arguments, stdin=None):
    return CliRunner().invoke(app, ["ask", *map(str, arguments)], input=stdin, env={"COLUMNS": "80", "TERM": "dumb"})


def scripted_ask(*arguments, stdin=None):
    return ask(*arguments, "--agent", "random", stdin=stdin)


def test_thoughts_are_folded_into_a_line_and_the_check_is_told(scripted):
    scripted(GOOD)
    result = scripted_ask("3x+5=2x-7")
    assert result.exit_code == 0
    asked, fold, answer, check = result.stdout.splitlines()
    assert asked == "asked as: Solve for x: 3x+5=2x-7"
    assert fold.startswith("▸ 3 thoughts, 21 tokens, 0.0 s")
    assert answer == "-12"
    assert check == "checked: 3 of 3 steps follow"


def test_a_wrong_step_and_a_wrong_answer_are_named_and_still_an_answer(scripted):
    scripted(WRONG)
    result = scripted_ask("3x+5=2x-7")
    assert result.exit_code == 0
    text = " ".join(result.stdout.split())
    assert "-8 checked: 1 of 3 steps follow; step 2 does not: the equation has another solution" in text
    assert "the answer is wrong: the two sides differ at this value" in text


def test_a_right_answer_after_a_wrong_step_is_told_apart(scripted):
    scripted(("x=5", "Answer: -12"))
    result = scripted_ask("3x+5=2x-7")
    assert "step 1 does not" in result.stdout
    assert "the answer itself holds" in result.stdout


@pytest.mark.parametrize(
    ("thoughts", "line"),
    [
        (("I don't know", "Answer: 42"), "not checked"),
        (("3*4=13", "Answer: 13"), "step 1 fails: 3*4=13 is false; else not checked"),
        (("3*4=12", "Answer: 12"), "not checked"),
    ],
)
def test_what_no_family_asks_is_never_called_checked(scripted, thoughts, line):
    scripted(thoughts)
    result = scripted_ask("hello")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == line


def test_without_an_answer_the_exit_status_is_1(scripted):
    scripted(("x+5=-7",))
    result = scripted_ask("3x+5=2x-7", "--max-thoughts", 3)
    assert result.exit_code == 1
    assert "no answer: 3 thoughts stated no answer" in result.stdout


def test_an_empty_answer_is_none(scripted):
    scripted(("Answer: ",))
    result = scripted_ask("3x+5=2x-7")
    assert result.exit_code == 1
    assert "no answer: the last thought states nothing" in result.stdout


def test_shown_thoughts_are_numbered_and_hidden_ones_only_counted(scripted):
    scripted(WRONG)
    shown = scripted_ask("3x+5=2x-7", "--thoughts", "shown").stdout
    assert shown.splitlines()[1].startswith("▾ 3 thoughts, 21 tokens")
    hidden = scripted_ask("3x+5=2x-7", "--thoughts", "hidden").stdout
    assert [line.split() for line in shown.splitlines()[2:5]] == [
        ["1", "x+5=-7"],
        ["2", "x=-8"],
        ["3", "Answer:", "-8"],
    ]
    assert "\n2 thoughts hidden\n-8\n" in hidden
    assert "x+5=-7" not in hidden
    assert "x=-8" not in hidden


def test_hidden_thoughts_are_not_quoted_by_the_check(scripted):
    scripted(("secret*1=2", "secret*1=2", "Answer: 1"))
    for arguments in (("hello",), ("3x+5=2x-7",), ("3x+5=2x-7", "--json")):
        assert "secret" not in scripted_ask(*arguments, "--thoughts", "hidden").stdout
    assert "secret" in scripted_ask("3x+5=2x-7", "--json").stdout


def test_what_a_terminal_would_obey_is_escaped_wherever_it_comes_from(scripted):
    scripted(("\x1b[2J\u202ex", "Answer: \x1b[31m5"))
    for arguments in (("\x1b[2J\u202eq",), ("--thoughts", "shown", "q\x07")):
        result = scripted_ask(*arguments)
        assert result.exit_code == 0
        assert not {"\x1b", "\u202e", "\x07"} & set(result.stdout)
        assert "\\x1b[31m5" in result.stdout


@pytest.mark.parametrize("shown", ["folded", "shown", "hidden"])
def test_a_record_holds_all_of_it_in_plain_values(scripted, shown):
    scripted(WRONG)
    result = scripted_ask(" 3x+5=2x-7", "--json", "--thoughts", shown, "--level", 5)
    assert result.exit_code == 0
    record = json.loads(result.stdout)
    keys = {
        "text", "question", "agent", "options", "model", "thoughts", "left_out", "answer", "truncated_because", "steps",
        "follows", "conclusion", "cost", "seconds", "transcript",
    }  # fmt: skip
    assert set(record) == (keys - {"thoughts"} if shown == "hidden" else keys)
    assert record["text"] == " 3x+5=2x-7"
    assert record["question"]["level"] == 5
    assert record["question"]["statement"] == "Solve for x: 3x+5=2x-7"
    assert (record["answer"], record["follows"], record["conclusion"]) == ("-8", False, "incorrect")
    assert [step["status"] for step in record["steps"]] == ["correct", "incorrect", "incorrect"]
    assert record["cost"]["tokens"] == 21
    assert record["left_out"] == (2 if shown == "hidden" else 0)
    if shown == "folded":
        assert unfolded(record["transcript"]).thoughts == WRONG


def test_standard_input_is_read_only_when_asked_to(scripted):
    scripted(GOOD)
    assert "\n-12\n" in scripted_ask("-", stdin="3x+5=2x-7\n").stdout
    nothing = scripted_ask(stdin="3x+5=2x-7\n")
    assert nothing.exit_code == 2
    assert "give a TEXT, or -" in nothing.stderr


def test_a_question_may_begin_with_a_minus_sign(scripted):
    scripted(("x=-2", "Answer: -2"))
    result = scripted_ask("-3x=6")
    assert "checked: 2 of 2 steps follow" in result.stdout


MISTAKES = [
    ([""], "the question is empty"),
    (["  "], "the question is empty"),
    (["1" * (MAX_ASKED_CHARS + 1)], f"ask with at most {MAX_ASKED_CHARS:,}"),
    (["2+2", "--model", "tiny-reasonr"], "'tiny-reasoner'"),
    (["2+2", "--agent", "gredy"], "'greedy'"),
    (["2+2", "--agent", "mcts", "-o", "simlations=3"], "'simulations'"),
    (["2+2", "--agent", "mcts", "-o", "simulations=0"], "at least 1"),
    (["2+2", "-o", "simulations=3"], "--agent"),
    (["2+2", "--family", "linear_equatoin"], "'linear_equation'"),
    (["2+2", "--family", "linear_equation"], "makes no question of '2+2'"),
    (["2+2", "--family", "sudoku"], "families that make questions of bare texts are"),
    (["2+2", "--level", "11"], "levels 1 to 10"),
    (["hello", "--level", "2"], "levels 1 to 1"),
    (["2+2", "--thoughts", "fold"], "'folded'"),
    (["2+2", "3+3"], "3+3"),
]


@pytest.mark.parametrize(("arguments", "hint"), MISTAKES, ids=lambda case: str(case)[:40])
def test_a_mistake_is_answered_in_plain_words_with_what_to_do(arguments, hint):
    result = ask(*arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert hint in result.stderr
    assert len(result.stderr.splitlines()) <= 2
    assert result.stdout == ""


def test_the_default_agent_checks_its_steps_where_they_can_be_checked():
    assert suited(question_of("2+2")) == ("mcts", CHECKING)
    assert suited(question_of("hello")) == ("greedy", {})


def test_the_default_model_was_trained_on_the_family():
    from reasoning_baselines.model_cards import trained_on
    from reasoning_baselines.recipe_files import load_recipe, recipe_names
    from reasoning_gym.asking import asks
    from reasoning_gym.family import families

    known = {}
    for recipe in map(load_recipe, recipe_names()):
        if recipe.train is not None and recipe.model is not None:
            known[recipe.model] = trained_on(recipe.train.settings)
    for name, family in families().items():
        if asks(family):
            question = family.problem("train", 1, 0).question
            assert name in known[best_model(question)]


def test_a_shipped_model_answers_and_its_steps_are_checked(one_thread):
    answered = Asker(Asking()).answer("2+3*4")
    assert answered.answer is not None
    assert answered.steps == checked(State(question_of("2+3*4"), answered.thoughts))
    assert answered.follows == (answered.answer == "14" and all(step.correct for step in answered.steps))
    assert answered.cost.tokens > 0


def test_any_agent_and_model_can_be_named_and_is_kept_for_the_next_question(one_thread):
    asker = Asker(Asking(agent="self-consistency", options={"samples": "2"}, model="tiny-arithmetic", seed=1))
    first, again = asker.answer("2+3"), asker.answer("2+3")
    assert (first.agent, first.model, first.options["samples"]) == ("self-consistency", "tiny-arithmetic", 2)
    assert first.thoughts == again.thoughts


def test_a_question_that_is_too_long_for_the_model_is_a_mistake(one_thread):
    result = ask("hello " * 500)
    assert result.exit_code == 2
    assert "longer context" in result.stderr


def test_as_it_stands_a_shipped_model_is_not_dressed_up(one_thread):
    result = ask("hello", "--max-thoughts", 1, "--max-thought-tokens", 4)
    assert "tiny-reasoner knows no language" in " ".join(result.stdout.split())
    assert "checked: " not in result.stdout
    assert question_of("hello").family == AS_IT_STANDS


def converse(*lines):
    """A conversation on a terminal of its own, with the agent that answers at random; what it shows."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "ask", "--agent", "random"], stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    os.close(theirs)
    os.write(ours, "".join(f"{line}\n" for line in lines).encode())
    out, errors = process.communicate(timeout=120)
    os.close(ours)
    return process.returncode, out, errors


def test_a_conversation_answers_unfolds_survives_mistakes_and_ends():
    status, out, errors = converse("/thoughts", "2+2", "/thoughts", "/help", "1" * 4_001, "/quit", "3+3")
    assert status == 0
    assert "nothing was asked yet" in out
    assert "asked as: Evaluate: 2+2" in out
    assert "\n>    1 " in out
    assert "/quit      ends it" in out
    assert "at most 4,000" in errors
    assert "3+3" not in out
    assert "\x1b" not in out
