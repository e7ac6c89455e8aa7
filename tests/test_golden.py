"""Problems never change under their address: what each family asked once, it asks for ever."""

import hashlib
import json
import sys
from pathlib import Path

import pytest

from reasoning_gym.family import Family, families

GOLDEN = Path(__file__).parent / "golden" / "problems.json"
COUNT = 20  # problems of each family, level and split


def fingerprint(family: Family, level: int) -> str:
    """A hash of statements, answers and facts of the first problems."""
    digest = hashlib.sha256()
    for split in ("train", "test"):
        for index in range(COUNT):
            problem = family.problem(split, level, index)
            digest.update(repr((problem.question.statement, problem.question.given, problem.answer)).encode())
    return digest.hexdigest()[:16]


def fingerprints() -> dict[str, list[str]]:
    """Fingerprints of every built-in family that generates, one a level, by name and version."""
    return {
        f"{family.name}-v{family.version}": [fingerprint(family, level) for level in range(1, family.levels + 1)]
        for family in families().values()
        if family.category != "real" and type(family).__module__.startswith("reasoning_gym.")
    }


@pytest.mark.parametrize("name", sorted(json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {}))
def test_the_same_address_gives_the_same_problem_as_ever(name):
    wanted = json.loads(GOLDEN.read_text())[name]
    family = families()[name.rsplit("-v", 1)[0]]
    if name != f"{family.name}-v{family.version}":
        pytest.skip(f"{name} is an older version")
    found = [fingerprint(family, level) for level in range(1, family.levels + 1)]
    assert found == wanted, (
        f"{name} asks other problems than it did: raise its version, then run "
        "`python tests/test_golden.py` to record the new ones beside the old"
    )


def test_every_family_has_its_fingerprints_recorded():
    missing = set(fingerprints()) - set(json.loads(GOLDEN.read_text()))
    assert not missing, "run `python tests/test_golden.py` to record new families"


if __name__ == "__main__":
    recorded = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {}
    new = {name: values for name, values in fingerprints().items() if name not in recorded}
    GOLDEN.write_text(json.dumps(recorded | new, indent=1, sort_keys=True) + "\n")
    sys.stdout.write(f"recorded {', '.join(new) or 'nothing new'}\n")
