"""The parts that touch no socket. Run: python3 -m unittest discover environments/signers/python"""

from __future__ import annotations

import hmac
import json
import unittest
from typing import Any
from unittest.mock import patch

from answers import refusal
from authentication import Authentication, Refused, any_secret_signs, replay_key, safe_integer, signed_string
from configuration import ConfigurationError, Policy, read_settings
from http_messages import HungUp, Incoming, Request, Unreadable, read_request
from replay_store import ReplayStoreFailed, encoded, unexpected
from signing import InvalidBody, session_transaction, signed

TARGET = b"/v1/sign/session-transaction?x=%2e"
NOW = 1_700_000_000_000
NONCE = b"0123456789abcdef"
# Computed with Node's crypto: HMAC-SHA256 under the secret of CLIENTS over KNOWN_STRING.
KNOWN_STRING = (
    b"1700000000000.0123456789abcdef.POST./v1/sign/session-transaction?x=%2e."
    b"015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
)
KNOWN_SIGNATURE = b"245da116e3f5f8e8bdded2c6f49fcb35771594b510a94ec09acc91d4dbb5453e"
CLIENTS = {"cli": (b"an earlier secret", "schlüssel".encode()), "__proto__": (b"another",)}

TRANSACTION: dict[str, Any] = {
    "accountAddress": "0x1",
    "keyId": "key",
    "chainId": "0x2",
    "nonce": "0x0",
    "validUntil": 1,
    "calls": [{"contractAddress": "0x3", "entrypoint": "transfer", "calldata": []}],
    "context": dict.fromkeys(("requester", "tool", "reason", "actor", "requestId", "traceId"), "x"),
}


