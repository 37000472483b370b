"""Configuration: environment variables that hold JSON, checked once, at the edge."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

MANNERS = ("contract", "bare")
REQUIRED = object()


class ConfigurationError(Exception):
    """One line that names the place and the remedy, and never what a variable holds."""


class Listen(NamedTuple):
    host: str
    port: int


class Tls(NamedTuple):
    certificate_file: str
    key_file: str
    client_ca_file: str | None


class Replay(NamedTuple):
    host: str
    port: int
    database: int
    key_prefix: bytes
    nonce_ttl_ms: int
    timeout_seconds: float


class Policy(NamedTuple):
    require_mtls: bool
    timestamp_max_age_ms: int


class Settings(NamedTuple):
    listen: Listen
    tls: Tls
    clients: Mapping[str, tuple[bytes, ...]]
    replay: Replay
    policy: Policy
    manner: str


def read_settings(environment: Mapping[bytes, bytes]) -> Settings:
    """Reads every variable, or raises ConfigurationError for the first that is wrong."""
    manner = variable(environment, "SIGNER_MANNER", default="contract")
    if manner not in MANNERS:
        raise ConfigurationError(f"SIGNER_MANNER must be one of: {', '.join(MANNERS)}")

    policy = read_policy(Section.of(environment, "SIGNER_POLICY", default="{}"))
    replay = read_replay(Section.of(environment, "SIGNER_REPLAY"))
    if replay.nonce_ttl_ms < 2 * policy.timestamp_max_age_ms:
        raise ConfigurationError(
            f"SIGNER_REPLAY.nonceTtlSeconds must be at least twice SIGNER_POLICY.timestampMaxAgeMs "
            f"({2 * policy.timestamp_max_age_ms} ms), or a captured request could be replayed"
        )

    return Settings(
        listen=read_listen(Section.of(environment, "SIGNER_LISTEN")),
        tls=read_tls(Section.of(environment, "SIGNER_TLS"), policy),
        clients=read_clients(parsed(environment, "SIGNER_CLIENTS")),
        replay=replay,
        policy=policy,
        manner=manner,
    )


def read_listen(section: Section) -> Listen:
    listen = Listen(section.text("host"), section.whole("port", 0, 65535))
    section.done()
    return listen


def read_tls(section: Section, policy: Policy) -> Tls:
    tls = Tls(
        section.text("certificateFile"),
        section.text("keyFile"),
        section.text("clientCaFile", default=REQUIRED if policy.require_mtls else None),
    )
    section.done()
    return tls


def read_replay(section: Section) -> Replay:
    replay = Replay(
        host=section.text("host"),
        port=section.whole("port", 1, 65535),
        database=section.whole("database", 0, 1_000_000, default=0),
        key_prefix=section.text("keyPrefix", may_be_empty=True).encode("utf-8"),
        nonce_ttl_ms=section.whole("nonceTtlSeconds", 1, 31_536_000, default=120) * 1000,
        timeout_seconds=section.seconds("timeoutSeconds", 60, default=1),
    )
    section.done()
    return replay


def read_policy(section: Section) -> Policy:
    policy = Policy(
        section.truth("requireMtls", default=True),
        section.whole("timestampMaxAgeMs", 1, 86_400_000, default=60_000),
    )
    section.done()
    return policy


def read_clients(value: Any) -> dict[str, tuple[bytes, ...]]:
    if not isinstance(value, dict):
        raise ConfigurationError("SIGNER_CLIENTS must be a JSON object of clients by id")
    return {
        # By position, because an id might hold what belongs elsewhere.
        client_id: read_secrets(client_id, client, f"SIGNER_CLIENTS: client {position} of {len(value)}")
        for position, (client_id, client) in enumerate(value.items(), start=1)
    }


def read_secrets(client_id: str, client: Any, place: str) -> tuple[bytes, ...]:
    if not client_id.strip() or utf8(client_id) is None:
        raise ConfigurationError(f"{place} needs an id that is not blank and is valid Unicode")
    if not isinstance(client, dict) or set(client) != {"hmacSecrets"}:
        raise ConfigurationError(f"{place} must have exactly one field, hmacSecrets")

    secrets = client["hmacSecrets"]
    if not isinstance(secrets, list) or not secrets:
        raise ConfigurationError(f"{place}: hmacSecrets must be a list of at least one secret")
    for position, secret in enumerate(secrets, start=1):
        if not isinstance(secret, str) or not secret.strip() or utf8(secret) is None:
            raise ConfigurationError(f"{place}: secret {position} must be a string that is not blank")
    return tuple(secret.encode("utf-8") for secret in secrets)


class Section:
    """The JSON object of one variable, read field by field; a field that nobody asked for is a mistake."""

    @staticmethod
    def of(environment: Mapping[bytes, bytes], name: str, default: Any = REQUIRED) -> Section:
        value = parsed(environment, name, default)
        if not isinstance(value, dict):
            raise ConfigurationError(f"{name} must be a JSON object")
        return Section(name, value)

    def __init__(self, name: str, fields: dict[str, Any]) -> None:
        self._name = name
        self._fields = fields
        self._known: list[str] = []

    def done(self) -> None:
        if set(self._fields) - set(self._known):
            raise ConfigurationError(f"{self._name} has an unknown field; the known ones are {', '.join(self._known)}")

    def text(self, field: str, default: Any = REQUIRED, may_be_empty: bool = False) -> Any:
        value = self._take(field, default)
        if value is default:
            return value
        if not isinstance(value, str) or utf8(value) is None or "\0" in value:
            raise self._wrong(field, "a string")
        if not value and not may_be_empty:
            raise self._wrong(field, "a string that is not empty")
        return value

    def whole(self, field: str, least: int, most: int, default: Any = REQUIRED) -> int:
        value = self._take(field, default)
        # A JSON true would pass for the number 1.
        if type(value) is not int or not least <= value <= most:
            raise self._wrong(field, f"a whole number from {least} to {most}")
        return value

    def seconds(self, field: str, most: float, default: Any = REQUIRED) -> float:
        value = self._take(field, default)
        if type(value) not in (int, float) or not 0 < value <= most:
            raise self._wrong(field, f"a number of seconds above 0, at most {most}")
        return float(value)

    def truth(self, field: str, default: Any = REQUIRED) -> bool:
        value = self._take(field, default)
        if type(value) is not bool:
            raise self._wrong(field, "true or false")
        return value

    def _take(self, field: str, default: Any) -> Any:
        self._known.append(field)
        value = self._fields.get(field, default)
        if value is REQUIRED:
            raise ConfigurationError(f"{self._name}.{field} is missing")
        return value

    def _wrong(self, field: str, expected: str) -> ConfigurationError:
        return ConfigurationError(f"{self._name}.{field} must be {expected}")


def parsed(environment: Mapping[bytes, bytes], name: str, default: Any = REQUIRED) -> Any:
    text = variable(environment, name, default)
    try:
        return json.loads(text, object_pairs_hook=unique_fields, parse_constant=no_constant)
    except DuplicateField:
        raise ConfigurationError(f"{name} has an object with the same field twice") from None
    except json.JSONDecodeError as problem:
        # The decoder's own message can quote the text; its position cannot.
        raise ConfigurationError(f"{name} is not valid JSON (at character {problem.pos})") from None
    except (ValueError, RecursionError):
        raise ConfigurationError(f"{name} is not valid JSON") from None


def variable(environment: Mapping[bytes, bytes], name: str, default: Any = REQUIRED) -> str:
    # Bytes, because what os.environ makes of them depends on the locale.
    value = environment.get(name.encode("ascii"))
    if value is None:
        if not isinstance(default, str):
            raise ConfigurationError(f"{name} is not set")
        return default
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        raise ConfigurationError(f"{name} is not valid UTF-8") from None


class DuplicateField(ValueError):
    pass


def unique_fields(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise DuplicateField
    return fields


def no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def utf8(text: str) -> bytes | None:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return None
