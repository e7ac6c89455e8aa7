"""Answers what a person typed: it becomes a family's question, an agent thinks, and each of its steps is checked."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from reasoning_agents.agent import Agent, Cost
from reasoning_agents.registry import make_agent, needs_model
from reasoning_baselines.comparison import all_options
from reasoning_baselines.evaluation import Option
from reasoning_baselines.models import DEFAULT_MODEL, find_model, load_model
from reasoning_gym.asking import AS_IT_STANDS, question_of
from reasoning_gym.family import get_family
from reasoning_gym.planning import Limits, transition, view
from reasoning_gym.problem import Question, State, Status, Verdict
from reasoning_gym.rendering import Shown, Transcript, as_text, counted, left_out

if TYPE_CHECKING:
    from reasoning_agents.language_model.local import LocalModel

# Where steps can be checked, a search that checks them; docs/command_line.md has the figures that it was chosen by.
CHECKING: Mapping[str, Option] = {"evaluation": "check", "simulations": 16}
BEST_MODELS = {"integer_expression": "tiny-chains"}  # of the shipped ones; by default `DEFAULT_MODEL`


@dataclass(frozen=True, slots=True)
class Asking:
    """Who is asked, and how."""

    agent: str | None = None  # None: one that suits the question
    options: Mapping[str, Option] = field(default_factory=dict[str, Option])  # of the agent
    model: str | None = None  # None: the shipped one that knows the question's family best
    family: str | None = None  # that makes the question; None: the one that asks such a thing
    level: int | None = None  # of the question; None: the family's own choice
    seed: int = 0  # of the agent
    device: str = "cpu"
    dtype: str = "float32"
    threads: int | None = 1  # of torch on CPU
    max_thought_tokens: int = 256
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Answered:
    """What an agent made of a question."""

    text: str  # as it was typed
    question: Question
    agent: str
    options: Mapping[str, Option]
    model: str | None  # None if the agent needs none
    thoughts: tuple[str, ...]
    answer: str | None  # None if none was stated, or an empty one
    truncated_because: str | None
    steps: tuple[Verdict, ...]  # on each thought, without a reference
    conclusion: Verdict | None  # on the answer, by the question alone; None if that can't be told
    cost: Cost
    seconds: float  # of thinking

    @property
    def follows(self) -> bool:
        """Whether every thought was proved to follow, the answer among them."""
        return self.conclusion is not None and all(step.correct for step in self.steps)

    @property
    def transcript(self) -> Transcript:
        """What is told of it; the verdict is what the check came to."""
        return Transcript(self.question.text, self.thoughts, self.answer, "; ".join(check_lines(self)))


class Asker:
    """Answers one question after another; each model and agent is made once."""

    def __init__(self, asking: Asking) -> None:
        """Say who is asked.

        Raises:
            ValueError: for options without an agent, or an unknown agent, option, model or family; the message names
                the nearest.
        """
        if asking.options and asking.agent is None:
            raise ValueError(f"the option {next(iter(asking.options))!r} is of no agent; name it with --agent")
        self.asking = asking
        if asking.agent is not None:
            all_options(asking.agent, asking.options)
        if asking.model is not None:
            find_model(asking.model)
        if asking.family is not None:
            get_family(asking.family)
        self._models: dict[str, LocalModel] = {}
        self._agents: dict[tuple[str, str | None], Agent] = {}

    def question(self, text: str) -> Question:
        """The question that a text is asked as.

        Raises:
            ValueError: as `question_of`, and for a level that its family hasn't got.
        """
        question = question_of(text, self.asking.family)
        level, levels = self.asking.level, get_family(question.family).levels
        if level is None:
            return question
        if not 1 <= level <= levels:
            raise ValueError(f"level is {level}; {question.family} has levels 1 to {levels}")
        return replace(question, level=level)

    def answer(self, text: str) -> Answered:
        """Let the agent think about a text, and check what it thought.

        Raises:
            ValueError: as `question`; for an option out of range, and for a question that is too long for the model.
            FileNotFoundError: if the model isn't where it should be.
            ModuleNotFoundError: if torch or transformers is needed and isn't installed.
        """
        question = self.question(text)
        name, options = suited(question) if self.asking.agent is None else (self.asking.agent, self.asking.options)
        options = all_options(name, options)
        model = (self.asking.model or best_model(question)) if needs_model(name) else None
        agent = self._agent(name, options, model)
        begun = time.perf_counter()
        thought = _think(agent, question, self.asking.limits)
        seconds = time.perf_counter() - begun
        return Answered(
            text=text,
            question=question,
            agent=name,
            options=options,
            model=model,
            thoughts=thought.state.thoughts,
            answer=thought.answer,
            truncated_because=thought.truncated_because,
            steps=checked(thought.state),
            conclusion=None if thought.answer is None else concluded(question, thought.answer),
            cost=thought.cost,
            seconds=seconds,
        )

    def _agent(self, name: str, options: Mapping[str, Option], model: str | None) -> Agent:
        if (name, model) not in self._agents:
            loaded = None if model is None else self._model(model)
            self._agents[name, model] = make_agent(name, loaded, self.asking.seed, **options)
        return self._agents[name, model]

    def _model(self, name: str) -> LocalModel:
        if name not in self._models:
            asking = self.asking
            self._models[name], _ = load_model(
                name,
                device=asking.device,
                dtype=asking.dtype,
                max_thought_tokens=asking.max_thought_tokens,
                threads=asking.threads,
            )
        return self._models[name]


def suited(question: Question) -> tuple[str, Mapping[str, Option]]:
    """The agent that is asked by default, with its options: one that checks its steps where that can be done."""
    return ("greedy", {}) if question.family == AS_IT_STANDS else ("mcts", CHECKING)


def best_model(question: Question) -> str:
    """The shipped model that is asked by default."""
    return BEST_MODELS.get(question.family, DEFAULT_MODEL)


def checked(state: State) -> tuple[Verdict, ...]:
    """The verdict on each thought: whether it follows from the question and those before. No reference is there."""
    question, thoughts = state
    family = get_family(question.family)
    return tuple(family.check_thought(question, thoughts[:place], thought) for place, thought in enumerate(thoughts))


def concluded(question: Question, answer: str) -> Verdict | None:
    """Whether an answer is right, by the question alone; None where that can't be told."""
    if question.family == AS_IT_STANDS:
        return None
    return get_family(question.family).check_conclusion(question, (), answer)