class Authenticating(unittest.TestCase):
    def setUp(self) -> None:
        self.consumed: list[bytes] = []
        self.now = NOW

    def verdict(self, peer_is_authenticated: bool = True, body: bytes = b'{"a":1}', **changes: list[bytes]) -> str:
        headers = {
            b"x-keyring-client-id": [b"cli"],
            b"x-keyring-timestamp": [b"1700000000000"],
            b"x-keyring-nonce": [NONCE],
            b"x-keyring-signature": [KNOWN_SIGNATURE],
        }
        for name, values in changes.items():
            headers[b"x-keyring-" + name.replace("_", "-").encode()] = values
        policy = Policy(require_mtls=True, timestamp_max_age_ms=60_000)
        subject = Authentication(CLIENTS, policy, self.consume, clock_ms=lambda: self.now)
        try:
            subject.admit(Request(b"POST", TARGET, headers, body, True), peer_is_authenticated)
        except Refused as refused:
            return refused.code
        return "accepted"

    def consume(self, key: bytes) -> bool:
        is_new = key not in self.consumed
        self.consumed.append(key)
        return is_new

    def test_a_known_string_is_signed(self) -> None:
        self.assertEqual(
            signed_string(b"1700000000000", NONCE, b"POST", TARGET, b'{"a":1}'),
            KNOWN_STRING,
        )

    def test_a_known_signature_is_accepted_once_in_either_case(self) -> None:
        self.assertEqual(self.verdict(), "accepted")
        self.assertEqual(self.verdict(signature=[KNOWN_SIGNATURE.upper()]), "REPLAY_NONCE_USED")

    def test_another_body_does_not_match(self) -> None:
        self.assertEqual(self.verdict(body=b'{"a":1} '), "AUTH_INVALID_HMAC")
        self.assertEqual(self.consumed, [])

    def test_each_header_has_a_verdict_of_its_own(self) -> None:
        rows: list[tuple[str, Any, str]] = [
            ("client_id", [], "AUTH_INVALID_CLIENT"),
            ("client_id", [b"cli", b"cli"], "AUTH_INVALID_CLIENT"),
            ("client_id", [b"nobody"], "AUTH_INVALID_CLIENT"),
            ("client_id", [b"constructor"], "AUTH_INVALID_CLIENT"),
            ("client_id", [b"cl\xff"], "AUTH_INVALID_CLIENT"),
            ("client_id", [b"__proto__"], "AUTH_INVALID_HMAC"),
            ("timestamp", [], "AUTH_TIMESTAMP_SKEW"),
            ("timestamp", [b"1700000000000", b"1700000000000"], "AUTH_TIMESTAMP_SKEW"),
            ("nonce", [NONCE, NONCE], "AUTH_INVALID_NONCE"),
            ("nonce", [NONCE[1:]], "AUTH_INVALID_NONCE"),
            ("nonce", [b"n" * 257], "AUTH_INVALID_NONCE"),
            ("nonce", [b"n" * 256], "AUTH_INVALID_HMAC"),
            ("nonce", [NONCE + b"."], "AUTH_INVALID_NONCE"),
            ("nonce", [NONCE + b"\xff"], "AUTH_INVALID_NONCE"),
            ("nonce", [NONCE + b"\xed\xa0\x80"], "AUTH_INVALID_NONCE"),
            ("nonce", ["é".encode() * 8], "AUTH_INVALID_HMAC"),
            ("signature", [], "AUTH_INVALID_SIGNATURE_FORMAT"),
            ("signature", [KNOWN_SIGNATURE] * 2, "AUTH_INVALID_SIGNATURE_FORMAT"),
            ("signature", [b"not hexadecimal"], "AUTH_INVALID_SIGNATURE_FORMAT"),
            ("signature", [b"24 5d"], "AUTH_INVALID_SIGNATURE_FORMAT"),
            ("signature", [b"0x" + KNOWN_SIGNATURE], "AUTH_INVALID_SIGNATURE_FORMAT"),
            ("signature", [b"deadbeef"], "AUTH_INVALID_HMAC"),
            ("signature", [KNOWN_SIGNATURE[:-1]], "AUTH_INVALID_HMAC"),
            ("signature", [KNOWN_SIGNATURE + b"0"], "AUTH_INVALID_HMAC"),
        ]
        for header, values, verdict in rows:
            with self.subTest(header=header, values=values):
                self.assertEqual(self.verdict(**{header: values}), verdict)
        self.assertEqual(self.consumed, [])

    def test_the_first_check_that_fails_decides(self) -> None:
        self.assertEqual(self.verdict(False, client_id=[]), "AUTH_INVALID_CLIENT")
        self.assertEqual(self.verdict(False, client_id=[b"nobody"]), "AUTH_MTLS_REQUIRED")
        self.assertEqual(self.verdict(client_id=[b"nobody"], timestamp=[]), "AUTH_INVALID_CLIENT")
        self.assertEqual(self.verdict(timestamp=[], nonce=[]), "AUTH_TIMESTAMP_SKEW")
        self.assertEqual(self.verdict(nonce=[], signature=[]), "AUTH_INVALID_NONCE")

    def test_the_window_is_inclusive_in_both_directions(self) -> None:
        for offset, verdict in (
            (60_000, "accepted"),
            (60_001, "AUTH_TIMESTAMP_SKEW"),
            (-60_000, "accepted"),
            (-60_001, "AUTH_TIMESTAMP_SKEW"),
        ):
            with self.subTest(offset=offset):
                self.consumed, self.now = [], NOW + offset
                self.assertEqual(self.verdict(), verdict)

    def test_a_request_that_goes_stale_during_a_slow_store_call_is_refused(self) -> None:
        def slow(key: bytes) -> bool:
            self.now += 2
            return True

        self.now = NOW + 59_999
        self.consume = slow  # type: ignore[method-assign]
        self.assertEqual(self.verdict(), "AUTH_TIMESTAMP_SKEW")

    def test_a_store_that_fails_refuses(self) -> None:
        def broken(key: bytes) -> bool:
            raise ReplayStoreFailed("timed out")

        self.consume = broken  # type: ignore[method-assign]
        self.assertEqual(self.verdict(), "SIGNER_UNAVAILABLE")

    def test_timestamps_are_decimal_digits_of_safe_integers(self) -> None:
        for text, number in (
            (b"0", 0),
            (b"007", 7),
            (b"0" * 5000 + b"1", 1),
            (b"9007199254740991", 2**53 - 1),
            (b"9007199254740992", None),
            (b"9" * 5000, None),
            (b"", None),
            (b"+1", None),
            (b"-1", None),
            (b"1.0", None),
            (b"1e3", None),
            (b"0x1", None),
            (b"1_0", None),
            (b"1 ", None),
            (b"1\n", None),
            ("١".encode(), None),
            (b"\xb2", None),
        ):
            with self.subTest(text=text[:20]):
                self.assertEqual(safe_integer(text), number)

    def test_every_secret_is_tried_even_after_one_has_matched(self) -> None:
        with patch("authentication.hmac.compare_digest", wraps=hmac.compare_digest) as compare:
            self.assertTrue(any_secret_signs(CLIENTS["cli"][::-1], KNOWN_STRING, KNOWN_SIGNATURE))
        self.assertEqual(compare.call_count, 2)


