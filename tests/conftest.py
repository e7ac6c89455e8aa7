"""What test modules share."""

import warnings

import pytest
from hypothesis import HealthCheck, settings
from leaderboard_fixtures import migrated, new_url, postgresql, store_url

from reasoning_gym.family import Family, get_family
from reasoning_gym.problem import Problem, incorrect

__all__ = ["migrated", "new_url", "one_thread", "postgresql", "silent", "store_url", "swap_references"]

# how long an example takes on a busy machine says nothing about the code
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="module")
def one_thread():
    """Torch on one thread, as in training; on a machine that is busy two are slower than one."""
    torch = pytest.importorskip("torch", reason="the extra 'agents' isn't installed")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def silent():
    """Warnings are errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.fixture
def swap_references(monkeypatch):
    """Give every problem the private half of another one, and have these families find every answer wrong."""
    true_problem = Family.problem

    def swap(*names):
        def problem(self, split, level, index):
            own, other = true_problem(self, split, level, index), true_problem(self, split, level, index + 1)
            return Problem(own.question, other.answer, other.secret, own.address)

        monkeypatch.setattr(Family, "problem", problem)
        for name in names:
            monkeypatch.setattr(type(get_family(name)), "verify", lambda *_: incorrect("swapped"))

    return swap
