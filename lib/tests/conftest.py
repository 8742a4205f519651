"""Every test runs with one thread, as every run does."""

import pytest

from albumen.threads import pin_threads


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    pin_threads(1)
