"""Every test runs with one thread, as every run does, and none is decided by time."""

import pytest
from hypothesis import HealthCheck, settings

from albumen.threads import pin_threads

settings.register_profile("albumen", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("albumen")


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    pin_threads(1)
