"""The settings of production, with one more page: the empty one that others are compared to."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
