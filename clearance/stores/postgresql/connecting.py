"""Connections to PostgreSQL: where a URL leads, what may be shown of it, what an error means.

The connection that was used last is kept for who opens the same store soon. No password and no
other secret of libpq's is in what is shown, nor in an error.
"""

from __future__ import annotations

import atexit
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import quote

from clearance.errors import BadArgument, StoreBusy, StoreError, installing
from clearance.named_tuples import NamedTuple
from clearance.secret import Secret
from clearance.stores.postgresql.schema import Row

try:
    import psycopg
    from psycopg import errors, pq
    from psycopg.conninfo import conninfo_to_dict
    from psycopg.types.string import TextLoader
except ImportError as error:
    raise StoreError(
        "a store on PostgreSQL needs psycopg: {how}", how=installing('"psycopg[binary]"')
    ) from error

_CONNECT_SECONDS = 10
_PARKED_SECONDS = 30
"""How long a connection that nobody uses is likely to be there still on the other side."""

Connection = psycopg.Connection[Row]


class _Parked(NamedTuple):
    """A connection that nobody uses, with its parameters and when it was put aside, in seconds of
    the monotonic clock.
    """

    parameters: Mapping[str, Any]
    connection: Connection
    since: float


_parked: list[_Parked] = []
"""The connection that was used last. A command that opens the same store again goes on with it:
a new one takes four round trips or more.
"""


def park(parameters: Mapping[str, Any], connection: Connection) -> None:
    """Keeps a connection for who opens the same store soon; closes the one that was kept."""
    _close_parked()
    if connection.info.transaction_status == pq.TransactionStatus.IDLE:
        _parked.append(_Parked(parameters, connection, time.monotonic()))
    else:
        connection.close()


def unparked(parameters: Mapping[str, Any]) -> Connection | None:
    """The connection that is kept, if it is with the same parameters and was just used."""
    kept = _parked.pop() if _parked else None
    if not kept:
        return None
    if kept.parameters == parameters and time.monotonic() - kept.since < _PARKED_SECONDS:
        return kept.connection
    kept.connection.close()
    return None


@atexit.register
def _close_parked() -> None:
    while _parked:
        _parked.pop().connection.close()


def connection_parameters(url: str) -> tuple[str, dict[str, Any]]:
    """The URI as it may be shown, without any secret, and libpq's parameters.

    The password stands in the URI or in a variable, or libpq finds it.
    """
    parameters = _parsed(url)
    secret = {o.keyword.decode() for o in pq.Conninfo.get_defaults() if o.dispchar == b"*"}
    shown = {name: value for name, value in parameters.items() if name not in secret}
    password = parameters.get("password") or os.environ.get("CLEARANCE_STORE_PASSWORD")
    if password:
        parameters["password"] = _revealed(password)
    return _uri(shown), parameters


def _parsed(url: str) -> dict[str, Any]:
    """The parameters of libpq in a URI.

    Raises BadArgument, which does not repeat what was written: it may be half of a password with a
    character in it that means something in a URI.
    """
    with suppress(psycopg.Error):
        parameters = {name: value for name, value in conninfo_to_dict(url).items() if value}
        if not _is_ambiguous(url) and _has_ports(parameters):
            return parameters
    raise BadArgument(
        "--store: not a URI such as postgresql://clerk@db/clearance; in a name or password "
        "write %40 for @, %3A for :, %2F for /, %3F for ?, %23 for #, %25 for %"
    )


def _is_ambiguous(url: str) -> bool:
    """Whether an @ in a URI may belong to the password."""
    authority, _, path = url.partition("//")[2].partition("?")[0].partition("/")
    return authority.count("@") > 1 or "@" in path


def _has_ports(parameters: Mapping[str, Any]) -> bool:
    """Whether every port in libpq's parameters is one: what is not may be part of a password."""
    ports = [port for port in str(parameters.get("port", "")).split(",") if port]
    return all(port.isascii() and port.isdecimal() and int(port) < 65536 for port in ports)


