"""
Redis as a cache that may be away: then every question is a miss and every write is dropped.

Booking, confirming and calling go on without Redis (P10), so neither an error nor a wait of
more than a moment may come from here.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends import redis as django_redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

# After a failure Redis is left alone for a while, so that not every request waits for it.
SECONDS_LEFT_ALONE = 5


class RedisCache(django_redis.RedisCache):
    _away_until = 0.0

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return self._try(lambda: super(RedisCache, self).get(key, default, version), default)

    def get_many(self, keys: Any, version: int | None = None) -> dict[str, Any]:
        return self._try(lambda: super(RedisCache, self).get_many(keys, version), {})

    def has_key(self, key: str, version: int | None = None) -> bool:
        return self._try(lambda: super(RedisCache, self).has_key(key, version), False)

    def add(self, key: str, value: Any, *args: Any, **kwargs: Any) -> bool:
        return self._try(lambda: super(RedisCache, self).add(key, value, *args, **kwargs), True)

    def set(self, key: str, value: Any, *args: Any, **kwargs: Any) -> None:
        self._try(lambda: super(RedisCache, self).set(key, value, *args, **kwargs), None)

    def set_many(self, data: Any, *args: Any, **kwargs: Any) -> list[Any]:
        return self._try(
            lambda: super(RedisCache, self).set_many(data, *args, **kwargs), list(data)
        )

    def touch(self, key: str, *args: Any, **kwargs: Any) -> bool:
        return self._try(lambda: super(RedisCache, self).touch(key, *args, **kwargs), False)

    def delete(self, key: str, version: int | None = None) -> bool:
        return self._try(lambda: super(RedisCache, self).delete(key, version), False)

    def delete_many(self, keys: Any, version: int | None = None) -> None:
        self._try(lambda: super(RedisCache, self).delete_many(keys, version), None)

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        return self._try(lambda: super(RedisCache, self).incr(key, delta, version), delta)

    def _try(self, ask: Callable[[], Any], otherwise: Any) -> Any:
        if time.monotonic() < RedisCache._away_until:
            return otherwise
        try:
            return ask()
        except (RedisError, OSError) as error:
            RedisCache._away_until = time.monotonic() + SECONDS_LEFT_ALONE
            logger.warning("Redis is away: %s", type(error).__name__)
            return otherwise
