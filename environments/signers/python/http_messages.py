"""HTTP/1.1 messages as bytes: requests read strictly and exactly, answers written in one piece.

The library's http.server is not used: it rewrites targets that begin with //, ends a field at a bare carriage return,
drops the fields after a malformed one, and does not read chunked bodies. What a client signed must be what is judged.
"""

from __future__ import annotations

import re
import time
from typing import Callable, NamedTuple

MOST_HEAD_BYTES = 16 * 1024
MOST_BODY_BYTES = 256 * 1024
LONGEST_CHUNK_LINE = 1024
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
REQUEST_LINE = re.compile(rb"(" + TOKEN + rb") ([\x21-\x7e\x80-\xff]+) HTTP/([0-9])\.([0-9])")
FIELD_NAME = re.compile(TOKEN)
DIGITS = re.compile(rb"[0-9]+")
CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,16}")
PHRASES = {
    200: b"OK",
    400: b"Bad Request",
    401: b"Unauthorized",
    403: b"Forbidden",
    404: b"Not Found",
    405: b"Method Not Allowed",
    408: b"Request Timeout",
    409: b"Conflict",
    413: b"Content Too Large",
    417: b"Expectation Failed",
    431: b"Request Header Fields Too Large",
    500: b"Internal Server Error",
    503: b"Service Unavailable",
    505: b"HTTP Version Not Supported",
}


