"""Celery's messages as files, for one machine without Redis."""

import uuid
from pathlib import Path
from time import monotonic
from typing import Any

from kombu.transport import filesystem
from kombu.utils.encoding import str_to_bytes
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """
    Kombu's filesystem channel, whose messages appear whole or not at all.

    Kombu creates the file and then writes it; a worker that looks in between reads an empty
    message and ends.
    """

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        name = f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        folder = Path(self.data_folder_out)
        partial = folder / f"{name}.partial"
        partial.write_bytes(str_to_bytes(dumps(payload)))
        partial.replace(folder / name)


class Transport(filesystem.Transport):
    """Kombu's filesystem transport, over folders that are there."""

    Channel = Channel

    def __init__(self, client: Any, **kwargs: Any) -> None:
        super().__init__(client, **kwargs)
        for option in ("data_folder_in", "control_folder"):
            Path(client.transport_options[option]).mkdir(parents=True, exist_ok=True)
