"""Makes submissions of the recorded GSM8K solutions of 2021: what four models answered to 700 test problems.

    python -m reasoning_baselines.recorded_gsm8k FOLDER OUT

FOLDER holds train.jsonl and model_solutions.jsonl of openai/grade-school-math (Cobbe et al. 2021, 'Training Verifiers
to Solve Math Word Problems'). OUT gets `data/`, to be given as `--path` where the submissions are verified, and
`submissions/`.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from reasoning_baselines.evaluation import make_environment
from reasoning_gym.datasets import recorded_solutions
from reasoning_gym.env import ReasoningEnv
from reasoning_gym.episodes import Episode, episode_of
from reasoning_gym.planning import NO_ANSWER, transition
from reasoning_gym.problem import State
from reasoning_leaderboard.entries import AgentCard
from reasoning_leaderboard.submission import submission_of, write_submission
from reasoning_leaderboard.tracks import track_of

ENV: Final = "ReasoningGSM8K-v0"
YEAR: Final = 2021
PARAMETERS: Final = {"6b": 6_000_000_000, "175b": 175_000_000_000}
SOURCE: Final = "https://github.com/openai/grade-school-math"


def make_data(folder: Path, target: Path) -> None:
    """Write the problems that have recorded solutions as a test split, beside the training split.

    Raises:
        OSError: if a file can't be read or written.
        ValueError: if a row is no recorded solution.
    """
    target.mkdir(parents=True, exist_ok=True)
    shutil.copy(folder / "train.jsonl", target / "train.jsonl")
    rows = {row.question: row for row, *_ in recorded_solutions(folder / "model_solutions.jsonl")}
    with (target / "test.jsonl").open("w", encoding="utf-8") as file:
        for row in rows.values():
            answer = "\n".join([*row.thoughts, f"#### {row.answer}"])
            file.write(json.dumps({"question": row.question, "answer": answer}) + "\n")


def make_submissions(folder: Path, data: Path, target: Path, *, account: str, entered: date) -> list[Path]:
    """Write a submission for each model; their folders.

    Args:
        folder: that holds model_solutions.jsonl.
        data: that `make_data` wrote.
        target: for the submissions.
        account: who enters them.
        entered: when.
    """
    environment = make_environment(ENV, path=str(data))
    places = {environment.mix.problem(i)[1].question.statement: i for i in range(environment.mix.size)}
    solutions: dict[str, dict[int, tuple[str, ...]]] = {}
    for row, model, thoughts, _ in recorded_solutions(folder / "model_solutions.jsonl"):
        solutions.setdefault(model, {})[places[row.question]] = thoughts
    written: list[Path] = []
    for model, by_place in solutions.items():
        size, method = model.split("_")
        card = AgentCard(
            name=f"GPT-3 {size.upper()} {method}",
            model=f"GPT-3 {size.upper()}",
            parameters=PARAMETERS[size],
            code=SOURCE,
            tools=("calculator",),
            note="Solutions that the authors of GSM8K published, over the first 700 test problems; no new run.",
        )
        episodes = [_episode(environment, place, by_place[place]) for place in range(environment.mix.size)]
        submission = submission_of(
            card, track_of(environment), episodes, recorded=YEAR, account=account, entered=entered
        )
        written.append(target / f"gsm8k-{model.replace('_', '-')}")
        write_submission(submission, written[-1])
    return written


def _episode(environment: ReasoningEnv, place: int, thoughts: Sequence[str]) -> Episode:
    """The episode of the problem at a place that these thoughts make, as far as they go before it is over."""
    family, problem = environment.mix.problem(place)
    state, answer, truncated = State(problem.question), None, None
    for thought in thoughts:
        state, answer, truncated = transition(state, thought, environment.limits)
        if answer is not None or truncated is not None:
            break
    verdict = NO_ANSWER if answer is None else family.verify(problem, answer)
    info = {"question_id": str(problem.address), "verdict": verdict, "truncated_because": truncated}
    return episode_of(state, info, environment.limits, env_id=ENV)


def main() -> None:
    """Write the data and the submissions, and say how many answers the checker finds right."""
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    folder, out = map(Path, sys.argv[1:])
    make_data(folder, out / "data")
    today = datetime.now(UTC).date()
    for made in make_submissions(folder, out / "data", out / "submissions", account="baselines", entered=today):
        print(made)


if __name__ == "__main__":
    main()
