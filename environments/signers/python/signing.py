"""The session-transaction request, and a signature for it that is derived, not real: no key is held here."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Mapping
from typing import Any, Callable

LARGEST_SAFE_INTEGER = 2**53 - 1
FELT = re.compile("0x[0-9A-Fa-f]{1,64}")


class InvalidBody(Exception):
    """Says which part of the body is wrong, without quoting it."""


def session_transaction(body: bytes) -> dict[str, Any]:
    """The transaction that a request body asks for, every field checked."""
    try:
        # As text: given bytes, the decoder would accept UTF-16 too.
        value: dict[str, Any] = json.loads(
            body.decode("utf-8"), object_pairs_hook=unique_fields, parse_constant=no_constant, parse_int=short_integer
        )
    except InvalidBody:
        raise
    except (ValueError, RecursionError):
        raise InvalidBody("not valid JSON in UTF-8") from None

    fields(value, "the body", TRANSACTION)
    return value


def signed(transaction: dict[str, Any], body: bytes) -> dict[str, Any]:
    """The contract's answer to an admitted transaction; the same body always gives the same felts."""
    context = transaction["context"]
    public_key = felt("session key", text(transaction["accountAddress"]), text(transaction["keyId"]))
    domain_hash = felt("domain", text(transaction["chainId"]))
    message_hash = felt("message", domain_hash.encode("ascii"), body)
    return {
        "signature": [
            public_key,
            felt("r", public_key.encode("ascii"), message_hash.encode("ascii")),
            felt("s", public_key.encode("ascii"), message_hash.encode("ascii")),
            hex(int(transaction["validUntil"])),
        ],
        "signatureMode": "v2_snip12",
        "signatureKind": "Snip12",
        "signerProvider": "local",
        "sessionPublicKey": public_key,
        "domainHash": domain_hash,
        "messageHash": message_hash,
        "requestId": context["requestId"],
        "audit": {
            "policyDecision": "allow",
            "decidedAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "keyId": transaction["keyId"],
            "traceId": context["traceId"],
        },
    }


def felt(purpose: str, *parts: bytes) -> str:
    digest = hashlib.sha256(purpose.encode("ascii"))
    for part in parts:
        digest.update(b"%d:" % len(part))
        digest.update(part)
    # 251 bits are below the field's prime.
    return hex(int.from_bytes(digest.digest(), "big") >> 5)


def text(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")


def is_felt(value: Any, place: str) -> None:
    if not isinstance(value, str) or FELT.fullmatch(value) is None:
        raise InvalidBody(f"{place} must be 0x and 1 to 64 hexadecimal digits")


def is_filled_text(value: Any, place: str) -> None:
    if not isinstance(value, str) or not value:
        raise InvalidBody(f"{place} must be a string that is not empty")


def is_seconds(value: Any, place: str) -> None:
    # 1.0 and 1e9 are whole numbers in JSON, true is not a number.
    whole = type(value) is int or (type(value) is float and value.is_integer())
    if not whole or not 0 <= value <= LARGEST_SAFE_INTEGER:
        raise InvalidBody(f"{place} must be a whole number of seconds")


def is_call(value: Any, place: str) -> None:
    fields(value, place, CALL)


def are_calls(value: Any, place: str) -> None:
    each(value, place, 1, 10, is_call)


def are_felts(value: Any, place: str) -> None:
    each(value, place, 0, 256, is_felt)


def is_context(value: Any, place: str) -> None:
    fields(value, place, CONTEXT, optional={"sessionId": is_filled_text})


Check = Callable[[Any, str], None]

CALL: dict[str, Check] = {"contractAddress": is_felt, "entrypoint": is_filled_text, "calldata": are_felts}
CONTEXT: dict[str, Check] = dict.fromkeys(
    ("requester", "tool", "reason", "actor", "requestId", "traceId"), is_filled_text
)
TRANSACTION: dict[str, Check] = {
    "accountAddress": is_felt,
    "keyId": is_filled_text,
    "chainId": is_felt,
    "nonce": is_felt,
    "validUntil": is_seconds,
    "calls": are_calls,
    "context": is_context,
}
NOTHING: dict[str, Check] = {}


def fields(value: Any, place: str, required: Mapping[str, Check], optional: Mapping[str, Check] = NOTHING) -> None:
    if not isinstance(value, dict):
        raise InvalidBody(f"{place} must be an object")
    for name in required:
        if name not in value:
            raise InvalidBody(f"{place} needs {name}")
    checks = {**required, **optional}
    for name, item in value.items():
        if name not in checks:
            raise InvalidBody(f"{place} has a field that is not known")
        checks[name](item, name if place == "the body" else f"{place}.{name}")


def each(value: Any, place: str, least: int, most: int, check: Check) -> None:
    if not isinstance(value, list) or not least <= len(value) <= most:
        raise InvalidBody(f"{place} must be a list of {least} to {most}")
    for position, item in enumerate(value):
        check(item, f"{place}[{position}]")


def unique_fields(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise InvalidBody("an object has the same field twice")
    return found


def no_constant(name: str) -> Any:
    raise InvalidBody(f"{name} is not JSON")


def short_integer(digits: str) -> int:
    # No field needs more, and reading a very long number takes time that grows with its square.
    if len(digits) > 32:
        raise InvalidBody("a number is too long")
    return int(digits)