class ReplayKeys(unittest.TestCase):
    def test_they_are_what_json_stringify_prints(self) -> None:
        # The right-hand sides were printed by Node.
        for client, nonce, expected in (
            ("cli", "0123456789abcdef", '["cli","0123456789abcdef"]'),
            (
                'a"b\\c\x01\b\t\n\f\r\x1f\x7f\u2028é😀/',
                "\ud800x",
                '["a\\"b\\\\c\\u0001\\b\\t\\n\\f\\r\\u001f\x7f\u2028é😀/","\\ud800x"]',
            ),
        ):
            with self.subTest(client=client):
                self.assertEqual(replay_key(client, nonce), expected.encode())

    def test_client_and_nonce_cannot_run_together(self) -> None:
        self.assertNotEqual(replay_key('a","b', "c"), replay_key("a", 'b","c'))


class StoreProtocol(unittest.TestCase):
    def test_lengths_count_bytes(self) -> None:
        self.assertEqual(encoded((b"PING", "é".encode())), b"*2\r\n$4\r\nPING\r\n$2\r\n\xc3\xa9\r\n")

    def test_an_error_reply_is_named_by_its_prefix_alone(self) -> None:
        self.assertEqual(unexpected(b"-OOM command not allowed\r\n"), "error reply OOM")
        self.assertEqual(unexpected(b"-some nonce\r\n"), "unexpected reply")
        self.assertEqual(unexpected(b":1\r\n"), "unexpected reply")


