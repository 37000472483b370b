"""The two manners of answering: the contract's full error envelope, and the bare one of many a signer."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from http_messages import Answer


class Refusal(NamedTuple):
    status: int
    text: str
    retryable: bool = False


CONTRACT = {
    "AUTH_INVALID_CLIENT": Refusal(401, "The client is missing or not known"),
    "AUTH_MTLS_REQUIRED": Refusal(403, "A valid client certificate is required"),
    "AUTH_TIMESTAMP_SKEW": Refusal(401, "The timestamp is missing, malformed or too far from the signer's clock"),
    "AUTH_INVALID_NONCE": Refusal(401, "The nonce is missing or malformed"),
    "AUTH_INVALID_SIGNATURE_FORMAT": Refusal(401, "The signature is missing or not hexadecimal"),
    "AUTH_INVALID_HMAC": Refusal(401, "The signature does not match"),
    "REPLAY_NONCE_USED": Refusal(409, "The nonce has been used before"),
    "SIGNER_UNAVAILABLE": Refusal(503, "The signer cannot reach a service that it needs", retryable=True),
    "INTERNAL_ERROR": Refusal(500, "The signer has failed"),
    "INVALID_REQUEST_BODY": Refusal(400, "The request body is not valid"),
    "NOT_FOUND": Refusal(404, "There is nothing at this path"),
    "METHOD_NOT_ALLOWED": Refusal(405, "This path does not answer to this method"),
    "MALFORMED_REQUEST": Refusal(400, "The request is not well-formed HTTP"),
    "REQUEST_TIMEOUT": Refusal(408, "The request did not arrive in time", retryable=True),
    "BODY_TOO_LARGE": Refusal(413, "The request body is too large"),
    "HEAD_TOO_LARGE": Refusal(431, "The request header is too large"),
    "EXPECTATION_FAILED": Refusal(417, "The expectation cannot be met"),
    "VERSION_NOT_SUPPORTED": Refusal(505, "Only HTTP/1.0 and HTTP/1.1 are understood"),
}

BARE = {
    "REPLAY_NONCE_USED": Refusal(401, "replayed nonce"),
    "SIGNER_UNAVAILABLE": Refusal(503, "unavailable"),
    "INTERNAL_ERROR": Refusal(500, "internal error"),
    "INVALID_REQUEST_BODY": Refusal(400, "invalid request body"),
    "NOT_FOUND": Refusal(404, "not found"),
    "METHOD_NOT_ALLOWED": Refusal(405, "method not allowed"),
}


def refusal(manner: str, code: str, request_id: str, detail: str = "", allow: bytes | None = None) -> Answer:
    """The answer to a request that is turned down."""
    known = CONTRACT[code]
    if manner == "contract":
        text = f"{known.text}: {detail}" if detail else known.text
        envelope = {"error": text, "errorCode": code, "requestId": request_id, "retryable": known.retryable}
        return Answer(known.status, encoded(envelope), code, allow)

    bare = BARE.get(code)
    if bare is None:
        bare = Refusal(401, "unauthorized") if code.startswith("AUTH_") else Refusal(known.status, "bad request")
    return Answer(bare.status, encoded({"error": bare.text}), code, allow)


def success(body: Any) -> Answer:
    return Answer(200, encoded(body))


def encoded(body: Any) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode("ascii")
