"""Critics that read a thought process as numbers or as pieces of text: what people try first, and hard to beat.

A learner gives log-odds; `TextCritic` adds them up so that they are probabilities, by a logistic regression on log-odds
for processes that the learners hadn't seen (Platt 1999; of several learners, Wolpert 1992, stacking). Needs
scikit-learn (extra `critic`), which is loaded when a critic learns.

A critic is kept as what it has learned from: a folder of plain text, so that opening one runs nothing that is in it.
"""

from __future__ import annotations

import importlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from reasoning_agents.config import from_table
from reasoning_agents.critic import Example, bare
from reasoning_agents.human_model import KINDS, HumanModel
from reasoning_agents.learning import write_json
from reasoning_agents.thought_features import GROUPS, features, read
from reasoning_gym.family import nearest
from reasoning_gym.problem import Question, State

Odds: TypeAlias = NDArray[np.float64]  # log-odds [B] that a process is a person's, at even odds
Measure: TypeAlias = Callable[[Sequence[State]], NDArray[np.float64]]  # [B, F], such as log-probabilities by a model

SETTINGS_FILE: Final = "critic.json"
EXAMPLES_FILE: Final = "examples.jsonl"
SEEN: Final = tuple(name for name in GROUPS if name != "layout")  # which says nothing of how somebody thinks
_MOST_PIECES = 50_000  # pieces of text that are counted, of each kind
_FURTHEST = 20.0  # log-odds are kept within this of 0


@dataclass(frozen=True, kw_only=True)
class TextCriticSettings:
    """Which learners a critic asks, and what they see."""

    learners: tuple[str, ...] = ("boosting", "logistic", "ngrams")  # of LEARNERS; what they say is added up
    groups: tuple[str, ...] = SEEN  # of features, for those that learn from features
    human_model: tuple[str, ...] = ()  # kinds of tokens (`human_model.KINDS`) of human-only models, beside the features
    folds: int = 5  # parts of the questions, each of which is scored by what was learned from the others
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what can't learn.

        Raises:
            ValueError: says which field, its value, and what to give.
        """
        for name in self.learners:
            if name not in LEARNERS:
                raise ValueError(f"there is no learner {name!r}; {nearest(name, LEARNERS)}")
        for name in self.groups:
            if name not in GROUPS:
                raise ValueError(f"there is no group of features {name!r}; {nearest(name, GROUPS)}")
        for name in self.human_model:
            if name not in KINDS:
                raise ValueError(f"there is no human model of {name!r}; {nearest(name, KINDS)}")
        if not self.learners or not self.groups:
            raise ValueError("learners or groups are empty; give at least one of each")
        if self.folds < 2:
            raise ValueError(f"folds is {self.folds}; give at least 2")


class Learner(ABC):
    """Learns log-odds from processes, either kind weighing as much as the other."""

    def __init__(self, settings: TextCriticSettings, measures: Sequence[Measure] = ()) -> None:
        self.settings = settings
        self.measures = tuple(measures)
        self.model: Any = None

    def fit(self, states: Sequence[State], human: NDArray[np.bool_]) -> Self:
        """Learn from B processes and whether each is a person's, [B]."""
        self.model = self.make()
        seen = self.see(states)
        with _one_thread():
            self.model.fit(seen, human)
        return self

    def odds(self, states: Sequence[State]) -> Odds:
        """What it says of B processes."""
        seen = self.see(states)
        with _one_thread():
            probabilities = cast("NDArray[np.float64]", self.model.predict_proba(seen)[:, 1])
        safe = np.clip(probabilities, 1e-9, 1 - 1e-9)
        return cast("Odds", np.clip(np.log(safe) - np.log1p(-safe), -_FURTHEST, _FURTHEST))

    def see(self, states: Sequence[State]) -> Any:
        """What it learns from; by default the features and what is measured besides, [B, F]."""
        return np.hstack([features(states, self.settings.groups), *(measure(states) for measure in self.measures)])

    @abstractmethod
    def make(self) -> Any:
        """A classifier of scikit-learn that has learned nothing."""


class _Logistic(Learner):
    """Logistic regression on features of zero mean and unit variance."""

    def make(self) -> Any:
        regression = _sklearn("linear_model").LogisticRegression(C=0.05, max_iter=1000, class_weight="balanced")
        return _sklearn("pipeline").make_pipeline(_sklearn("preprocessing").StandardScaler(), regression)


class _Boosting(Learner):
    """Gradient-boosted trees on features: what one feature means may hang on others."""

    def make(self) -> Any:
        return _sklearn("ensemble").HistGradientBoostingClassifier(
            max_iter=400,
            learning_rate=0.03,
            max_leaf_nodes=12,
            min_samples_leaf=30,
            l2_regularization=5.0,
            max_features=0.1,
            early_stopping=False,
            class_weight="balanced",
            random_state=self.settings.seed,
        )


