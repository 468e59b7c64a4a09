"""The project: settings, URLs, servers and jobs. May import every app."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
