"""What the signer answers, knowing nothing of sockets."""

from __future__ import annotations

from answers import refusal, success
from authentication import Authentication, Refused
from configuration import Settings
from http_messages import Answer, Request
from replay_store import ReplayStore, ReplayStoreFailed
from signing import InvalidBody, session_transaction, signed

SIGNING_PATHS = b"/v1/sign/"
PROBE_PATHS = (b"/health", b"/ready")


class Service:
    """One signer: health and readiness for anybody, signatures for authentic clients."""

    def __init__(self, settings: Settings, store: ReplayStore) -> None:
        self.manner = settings.manner
        self._store = store
        self._authentication = Authentication(settings.clients, settings.policy, store.consume)

    def answer(self, request: Request, peer_is_authenticated: bool, request_id: str) -> Answer:
        path = request.target.partition(b"?")[0]
        if path in PROBE_PATHS and request.method in (b"GET", b"HEAD"):
            return self._health() if path == b"/health" else self._readiness()

        try:
            # Before the path is looked at, so that who is not admitted learns nothing about paths.
            self._authentication.admit(request, peer_is_authenticated)
        except Refused as refused:
            return refusal(self.manner, refused.code, request_id)

        if path.startswith(SIGNING_PATHS) and len(path) > len(SIGNING_PATHS):
            if request.method != b"POST":
                return refusal(self.manner, "METHOD_NOT_ALLOWED", request_id, allow=b"POST")
            return self._sign(request, request_id)
        if path in PROBE_PATHS:
            return refusal(self.manner, "METHOD_NOT_ALLOWED", request_id, allow=b"GET, HEAD")
        return refusal(self.manner, "NOT_FOUND", request_id)

    def _sign(self, request: Request, request_id: str) -> Answer:
        try:
            transaction = session_transaction(request.body)
        except InvalidBody as problem:
            return refusal(self.manner, "INVALID_REQUEST_BODY", request_id, detail=str(problem))
        if self.manner == "bare":
            return success({"ok": True})
        return success(signed(transaction, request.body))

    def _health(self) -> Answer:
        return success({"status": "ok"})

    def _readiness(self) -> Answer:
        try:
            self._store.ping()
        except ReplayStoreFailed:
            return Answer(503, b'{"status":"unavailable"}')
        return success({"status": "ready"})