class Unreadable(Exception):
    """A message that cannot be read to its end. The connection has to be closed after the answer."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class HungUp(Exception):
    """The peer has closed the connection in the middle of a message."""


class Request(NamedTuple):
    method: bytes
    target: bytes
    headers: dict[bytes, list[bytes]]
    body: bytes
    keeps_alive: bool


class Head(NamedTuple):
    method: bytes
    target: bytes
    headers: dict[bytes, list[bytes]]
    is_chunked: bool
    body_length: int
    keeps_alive: bool
    expects_continue: bool


class Answer(NamedTuple):
    status: int
    body: bytes
    code: str | None = None
    allow: bytes | None = None


class Incoming:
    """The bytes of one connection, in whatever pieces they arrive."""

    def __init__(self, receive: Callable[[], bytes]) -> None:
        self._receive = receive
        self._buffer = bytearray()

    def begins(self) -> bool:
        """Waits for the first byte of a message; False if the peer has ended the connection instead."""
        if not self._buffer:
            self._buffer += self._receive()
        return bool(self._buffer)

    def line(self, longest: int, too_long: str) -> bytes:
        searched = 0
        while True:
            end = self._buffer.find(b"\n", searched)
            if (end if end >= 0 else len(self._buffer)) > longest:
                raise Unreadable(too_long)
            if end >= 0:
                break
            searched = len(self._buffer)
            self._fill()
        line = bytes(self._buffer[: end + 1])
        del self._buffer[: end + 1]
        if not line.endswith(b"\r\n") or b"\r" in line[:-2]:
            raise Unreadable("MALFORMED_REQUEST")
        return line[:-2]

    def exactly(self, count: int) -> bytes:
        while len(self._buffer) < count:
            self._fill()
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def _fill(self) -> None:
        received = self._receive()
        if not received:
            raise HungUp
        self._buffer += received


def read_request(incoming: Incoming, send: Callable[[bytes], None]) -> Request:
    """Reads one whole request, so that whatever is answered, the next one starts where it should."""
    head = read_head(incoming)
    if head.expects_continue:
        send(CONTINUE)
    body = read_chunks(incoming) if head.is_chunked else incoming.exactly(head.body_length)
    return Request(head.method, head.target, head.headers, body, head.keeps_alive)


def read_head(incoming: Incoming) -> Head:
    left = MOST_HEAD_BYTES
    line = incoming.line(left, "HEAD_TOO_LARGE")
    if not line:  # Some clients end a body with a line break that is not part of it.
        line = incoming.line(left, "HEAD_TOO_LARGE")
    parts = REQUEST_LINE.fullmatch(line)
    if parts is None:
        raise Unreadable("MALFORMED_REQUEST")
    method, target, major, minor = parts.groups()
    if major != b"1":
        raise Unreadable("VERSION_NOT_SUPPORTED")

    headers: dict[bytes, list[bytes]] = {}
    while True:
        left -= len(line) + 2
        line = incoming.line(left, "HEAD_TOO_LARGE")
        if not line:
            break
        name, colon, value = line.partition(b":")
        # This refuses folded lines and blanks before the colon too: both have been used to smuggle fields.
        if not colon or FIELD_NAME.fullmatch(name) is None or b"\0" in value:
            raise Unreadable("MALFORMED_REQUEST")
        headers.setdefault(name.lower(), []).append(value.strip(b" \t"))

    is_newer = minor != b"0"
    is_chunked = transfer_is_chunked(headers, is_newer)
    body_length = 0 if is_chunked else content_length(headers)
    has_body = is_chunked or body_length > 0
    return Head(
        method,
        target,
        headers,
        is_chunked,
        body_length,
        keeps_alive=is_newer and b"close" not in listed(headers, b"connection"),
        expects_continue=is_newer and expects_continue(headers) and has_body,
    )


def transfer_is_chunked(headers: dict[bytes, list[bytes]], is_newer: bool) -> bool:
    codings = headers.get(b"transfer-encoding")
    if codings is None:
        return False
    # With a second opinion about the length, two readers of this connection could disagree about where it ends.
    if not is_newer or b"content-length" in headers or [coding.lower() for coding in codings] != [b"chunked"]:
        raise Unreadable("MALFORMED_REQUEST")
    return True


def content_length(headers: dict[bytes, list[bytes]]) -> int:
    lengths = set(headers.get(b"content-length", [b"0"]))
    text = lengths.pop()
    if lengths or DIGITS.fullmatch(text) is None:
        raise Unreadable("MALFORMED_REQUEST")
    significant = text.lstrip(b"0") or b"0"
    if len(significant) > 9 or int(significant) > MOST_BODY_BYTES:
        raise Unreadable("BODY_TOO_LARGE")
    return int(significant)


def expects_continue(headers: dict[bytes, list[bytes]]) -> bool:
    expectations = listed(headers, b"expect")
    if expectations - {b"100-continue"}:
        raise Unreadable("EXPECTATION_FAILED")
    return bool(expectations)


def listed(headers: dict[bytes, list[bytes]], name: bytes) -> set[bytes]:
    items = b",".join(headers.get(name, [])).lower().split(b",")
    return {item.strip(b" \t") for item in items} - {b""}


def read_chunks(incoming: Incoming) -> bytes:
    """A chunked body, put together. Chunk extensions and trailer fields mean nothing here and are dropped."""
    body = bytearray()
    while True:
        line = incoming.line(LONGEST_CHUNK_LINE, "MALFORMED_REQUEST")
        size_text = line.partition(b";")[0].rstrip(b" \t")
        if CHUNK_SIZE.fullmatch(size_text) is None:
            raise Unreadable("MALFORMED_REQUEST")
        size = int(size_text, 16)
        if size == 0:
            break
        if len(body) + size > MOST_BODY_BYTES:
            raise Unreadable("BODY_TOO_LARGE")
        body += incoming.exactly(size)
        if incoming.exactly(2) != b"\r\n":
            raise Unreadable("MALFORMED_REQUEST")

    left = MOST_HEAD_BYTES
    while True:
        line = incoming.line(left, "HEAD_TOO_LARGE")
        if not line:
            return bytes(body)
        left -= len(line) + 2


def written(answer: Answer, closes: bool, with_body: bool) -> bytes:
    """The whole answer as one piece of bytes."""
    date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime()).encode("ascii")
    lines = [
        b"HTTP/1.1 %d %b" % (answer.status, PHRASES[answer.status]),
        b"Date: " + date,
        b"Content-Type: application/json",
        b"Content-Length: %d" % len(answer.body),
        b"Cache-Control: no-store",
    ]
    if answer.allow is not None:
        lines.append(b"Allow: " + answer.allow)
    if closes:
        lines.append(b"Connection: close")
    return b"\r\n".join(lines) + b"\r\n\r\n" + (answer.body if with_body else b"")