class ReadingRequests(unittest.TestCase):
    def read(self, wire: bytes, piece: int = 1 << 20) -> tuple[Request, Incoming]:
        pieces = [wire[start : start + piece] for start in range(0, len(wire), piece)]
        incoming = Incoming(lambda: pieces.pop(0) if pieces else b"")
        self.sent: list[bytes] = []
        return read_request(incoming, self.sent.append), incoming

    def refused(self, wire: bytes) -> str:
        with self.assertRaises(Unreadable) as caught:
            self.read(wire)
        return caught.exception.code

    def test_a_chunked_body_is_put_together_however_it_arrives(self) -> None:
        wire = (
            b"POST /a HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n"
            b"3;note=x\r\nab\n\r\n0A \r\n0123456789\r\n000\r\nTrailer: x\r\n\r\n"
            b"GET /b HTTP/1.1\r\n\r\n"
        )
        for piece in (1, 2, 7, 4096):
            with self.subTest(piece=piece):
                request, incoming = self.read(wire, piece)
                self.assertEqual(request.body, b"ab\n0123456789")
                self.assertNotIn(b"trailer", request.headers)
                self.assertEqual(read_request(incoming, self.sent.append).target, b"/b")

    def test_a_bad_chunk_is_refused(self) -> None:
        start = b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        for body in (
            b"-1\r\n",
            b"+1\r\n",
            b"0x1\r\n",
            b"1_0\r\n",
            b"\r\n",
            b"g\r\n",
            b"1\nab\r\n",
            b"2\r\nabc\r\n0\r\n\r\n",
        ):
            with self.subTest(body=body):
                self.assertEqual(self.refused(start + body), "MALFORMED_REQUEST")
        self.assertEqual(self.refused(start + b"40001\r\n"), "BODY_TOO_LARGE")
        self.assertEqual(self.refused(start + b"f" * 16 + b"\r\n"), "BODY_TOO_LARGE")

    def test_the_largest_body_is_read_either_way(self) -> None:
        body = b"x" * 262_144
        plain, _ = self.read(b"POST /a HTTP/1.1\r\nContent-Length: 262144\r\n\r\n" + body)
        chunked, _ = self.read(
            b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n40000\r\n" + body + b"\r\n0\r\n\r\n"
        )
        self.assertEqual(plain.body, body)
        self.assertEqual(chunked.body, body)

    def test_a_length_that_two_readers_could_understand_differently_is_refused(self) -> None:
        for fields in (
            b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
            b"Content-Length: 1\r\nContent-Length: 2\r\n",
            b"Content-Length: 1, 1\r\n",
            b"Content-Length: -1\r\n",
            b"Content-Length: +1\r\n",
            b"Content-Length: 1_0\r\n",
            b"Content-Length: 0x1\r\n",
            b"Content-Length:\r\n",
            b"Content-Length: \xb2\r\n",
            b"Transfer-Encoding: gzip, chunked\r\n",
            b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            b"Transfer-Encoding: identity\r\n",
            b"Content-Length : 1\r\n",
            b"Folded: a\r\n b: c\r\n",
            b"Bare: a\rX-Keyring-Nonce: b\r\n",
            b"Nothing\r\n",
            b": empty\r\n",
            b"Zero: \0\r\n",
            b"Line: feed\n",
        ):
            with self.subTest(fields=fields):
                self.assertEqual(self.refused(b"POST /a HTTP/1.1\r\n" + fields + b"\r\n"), "MALFORMED_REQUEST")
        self.assertEqual(self.refused(b"POST /a HTTP/1.1\r\nContent-Length: 262145\r\n\r\n"), "BODY_TOO_LARGE")
        self.assertEqual(
            self.refused(b"POST /a HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n"), "BODY_TOO_LARGE"
        )

    def test_method_target_and_values_are_taken_as_they_come(self) -> None:
        request, _ = self.read(b"poSt //a/../b?c=%2F&d=\xc3\xa9#e HTTP/1.1\r\nX-A: \t b \xc2\x85 c \t\r\nx-a:\r\n\r\n")
        self.assertEqual(request.method, b"poSt")
        self.assertEqual(request.target, b"//a/../b?c=%2F&d=\xc3\xa9#e")
        self.assertEqual(request.headers[b"x-a"], [b"b \xc2\x85 c", b""])

    def test_a_bad_request_line_is_refused(self) -> None:
        for line in (
            b"GET /a",
            b"GET  /a HTTP/1.1",
            b"GET /a b HTTP/1.1",
            b"GET /a HTTP/11",
            b" GET /a HTTP/1.1",
            b"\r\n",
        ):
            with self.subTest(line=line):
                self.assertEqual(self.refused(line + b"\r\n\r\n"), "MALFORMED_REQUEST")
        self.assertEqual(self.refused(b"PRI * HTTP/2.0\r\n\r\n"), "VERSION_NOT_SUPPORTED")
        self.assertEqual(self.refused(b"GET /" + b"a" * 20_000), "HEAD_TOO_LARGE")
        self.assertEqual(self.refused(b"GET /a HTTP/1.1\r\n" + b"A: b\r\n" * 5000), "HEAD_TOO_LARGE")

    def test_keeping_alive_is_up_to_version_and_connection_header(self) -> None:
        for head, keeps_alive in (
            (b"GET /a HTTP/1.1\r\n\r\n", True),
            (b"GET /a HTTP/1.1\r\nConnection: x, Close\r\n\r\n", False),
            (b"GET /a HTTP/1.0\r\n\r\n", False),
        ):
            with self.subTest(head=head):
                self.assertEqual(self.read(head)[0].keeps_alive, keeps_alive)

    def test_an_expectation_is_met_or_refused(self) -> None:
        self.read(b"POST /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx")
        self.assertEqual(self.sent, [b"HTTP/1.1 100 Continue\r\n\r\n"])
        self.assertEqual(self.refused(b"POST /a HTTP/1.1\r\nExpect: more\r\n\r\n"), "EXPECTATION_FAILED")

    def test_an_end_in_mid_request_is_a_hang_up(self) -> None:
        for wire in (b"POST /a", b"POST /a HTTP/1.1\r\nContent-Length: 5\r\n\r\nab"):
            with self.subTest(wire=wire), self.assertRaises(HungUp):
                self.read(wire)