def _revealed(password: str) -> str:
    """A password as it is written, or where ``file:PATH`` or ``env:NAME`` says that it is."""
    if not password.startswith(("env:", "file:")):
        return password
    try:
        return Secret(password).reveal()
    except BadArgument as why:
        raise BadArgument("the store's password: {why}", why=why) from None


def _uri(parameters: Mapping[str, str]) -> str:
    """A URI of libpq's parameters."""
    rest = dict(parameters)
    user, database = (quote(rest.pop(name, ""), safe="") for name in ("user", "dbname"))
    servers = "" if "/" in rest.get("host", "") else _servers(rest)
    options = "&".join(f"{name}={quote(value, safe='/,')}" for name, value in rest.items())
    account = f"{user}@" if user else ""
    return f"postgresql://{account}{servers}/{database}{'?' if options else ''}{options}"


def _servers(parameters: dict[str, str]) -> str:
    """The hosts of a URI, each with its port, which are taken out of the parameters."""
    hosts, ports = (parameters.pop(name, "").split(",") for name in ("host", "port"))
    ports += ports[-1:] * (len(hosts) - len(ports))
    written = [f"[{host}]" if ":" in host else quote(host) for host in hosts]
    pairs = zip(written, ports, strict=False)
    return ",".join(f"{host}:{port}" if port else host for host, port in pairs)


def connect(url: str, parameters: Mapping[str, Any]) -> Connection:
    """A connection on which every statement is a transaction of its own where none is begun.

    Without ``autocommit`` a look-up would begin one that nobody ends, and closing would roll back
    all that was written, and acknowledged, after it.
    """
    completed = {"application_name": "clearance", **parameters, "client_encoding": "UTF8"}
    if not os.environ.get("PGCONNECT_TIMEOUT"):
        completed.setdefault("connect_timeout", _CONNECT_SECONDS)
    try:
        connection = psycopg.connect(
            **completed, autocommit=True, prepare_threshold=None, cursor_factory=psycopg.RawCursor
        )
    except psycopg.Error as error:
        why = _in_one_line(error)
    else:
        connection.adapters.register_loader("json", TextLoader)
        return connection
    # Not inside the clause above: psycopg's error holds the connection with its password.
    raise StoreError("{url} cannot be reached: {why}", url=url, why=why)


@contextmanager
def guarded(url: str) -> Iterator[None]:
    """Turns psycopg's errors into ours, in one line that says where the store is."""
    try:
        yield
    except (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure) as error:
        raise StoreBusy(
            "{url} is being written by another process: try again, or wait longer", url=url
        ) from error
    except psycopg.Error as error:
        raise _failure(url, error) from error


def _failure(url: str, error: psycopg.Error) -> StoreError:
    """What an error of psycopg's means to who runs the command."""
    why = _in_one_line(error)
    if isinstance(error, _NOT_ALLOWED):
        return StoreError(
            "{url} does not let this account write, or not even read: {why}", url=url, why=why
        )
    if isinstance(error, _FULL):
        return StoreError(
            "the server of {url} has no room left; nothing of this commit was kept: {why}",
            url=url,
            why=why,
        )
    if isinstance(error, _GONE) or (
        error.sqlstate is None and isinstance(error, psycopg.OperationalError)
    ):
        return StoreError(
            "the connection to {url} was lost; nothing is there by halves, so run the command "
            "again: {why}",
            url=url,
            why=why,
        )
    return StoreError("{url} cannot be used: {why}", url=url, why=why)


_NOT_ALLOWED = (errors.ReadOnlySqlTransaction, errors.InsufficientPrivilege)
_FULL = (errors.DiskFull, errors.OutOfMemory)
_GONE = (errors.AdminShutdown, errors.CrashShutdown, errors.CannotConnectNow)


def _in_one_line(error: psycopg.Error) -> str:
    """What the server or libpq says, in one line; of several hosts, about the last."""
    text = error.diag.message_primary or str(error).partition("\nMultiple connection")[0]
    text = text.partition("\n\tThis probably means")[0]
    return " ".join(text.removeprefix("connection failed: ").split())
