"""Connections: TLS, one thread for each, one request after the other."""

from __future__ import annotations

import os
import socket
import socketserver
import ssl
import sys
import threading
import time
from typing import Any, Callable, NamedTuple

from answers import refusal
from configuration import ConfigurationError, Settings
from events import record
from http_messages import Answer, HungUp, Incoming, Request, Unreadable, read_request, written
from service import Service

HANDSHAKE_SECONDS = 10
REQUEST_SECONDS = 10
IDLE_SECONDS = 65
LINGER_SECONDS = 1
DRAIN_SECONDS = 0.5
STOP_POLL_SECONDS = 0.1


class SignerServer(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Listens from construction on, serves from start() to stop()."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 512

    def __init__(self, settings: Settings, service: Service) -> None:
        self._tls = tls_context(settings)
        self._service = service
        self._in_flight = InFlight()
        self._stopping = threading.Event()
        self.address_family = socket.AF_INET6 if ":" in settings.listen.host else socket.AF_INET
        try:
            super().__init__((settings.listen.host, settings.listen.port), socketserver.BaseRequestHandler)
        except OSError as problem:
            where = f"{settings.listen.host} port {settings.listen.port}"
            raise ConfigurationError(f"SIGNER_LISTEN: cannot listen on {where} ({reason(problem)})") from None

    def start(self) -> None:
        threading.Thread(target=self.serve_forever, args=(STOP_POLL_SECONDS,), daemon=True).start()

    def stop(self) -> None:
        """Accepts no more, and lets requests in flight finish for a moment."""
        self._stopping.set()
        self.shutdown()
        self.server_close()
        self._in_flight.wait_for_none(DRAIN_SECONDS)

    def finish_request(self, request: Any, client_address: Any) -> None:
        # Runs in the connection's own thread, so that a slow handshake holds up nobody else.
        connection = self._handshake(request)
        if connection is None:
            return
        try:
            self._serve(connection)
        except OSError:
            pass  # The peer is gone, and with it the one who could be told.
        finally:
            close_gently(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        record_defect("connection-failed")

    def _handshake(self, request: socket.socket) -> ssl.SSLSocket | None:
        try:
            request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            request.settimeout(HANDSHAKE_SECONDS)
            connection = self._tls.wrap_socket(request, server_side=True, do_handshake_on_connect=False)
        except OSError:
            return None
        try:
            connection.do_handshake()
            return connection
        except OSError as problem:
            # A bare hang-up (a balancer's check, say) is no event; a refusal is.
            if isinstance(problem, ssl.SSLError) and not isinstance(problem, ssl.SSLEOFError):
                record("handshake-refused", reason=reason(problem))
            close_gently(connection)
            return None

    def _serve(self, connection: ssl.SSLSocket) -> None:
        certificate = client_certificate(connection)
        stream = Stream(connection)
        incoming = Incoming(stream.receive)
        while not self._stopping.is_set():
            stream.allow(IDLE_SECONDS)
            try:
                if not incoming.begins():
                    return
            except Unreadable:
                return  # Idle for too long.
            with self._in_flight:
                if not self._serve_one(stream, incoming, certificate):
                    return

    def _serve_one(self, stream: Stream, incoming: Incoming, certificate: Validity | None) -> bool:
        started = time.monotonic()
        request_id = os.urandom(16).hex()
        stream.allow(REQUEST_SECONDS)
        try:
            request = read_request(incoming, stream.send)
        except HungUp:
            return False
        except Unreadable as problem:
            # Where the next request would begin is not known any more.
            answer = refusal(self._service.manner, problem.code, request_id)
            return self._finish(stream, answer, request_id, started, closes=True, with_body=True)

        answer = self._answer(request, certificate, request_id)
        closes = not request.keeps_alive or self._stopping.is_set()
        return self._finish(stream, answer, request_id, started, closes, with_body=request.method != b"HEAD")

    def _answer(self, request: Request, certificate: Validity | None, request_id: str) -> Answer:
        # Asked for each request: a kept or resumed connection can outlive the certificate it began with.
        is_authenticated = certificate is not None and certificate.holds_at(time.time())
        try:
            return self._service.answer(request, is_authenticated, request_id)
        except Exception:
            record_defect("request-failed", requestId=request_id)
            return refusal(self._service.manner, "INTERNAL_ERROR", request_id)

    def _finish(
        self, stream: Stream, answer: Answer, request_id: str, started: float, closes: bool, with_body: bool
    ) -> bool:
        stream.allow(REQUEST_SECONDS)
        stream.send(written(answer, closes, with_body))
        elapsed = round((time.monotonic() - started) * 1000, 1)
        record("request", requestId=request_id, status=answer.status, code=answer.code, durationMs=elapsed)
        return not closes


class Stream:
    """A TLS connection whose next steps together have to end by one deadline."""

    def __init__(self, connection: ssl.SSLSocket) -> None:
        self._connection = connection
        self._deadline = 0.0

    def allow(self, seconds: float) -> None:
        self._deadline = time.monotonic() + seconds

    def receive(self) -> bytes:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise Unreadable("REQUEST_TIMEOUT")
        self._connection.settimeout(left)
        try:
            return self._connection.recv(65536)
        except socket.timeout:
            raise Unreadable("REQUEST_TIMEOUT") from None

    def send(self, data: bytes) -> None:
        self._connection.settimeout(max(self._deadline - time.monotonic(), 0.001))
        self._connection.sendall(data)


class InFlight:
    """How many requests are being answered."""

    def __init__(self) -> None:
        self._count = 0
        self._changed = threading.Condition()

    def __enter__(self) -> None:
        with self._changed:
            self._count += 1

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._count -= 1
            self._changed.notify_all()

    def wait_for_none(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._count == 0, seconds)


class Validity(NamedTuple):
    """When a client certificate that the handshake has verified begins and ends."""

    begins: float
    ends: float

    def holds_at(self, now: float) -> bool:
        return self.begins <= now <= self.ends


def tls_context(settings: Settings) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    # A password that fits no key: without one, an encrypted key would be asked for on the terminal.
    load(
        "certificateFile or keyFile",
        lambda: context.load_cert_chain(settings.tls.certificate_file, settings.tls.key_file, password=""),
    )
    if settings.policy.require_mtls:
        load("clientCaFile", lambda: context.load_verify_locations(cafile=settings.tls.client_ca_file))
        # A certificate that is offered has to be valid either way. The contract's manner lets a peer without one in,
        # to refuse it in words.
        context.verify_mode = ssl.CERT_REQUIRED if settings.manner == "bare" else ssl.CERT_OPTIONAL
    return context


def load(field: str, act: Callable[[], object]) -> None:
    try:
        act()
    except OSError as problem:
        raise ConfigurationError(f"SIGNER_TLS: cannot use {field} ({reason(problem)})") from None


def client_certificate(connection: ssl.SSLSocket) -> Validity | None:
    certificate = connection.getpeercert()
    if not certificate:
        return None
    return Validity(
        ssl.cert_time_to_seconds(str(certificate["notBefore"])), ssl.cert_time_to_seconds(str(certificate["notAfter"]))
    )


def close_gently(connection: ssl.SSLSocket) -> None:
    """Closes so that what was sent last arrives: unread bytes would turn the close into a reset that discards it."""
    deadline = time.monotonic() + LINGER_SECONDS
    try:
        connection.settimeout(0)
        try:
            connection.unwrap()
        except (OSError, ValueError):
            pass  # The farewell is sent; the peer's own is not waited for.
        connection.shutdown(socket.SHUT_WR)
        # From here on the socket reads plain bytes, which are thrown away.
        while time.monotonic() < deadline:
            connection.settimeout(max(deadline - time.monotonic(), 0.001))
            if not connection.recv(65536):
                break
    except (OSError, ValueError):
        pass
    finally:
        connection.close()


def record_defect(event: str, **facts: object) -> None:
    """Says where an unforeseen exception came from. Its message is left out: it could quote a request."""
    kind, _, trace = sys.exc_info()
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace is not None else None
    record(event, kind=kind.__name__ if kind else None, where=place, **facts)


def reason(problem: OSError) -> str:
    """Why a call failed, in words of the operating system or of OpenSSL."""
    if isinstance(problem, ssl.SSLError):
        return problem.reason or "TLS error"
    return problem.strerror or type(problem).__name__