class Bodies(unittest.TestCase):
    def test_a_good_one_is_signed_the_same_way_each_time(self) -> None:
        body = json.dumps(TRANSACTION).encode()
        first, second = (signed(session_transaction(body), body) for _ in range(2))
        self.assertEqual(first["signature"], second["signature"])
        self.assertEqual(len(first["signature"]), 4)
        self.assertEqual(first["signature"][0], first["sessionPublicKey"])
        self.assertEqual(first["signature"][3], "0x1")

    def test_a_wrong_field_is_refused(self) -> None:
        call = TRANSACTION["calls"][0]
        context = TRANSACTION["context"]
        rows: list[dict[str, object]] = [
            {"extra": 1},
            {"accountAddress": "1"},
            {"accountAddress": "0x" + "1" * 65},
            {"accountAddress": "0x1\n"},
            {"chainId": 2},
            {"keyId": ""},
            {"validUntil": 1.5},
            {"validUntil": True},
            {"validUntil": "1"},
            {"validUntil": -1},
            {"calls": []},
            {"calls": [call] * 11},
            {"calls": [{**call, "calldata": ["0x1"] * 257}]},
            {"calls": [{**call, "extra": 1}]},
            {"context": {**context, "extra": "x"}},
            {"context": {}},
        ]
        for change in rows:
            with self.subTest(change=str(change)[:60]), self.assertRaises(InvalidBody):
                session_transaction(json.dumps({**TRANSACTION, **change}).encode())

    def test_what_is_not_strict_json_is_refused(self) -> None:
        good = json.dumps(TRANSACTION)
        for body in (
            b"",
            b"null",
            b"[" * 200_000,
            b"9" * 200_000,
            good.replace('"validUntil": 1', '"validUntil": NaN').encode(),
            good.replace('"validUntil": 1', '"validUntil": 1, "validUntil": 1').encode(),
            good.replace('"key"', '"k\xff"').encode("latin-1"),
            good.encode("utf-16"),
            b"\xef\xbb\xbf" + good.encode(),
        ):
            with self.subTest(body=body[:20]), self.assertRaises(InvalidBody):
                session_transaction(body)


class Answers(unittest.TestCase):
    def test_the_contract_manner_has_exactly_four_fields(self) -> None:
        answer = refusal("contract", "SIGNER_UNAVAILABLE", "id")
        self.assertEqual(answer.status, 503)
        envelope = json.loads(answer.body)
        self.assertEqual(set(envelope), {"error", "errorCode", "requestId", "retryable"})
        self.assertIs(envelope["retryable"], True)

    def test_the_bare_manner_says_little(self) -> None:
        for code, status, text in (
            ("AUTH_INVALID_HMAC", 401, "unauthorized"),
            ("AUTH_MTLS_REQUIRED", 401, "unauthorized"),
            ("REPLAY_NONCE_USED", 401, "replayed nonce"),
            ("SIGNER_UNAVAILABLE", 503, "unavailable"),
            ("BODY_TOO_LARGE", 413, "bad request"),
        ):
            with self.subTest(code=code):
                answer = refusal("bare", code, "id")
                self.assertEqual((answer.status, json.loads(answer.body)), (status, {"error": text}))


