"""What tests of the day's pages have in common."""

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def english(client):
    """Pages in English, so that a test reads like the page; others ask for their language."""
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"


@pytest.fixture(autouse=True)
def no_earlier_attempts():
    """Limits on attempts are counted in the cache."""
    cache.clear()