class _NGrams(Learner):
    """Logistic regression on runs of characters and of words, weighed by how rare they are."""

    def see(self, states: Sequence[State]) -> list[str]:
        """The thoughts, one a line, as far as features are read too."""
        return [read(state).whole for state in states]

    def fit(self, states: Sequence[State], human: NDArray[np.bool_]) -> Self:
        """See `Learner`; where too few texts have a piece in common there is nothing to learn."""
        try:
            return super().fit(states, human)
        except ValueError as error:
            if "vocabulary" not in str(error) and "no terms remain" not in str(error):
                raise
            self.model = None
            return self

    def odds(self, states: Sequence[State]) -> Odds:
        """See `Learner`; 0 where nothing was learned."""
        return np.zeros(len(states)) if self.model is None else super().odds(states)

    def make(self) -> Any:
        pieces = _sklearn("feature_extraction.text").TfidfVectorizer
        characters = pieces(
            analyzer="char_wb", ngram_range=(2, 5), min_df=3, sublinear_tf=True, max_features=_MOST_PIECES
        )
        words = pieces(
            token_pattern=r"\w+|[^\w\s]", ngram_range=(1, 3), min_df=3, sublinear_tf=True, max_features=_MOST_PIECES
        )
        both = _sklearn("pipeline").make_union(characters, words)
        regression = _sklearn("linear_model").LogisticRegression(solver="liblinear", class_weight="balanced")
        return _sklearn("pipeline").make_pipeline(both, regression)


LEARNERS: Final[Mapping[str, type[Learner]]] = {"logistic": _Logistic, "boosting": _Boosting, "ngrams": _NGrams}


class TextCritic:
    """A `Critic` that has learned from examples; see `fit`.

    `out_of_fold` are its probabilities for its own examples, [N], each by learners that have seen no example about the
    same question: what it would have said of them had they been new.
    """

    def __init__(
        self,
        settings: TextCriticSettings,
        examples: Sequence[Example],
        measure: Measure | None,
    ) -> None:
        """Learn from examples; `TextCritic.fit` says what is wanted of them."""
        self.settings = settings
        self.examples = tuple(examples)
        self.measure = measure
        states = [each.state for each in examples]
        human = np.array([each.human for each in examples], dtype=bool)
        unseen = np.empty((len(states), len(settings.learners)))  # [N, L]
        folds = _folds([state.question.statement for state in states], settings)
        for here, rest in folds:
            for column, learner in enumerate(self._learned([states[i] for i in rest], human[rest])):
                unseen[here, column] = learner.odds([states[i] for i in here])
        self._sum = _summed(unseen, human)
        self.out_of_fold = np.empty(len(states))
        for here, rest in folds:  # the sum too has seen no example about the same question
            self.out_of_fold[here] = _probabilities(_summed(unseen[rest], human[rest]), unseen[here])
        self._learners = self._learned(states, human)

    @classmethod
    def fit(
        cls,
        examples: Sequence[Example],
        settings: TextCriticSettings | None = None,
        measure: Measure | None = None,
    ) -> Self:
        """Learn from examples of both kinds, about as many questions as there are folds or more.

        Args:
            examples: see `critic.example`; those about one question are never learned from and scored at once.
            settings: which learners.
            measure: further features, such as log-probabilities by a model that learned elsewhere (`HumanModel`, which
                `settings.human_model` fits to the examples, too).

        Raises:
            ValueError: if there are too few examples.
            ModuleNotFoundError: if scikit-learn isn't installed.
        """
        settings = settings or TextCriticSettings()
        for human in (True, False):
            questions = {each.state.question.statement for each in examples if each.human == human}
            if len(questions) < 2 * settings.folds:
                kind = "a person's" if human else "a model's"
                raise ValueError(
                    f"there are {kind} thoughts about {len(questions)} questions; give at least {2 * settings.folds}"
                )
        return cls(settings, examples, measure)

    def score(self, states: Sequence[State]) -> NDArray[np.float64]:
        """See `Critic`."""
        if not states:
            return np.empty(0)
        plain = [state._replace(thoughts=bare(state.thoughts)) for state in states]
        return _probabilities(self._sum, np.stack([learner.odds(plain) for learner in self._learners], axis=1))

    def score_thoughts(self, states: Sequence[State]) -> list[NDArray[np.float64]]:
        """See `Critic`. The first call has it learn from the single thoughts of its examples."""
        single = [part for state in states for part in _single(state)]
        if not single:
            return [np.empty(0) for _ in states]
        scores = self._of_thoughts.score(single)
        ends = np.cumsum([len(state.thoughts) for state in states])
        return list(np.split(scores, ends[:-1]))

    def save(self, folder: str | Path) -> None:
        """Keep it in a folder of plain text: its settings, and the examples that `load` learns from again.

        Raises:
            ValueError: if it was given a measure of its own, which no text can hold.
        """
        if self.measure is not None:
            raise ValueError("this critic measures by a model; keep its examples, and fit it again with that model")
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        lines = [json.dumps(_row(each)) for each in self.examples]
        (folder / EXAMPLES_FILE).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        write_json(folder / SETTINGS_FILE, asdict(self.settings))

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """The critic that was kept in a folder; it takes as long as it took to learn.

        Raises:
            ValueError: if the folder holds no critic, or a bad one.
        """
        folder = Path(folder)
        try:
            table = json.loads((folder / SETTINGS_FILE).read_text(encoding="utf-8"))
            lines = (folder / EXAMPLES_FILE).read_text(encoding="utf-8").rstrip("\n").split("\n")
            if not isinstance(table, dict):
                raise ValueError(f"{SETTINGS_FILE} holds no object")
        except (OSError, UnicodeDecodeError, ValueError, RecursionError) as error:
            raise ValueError(f"{str(folder)!r} holds no critic: {error}; give a folder that one was kept in") from error
        settings = from_table(TextCriticSettings, cast("dict[str, Any]", table))
        return cls.fit([_example(folder, number, line) for number, line in enumerate(lines, 1)], settings)

    def _learned(self, states: Sequence[State], human: NDArray[np.bool_]) -> list[Learner]:
        measures = [] if self.measure is None else [self.measure]
        if self.settings.human_model:
            people = [state for state, is_human in zip(states, human, strict=True) if is_human]
            measures.append(HumanModel.fit(people, self.settings.human_model))
        return [LEARNERS[name](self.settings, measures).fit(states, human) for name in self.settings.learners]

    @cached_property
    def _of_thoughts(self) -> TextCritic:
        """The same critic of single thoughts."""
        parts = [Example(part, each.human) for each in self.examples for part in _single(each.state)]
        return TextCritic.fit(parts, self.settings, self.measure)


