"""The log: one JSON line per event on standard error."""

from __future__ import annotations

import json
import os
import time

STANDARD_ERROR = 2


def record(event: str, **facts: object) -> None:
    """Writes one event. Facts are chosen by this program; nothing that a peer sent belongs in them."""
    now = time.time()
    at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03d}Z"
    line = json.dumps({"at": at, "event": event, **facts}) + "\n"
    try:
        # One write per line keeps the lines of many threads apart without a lock.
        os.write(STANDARD_ERROR, line.encode("ascii"))
    except OSError:
        pass  # Nobody reads the log any more; the signer has to go on.
