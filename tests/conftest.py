"""What test modules share."""

import pytest
from hypothesis import HealthCheck, settings
from leaderboard_fixtures import migrated, new_url, postgresql, store_url

__all__ = ["migrated", "new_url", "one_thread", "postgresql", "store_url"]

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
