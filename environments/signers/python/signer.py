"""A session signer that speaks signer-auth-v1: reads its configuration, listens, and stops on SIGTERM.

Python 3.9 or later, standard library only. Configured by environment variables that hold JSON, read once at
start: SIGNER_LISTEN, SIGNER_TLS, SIGNER_CLIENTS, SIGNER_REPLAY, SIGNER_POLICY, and SIGNER_MANNER.
"""

from __future__ import annotations

import os
import signal
import sys

from configuration import ConfigurationError, read_settings
from events import record
from replay_store import ReplayStore
from server import SignerServer
from service import Service

STOP_SIGNALS = {signal.SIGTERM, signal.SIGINT}


def main() -> int:
    # Blocked here and inherited by every thread, so that only sigwait() below receives them.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)

    try:
        settings = read_settings(os.environb)
        server = SignerServer(settings, Service(settings, ReplayStore(settings.replay)))
    except ConfigurationError as problem:
        print(f"signer: {problem}", file=sys.stderr)
        return 1

    server.start()
    host, port = server.server_address[:2]
    record("listening", host=host, port=port, manner=settings.manner, pid=os.getpid())

    received = signal.sigwait(STOP_SIGNALS)
    server.stop()
    record("stopped", signal=signal.Signals(received).name)
    return 0


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    # Connection threads may be in the middle of a call: the interpreter's own teardown could trip over them.
    os._exit(code)
