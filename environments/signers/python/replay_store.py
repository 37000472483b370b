"""The shared replay store: a small Redis client that fails rather than guesses."""

from __future__ import annotations

import socket
import threading
import time
from typing import Any

from configuration import Replay
from events import record

MOST_IDLE_CONNECTIONS = 64
LONGEST_REPLY_LINE = 512
FIRST_USE = b"+OK"
ANOTHER_USE = b"$-1"


class ReplayStoreFailed(Exception):
    """The store gave no usable answer in time. Whether the command took effect is then unknown."""


class ReplayStore:
    """Consumes nonces in Redis. Every call has one deadline, and no command is ever sent twice."""

    def __init__(self, replay: Replay) -> None:
        self._replay = replay
        self._address = Address(replay.host, replay.port)
        self._idle: list[socket.socket] = []
        self._lock = threading.Lock()

    def consume(self, key: bytes) -> bool:
        """True for the first use of a key within its time to live, False for any other."""
        ttl_ms = b"%d" % self._replay.nonce_ttl_ms
        command = (b"SET", self._replay.key_prefix + key, b"1", b"PX", ttl_ms, b"NX")
        return self._ask(command, expected=(FIRST_USE, ANOTHER_USE)) == FIRST_USE

    def ping(self) -> None:
        """Returns if the store answers, raises ReplayStoreFailed if it does not."""
        self._ask((b"PING",), expected=(b"+PONG",))

    def _ask(self, command: tuple[bytes, ...], expected: tuple[bytes, ...]) -> bytes:
        deadline = time.monotonic() + self._replay.timeout_seconds
        connection: socket.socket | None = None
        try:
            connection = self._take_idle() or self._connect(deadline)
            reply = exchange(connection, command, expected, deadline)
        except OSError as problem:
            if connection is not None:
                connection.close()
            raise self._failure(problem.strerror or str(problem)) from None
        self._put_idle(connection)
        return reply

    def _connect(self, deadline: float) -> socket.socket:
        problem: OSError = ConnectionError("no address")
        for family, kind, protocol, _, where in self._address.resolve(deadline):
            connection = socket.socket(family, kind, protocol)
            try:
                connection.settimeout(remaining(deadline))
                connection.connect(where)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                exchange(connection, (b"SELECT", b"%d" % self._replay.database), (b"+OK",), deadline)
                return connection
            except OSError as failed:
                connection.close()
                problem = failed
        raise problem

    def _take_idle(self) -> socket.socket | None:
        while True:
            with self._lock:
                if not self._idle:
                    return None
                connection = self._idle.pop()
            if is_quiet(connection):
                return connection
            # Closed by the other side before anything was sent: a new connection is no second attempt.
            connection.close()

    def _put_idle(self, connection: socket.socket) -> None:
        with self._lock:
            if len(self._idle) < MOST_IDLE_CONNECTIONS:
                self._idle.append(connection)
                return
        connection.close()

    def _failure(self, reason: str) -> ReplayStoreFailed:
        # What broke one connection has probably broken the others; kept, each would cost one more request its deadline.
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
        record("replay-store-failed", reason=reason)
        return ReplayStoreFailed(reason)


class Address:
    """Looks a host up without exceeding a deadline: getaddrinfo() itself cannot be told one."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._lock = threading.Lock()
        self._lookup: Lookup | None = None

    def resolve(self, deadline: float) -> list[Any]:
        try:
            return socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        except socket.gaierror:
            pass  # A name, so the resolver has to be asked.
        with self._lock:
            if self._lookup is None or self._lookup.done.is_set():
                self._lookup = Lookup(self._host, self._port)
            lookup = self._lookup
        return lookup.result(deadline)


class Lookup:
    """One question to the resolver, shared by all who wait for its answer."""

    def __init__(self, host: str, port: int) -> None:
        self.done = threading.Event()
        self._found: list[Any] = []
        threading.Thread(target=self._ask, args=(host, port), daemon=True).start()

    def result(self, deadline: float) -> list[Any]:
        if not self.done.wait(remaining(deadline)):
            raise socket.timeout("name lookup")
        return self._found

    def _ask(self, host: str, port: int) -> None:
        try:
            self._found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError:
            pass  # No address is what the caller will see.
        finally:
            self.done.set()


def exchange(
    connection: socket.socket, command: tuple[bytes, ...], expected: tuple[bytes, ...], deadline: float
) -> bytes:
    """Sends one command and reads its reply: one of the expected lines, or else the connection is of no more use."""
    connection.settimeout(remaining(deadline))
    connection.sendall(encoded(command))

    reply = b""
    while not reply.endswith(b"\r\n"):
        connection.settimeout(remaining(deadline))
        received = connection.recv(4096)
        if not received:
            raise ConnectionError("closed in mid-reply")
        reply += received
        if len(reply) > LONGEST_REPLY_LINE:
            raise ConnectionError("reply too long")
    if reply[:-2] not in expected:
        raise ConnectionError(unexpected(reply))
    return reply[:-2]


def encoded(command: tuple[bytes, ...]) -> bytes:
    """A command as RESP writes it: an array of bulk strings."""
    return b"*%d\r\n" % len(command) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in command)


def is_quiet(connection: socket.socket) -> bool:
    """Whether an idle connection is still open, with no byte on it that nobody has asked for."""
    connection.settimeout(0)
    try:
        connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False


def unexpected(reply: bytes) -> str:
    """A reply's kind for the log: its error prefix at most, because error texts can quote a command."""
    prefix = reply[1:].split(b" ", 1)[0] if reply.startswith(b"-") else b""
    if prefix.isalpha() and prefix.isupper():
        return f"error reply {prefix.decode('ascii')}"
    return "unexpected reply"


def remaining(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise socket.timeout("deadline")
    return left