def _summed(odds: NDArray[np.float64], human: NDArray[np.bool_]) -> Any:
    """The regression by which the learners' log-odds [N, L] are added up."""
    return _sklearn("linear_model").LogisticRegression(class_weight="balanced").fit(odds, human)


def _probabilities(regression: Any, odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities [B] from the learners' log-odds [B, L]."""
    return cast("NDArray[np.float64]", regression.predict_proba(odds)[:, 1])


def _single(state: State) -> list[State]:
    """Each thought by itself."""
    return [State(state.question, (thought,)) for thought in state.thoughts]


def _folds(questions: Sequence[str], settings: TextCriticSettings) -> list[tuple[list[int], list[int]]]:
    """The places of each fold and of the rest; a question's are all in one fold."""
    rng = np.random.Generator(np.random.PCG64(settings.seed))
    known = sorted(set(questions))
    fold = dict(zip(known, rng.permutation(len(known)) % settings.folds, strict=True))
    of = np.array([fold[question] for question in questions])
    return [
        (np.flatnonzero(of == number).tolist(), np.flatnonzero(of != number).tolist())
        for number in range(settings.folds)
    ]


def _row(each: Example) -> dict[str, object]:
    question, thoughts = each.state
    return {"family": question.family, "question": question.statement, "thoughts": thoughts, "human": each.human}


def _example(folder: Path, number: int, line: str) -> Example:
    try:
        row = json.loads(line)
        thoughts = row["thoughts"]
        if not (isinstance(row["human"], bool) and isinstance(row["question"], str) and isinstance(thoughts, list)):
            raise TypeError("a field is of another type")
        if not all(isinstance(thought, str) for thought in cast("list[object]", thoughts)):
            raise TypeError("a thought is no text")
        question = Question(str(row["family"]), 1, row["question"], "")
        return Example(State(question, tuple(map(str, cast("list[object]", thoughts)))), row["human"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"{folder / EXAMPLES_FILE}:{number}: not an example: {error}") from error


def _one_thread() -> AbstractContextManager[Any]:
    """In which scikit-learn uses one thread: on a busy machine several wait for each other most of the time."""
    return cast("AbstractContextManager[Any]", importlib.import_module("threadpoolctl").threadpool_limits(1))


def _sklearn(module: str) -> Any:
    """A module of scikit-learn.

    Raises:
        ModuleNotFoundError: says how to install it.
    """
    try:
        return importlib.import_module(f"sklearn.{module}")
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "critics need scikit-learn: pip install 'reasoning-gymnasium[critic]'", name="sklearn"
        ) from error