class Configuration(unittest.TestCase):
    GOOD = {
        "SIGNER_LISTEN": '{"host":"127.0.0.1","port":8443}',
        "SIGNER_TLS": '{"certificateFile":"a","keyFile":"b","clientCaFile":"c"}',
        "SIGNER_CLIENTS": '{"cli":{"hmacSecrets":["s3cr3t","schl\\u00fcssel"]}}',
        "SIGNER_REPLAY": '{"host":"127.0.0.1","port":6379,"database":1,"keyPrefix":"p:","nonceTtlSeconds":120}',
    }

    def read(self, **changes: str | None) -> object:
        merged = {**self.GOOD, **changes}
        return read_settings({name.encode(): text.encode() for name, text in merged.items() if text is not None})

    def test_defaults_are_the_contract_s(self) -> None:
        settings = read_settings({name.encode(): text.encode() for name, text in self.GOOD.items()})
        self.assertEqual(settings.policy, Policy(True, 60_000))
        self.assertEqual(settings.replay.timeout_seconds, 1)
        self.assertEqual(settings.manner, "contract")
        self.assertEqual(settings.clients["cli"], (b"s3cr3t", "schlüssel".encode()))

    def test_a_mistake_is_named_and_no_secret_is_quoted(self) -> None:
        rows: list[tuple[str, str | None]] = [
            ("SIGNER_LISTEN", None),
            ("SIGNER_LISTEN", '{"host":"127.0.0.1","port":true}'),
            ("SIGNER_LISTEN", '{"host":"127.0.0.1","port":70000}'),
            ("SIGNER_TLS", '{"certificateFile":"a","keyFile":"b"}'),
            ("SIGNER_CLIENTS", '{"cli":{"hmacSecrets":["s3cr3t"'),
            ("SIGNER_CLIENTS", '{"cli":{"hmacSecrets":["s3cr3t\\q"]}}'),
            ("SIGNER_CLIENTS", '{"cli":{"hmacSecrets":["s3cr3t",""]}}'),
            ("SIGNER_CLIENTS", '{"cli":{"hmacSecrets":["s3cr3t"," \\t"]}}'),
            ("SIGNER_CLIENTS", '{"cli":{"hmacSecrets":["s3cr3t\\ud800"]}}'),
            ("SIGNER_CLIENTS", '{"cli":{"hmacSecrets":[]}}'),
            ("SIGNER_CLIENTS", '{"cli":{"hmacSecrets":"s3cr3t"}}'),
            ("SIGNER_CLIENTS", '{"cli":{"hmacSecrets":["a"],"s3cr3t":1}}'),
            ("SIGNER_CLIENTS", '{"cli":{"hmacSecrets":["a"]},"cli":{"hmacSecrets":["s3cr3t"]}}'),
            ("SIGNER_CLIENTS", '["s3cr3t"]'),
            ("SIGNER_CLIENTS", "[" * 100_000),
            ("SIGNER_REPLAY", '{"host":"h","port":1,"keyPrefix":"","nonceTtlSeconds":119}'),
            ("SIGNER_REPLAY", '{"host":"h","port":1,"keyPrefix":"","s3cr3t":1}'),
            ("SIGNER_REPLAY", '{"host":"h","port":1,"keyPrefix":"","timeoutSeconds":NaN}'),
            ("SIGNER_REPLAY", '{"host":"h","port":1,"keyPrefix":"","timeoutSeconds":0}'),
            ("SIGNER_POLICY", '{"requireMtls":"false"}'),
            ("SIGNER_MANNER", "s3cr3t"),
        ]
        for name, text in rows:
            with self.subTest(name=name, text=str(text)[:60]):
                with self.assertRaises(ConfigurationError) as caught:
                    self.read(**{name: text})
                message = str(caught.exception)
                self.assertIn(name, message)
                self.assertNotIn("s3cr3t", message)
                self.assertNotIn("\n", message)


if __name__ == "__main__":
    unittest.main()