def check_lines(answered: Answered, *, reasons: bool = True) -> list[str]:
    """What the check of steps came to, in one line or two.

    Args:
        answered: what was thought.
        reasons: whether to say why, which may quote a thought.
    """
    numbered = list(enumerate(answered.steps, 1))
    if answered.question.family == AS_IT_STANDS:
        wrong = next((each for each in numbered if each[1].status is Status.INCORRECT), None)
        return [f"step {wrong[0]} fails{_because(wrong[1], reasons)}; else not checked" if wrong else "not checked"]
    count, right = len(numbered), sum(step.correct for step in answered.steps)
    line = f"checked: {right} of {count} {'step follows' if count == 1 else 'steps follow'}"
    failed = next((each for each in numbered if not each[1].correct), None)
    if failed is None:
        return [line]
    number, step = failed
    how = "does not" if step.status is Status.INCORRECT else "can't be checked"
    return [f"{line}; step {number} {how}{_because(step, reasons)}", *_on_the_answer(answered, reasons)]


def _on_the_answer(answered: Answered, reasons: bool) -> list[str]:
    """What is known of an answer that some step doesn't lead to."""
    verdict = answered.conclusion
    if verdict is None:
        return []
    if verdict.correct:
        return ["the answer itself holds"]
    how = "is wrong" if verdict.status is Status.INCORRECT else "can't be checked"
    return [f"the answer {how}{_because(verdict, reasons)}"]


def _because(verdict: Verdict, reasons: bool) -> str:
    return f": {verdict.reason}" if reasons and verdict.reason else ""


def fold_line(answered: Answered, *, folded: bool = True) -> str:
    """What stands for folded thoughts, such as '▸ 4 thoughts, 61 tokens, 0.2 s', or above those that aren't."""
    mark = "▸" if folded else "▾"
    return f"{mark} {counted(len(answered.thoughts))}, {answered.cost.tokens:,} tokens, {answered.seconds:.1f} s"


def record(answered: Answered, shown: Shown) -> dict[str, Any]:
    """All of it as plain values; where thoughts are hidden, only how many were left out and whether each follows."""
    hidden = shown == "hidden"
    question = answered.question
    steps = [{"status": str(step.status)} | ({} if hidden else {"reason": step.reason}) for step in answered.steps]
    told = answered.transcript
    if hidden:
        told = told._replace(verdict="; ".join(check_lines(answered, reasons=False)))
    conclusion = answered.conclusion
    return {
        "text": answered.text,
        "question": {
            "family": question.family,
            "level": question.level,
            "statement": question.statement,
            "answer_format": question.answer_format,
        },
        "agent": answered.agent,
        "options": dict(answered.options),
        "model": answered.model,
        **({} if hidden else {"thoughts": list(answered.thoughts)}),
        "left_out": len(left_out(told)) if hidden else 0,
        "answer": answered.answer,
        "truncated_because": answered.truncated_because,
        "steps": steps,
        "follows": answered.follows,
        "conclusion": None if conclusion is None else str(conclusion.status),
        "cost": asdict(answered.cost),
        "seconds": round(answered.seconds, 3),
        "transcript": as_text(told, shown),
    }


@dataclass(slots=True)
class _Thought:
    """Where thinking led."""

    state: State
    answer: str | None
    truncated_because: str | None
    cost: Cost


def _think(agent: Agent, question: Question, limits: Limits) -> _Thought:
    """Have one thought after another until an answer is stated, or the thoughts run out."""
    state, cost = State(question), Cost()
    while True:
        (thought,) = agent.act([view(state, limits)])
        cost.add(agent.ledger.rows[0])
        move = transition(state, thought, limits)
        state = move.state
        if move.answer is not None or move.truncated_because is not None:
            return _Thought(state, move.answer or None, move.truncated_because, cost)
