"""A method of training that learns nothing: it leaves what a learner leaves, at once. For tests of recipes."""

import json
import shutil
from dataclasses import dataclass

from reasoning_agents.learning import MODEL, TRAINING, Log, Progress, claim, write_json


@dataclass(frozen=True)
class Pretend:
    env: str = "ReasoningIntegerExpression-v0"
    levels: tuple[int, ...] = (1,)
    updates: int = 3
    seed: int = 0


def train(config, base, out, *, watch=None):
    claim(out, config, base=str(base))
    if (out / MODEL).exists():
        return out / MODEL
    log = Log(out)
    for update in range(config.updates):
        figures = {"validation": 0.2 + 0.1 * update, "validation_n": 50, "cpu_seconds": 10.0 * update}
        log.append({"reward": 0.5, **(figures if update % 2 == 0 else {})})
        if watch is not None:
            watch(Progress(update + 1, config.updates, {"reward": 0.5, "loss": 1.0}, 1.0))
    table = {"tokens": 100 + config.seed, "forward_passes": 10, "cpu_seconds": 20.0}
    auc = {"auc": 0.7 + 0.01 * config.seed, "auc_low": 0.65, "auc_high": 0.85, "auc_n": 400}
    step = {"auc_step_1": 0.8, "auc_step_1_low": 0.7, "auc_step_1_high": 0.9, "auc_step_1_n": 40, "share": 0.25}
    write_json(out / TRAINING, {**table, **auc, **step})
    shutil.copytree(base, out / MODEL)
    (out / MODEL / "by_seed.json").write_text(json.dumps(config.seed))
    return out / MODEL
