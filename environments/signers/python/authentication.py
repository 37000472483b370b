"""Who may be answered: the four X-Keyring headers, the client certificate and the replay store."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from collections.abc import Mapping, Sequence
from typing import Callable

from configuration import Policy
from http_messages import Request
from replay_store import ReplayStoreFailed

# Patterns over bytes: over text, \d would also match the digits of other scripts.
DIGITS = re.compile(rb"[0-9]+")
HEX = re.compile(rb"[0-9A-Fa-f]+")
LARGEST_SAFE_INTEGER = 2**53 - 1
SURROGATE = re.compile("[\ud800-\udfff]")


class Refused(Exception):
    """A request that is not admitted, with the contract's code for the reason."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Authentication:
    """Admits a request once, in the contract's order of checks."""

    def __init__(
        self,
        clients: Mapping[str, tuple[bytes, ...]],
        policy: Policy,
        consume: Callable[[bytes], bool],
        clock_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._clients = clients
        self._policy = policy
        self._consume = consume
        self._clock_ms = clock_ms

    def admit(self, request: Request, peer_is_authenticated: bool) -> None:
        """Returns for a request that is authentic and new, raises Refused for any other."""
        client_header = sole_value(request, b"x-keyring-client-id")
        if not client_header:
            raise Refused("AUTH_INVALID_CLIENT")
        if self._policy.require_mtls and not peer_is_authenticated:
            raise Refused("AUTH_MTLS_REQUIRED")
        client_id = utf8_text(client_header)
        secrets = None if client_id is None else self._clients.get(client_id)
        if client_id is None or secrets is None:
            raise Refused("AUTH_INVALID_CLIENT")

        timestamp = sole_value(request, b"x-keyring-timestamp")
        timestamp_ms = safe_integer(timestamp)
        if timestamp_ms is None or not self._is_fresh(timestamp_ms):
            raise Refused("AUTH_TIMESTAMP_SKEW")

        nonce_header = sole_value(request, b"x-keyring-nonce")
        nonce = nonce_text(nonce_header)
        if nonce is None:
            raise Refused("AUTH_INVALID_NONCE")

        signature = sole_value(request, b"x-keyring-signature")
        if HEX.fullmatch(signature) is None:
            raise Refused("AUTH_INVALID_SIGNATURE_FORMAT")
        signed = signed_string(timestamp, nonce_header, request.method, request.target, request.body)
        if not any_secret_signs(secrets, signed, signature):
            raise Refused("AUTH_INVALID_HMAC")

        self._consume_once(client_id, nonce)
        # A slow store can answer after the key of an earlier use has expired; by then the request is stale too.
        if not self._is_fresh(timestamp_ms):
            raise Refused("AUTH_TIMESTAMP_SKEW")

    def _is_fresh(self, timestamp_ms: int) -> bool:
        return abs(self._clock_ms() - timestamp_ms) <= self._policy.timestamp_max_age_ms

    def _consume_once(self, client_id: str, nonce: str) -> None:
        try:
            is_new = self._consume(replay_key(client_id, nonce))
        except ReplayStoreFailed:
            raise Refused("SIGNER_UNAVAILABLE") from None
        if not is_new:
            raise Refused("REPLAY_NONCE_USED")


def sole_value(request: Request, name: bytes) -> bytes:
    """The one value of a header. A repeated header counts as absent: which of its values was signed is a guess."""
    values = request.headers.get(name, ())
    return values[0] if len(values) == 1 else b""


def safe_integer(text: bytes) -> int | None:
    """The number that decimal digits stand for, if JavaScript could hold it exactly."""
    if DIGITS.fullmatch(text) is None:
        return None
    significant = text.lstrip(b"0") or b"0"
    if len(significant) > 16:
        return None
    number = int(significant)
    return number if number <= LARGEST_SAFE_INTEGER else None


def nonce_text(header: bytes) -> str | None:
    """The nonce, if it has 16 to 256 bytes of UTF-8 and no full stop."""
    if not 16 <= len(header) <= 256 or b"." in header:
        return None
    return utf8_text(header)


def signed_string(timestamp: bytes, nonce: bytes, method: bytes, target: bytes, body: bytes) -> bytes:
    """What the client has signed, from the bytes as they came over the wire."""
    digest = hashlib.sha256(body).hexdigest().encode("ascii")
    return b".".join((timestamp, nonce, method, target, digest))


def any_secret_signs(secrets: Sequence[bytes], signed: bytes, signature: bytes) -> bool:
    """Whether one of the secrets gives this signature. Every secret is tried, whichever matches."""
    given = signature.lower()
    matched = False
    for secret in secrets:
        expected = hmac.new(secret, signed, hashlib.sha256).hexdigest().encode("ascii")
        matched |= hmac.compare_digest(expected, given)
    return matched


def replay_key(client_id: str, nonce: str) -> bytes:
    """JSON.stringify([clientId, nonce]), byte for byte as JavaScript prints it."""
    text = json.dumps([client_id, nonce], ensure_ascii=False, separators=(",", ":"))
    return SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text).encode("utf-8")


def utf8_text(value: bytes) -> str | None:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return None
