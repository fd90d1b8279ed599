"""The seal of an archive of evidence: a signature (Ed25519) and a time stamp (RFC 3161), if asked.

Both need libraries that nothing else does.
"""

from __future__ import annotations

import hashlib
import time

from clearance import http
from clearance.errors import BadArgument, ClearanceError, Phrase, installing
from clearance.secret import Secret

_TIMEOUT_SECONDS = 30
_MAX_BYTES = 1024 * 1024
"""Bytes of a time stamp at most."""


def _missing(what: str) -> ClearanceError:
    how = installing("cryptography rfc3161-client")
    return ClearanceError("{what} needs more libraries: {how}", what=what, how=how)


def signature(data: bytes, key: Secret) -> dict[str, str]:
    """The signature of bytes with a private key in PEM, and the public key, in hexadecimal.

    Raises BadArgument for a key that is none, ClearanceError where the library is not there.
    """
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    except ImportError as error:
        raise _missing("evidence.key") from error
    wrong = BadArgument("evidence.key: not a private key for Ed25519 in PEM without a password")
    written = key.reveal().encode()
    try:
        private = load_pem_private_key(written, None)
    except (ValueError, TypeError):
        private = None  # the library's error may tell of the key
    if not isinstance(private, Ed25519PrivateKey):
        raise wrong from None
    public = private.public_key().public_bytes_raw()
    return {"algorithm": "Ed25519", "key": public.hex(), "value": private.sign(data).hex()}


def time_stamp(data: bytes, url: str) -> bytes:
    """The answer of a time-stamping authority about bytes, in DER.

    Raises ClearanceError where it gives none, or one for something else.
    """
    try:
        from rfc3161_client import HashAlgorithm, TimestampRequestBuilder, decode_timestamp_response
    except ImportError as error:
        raise _missing("evidence.timestamp") from error
    import httpx

    builder = TimestampRequestBuilder(cert_req=True).data(data)
    request = builder.hash_algorithm(HashAlgorithm.SHA256).build()
    try:
        answer = _answer(url, request.as_bytes())
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, UnicodeError) as error:
        raise _no_stamp(http.failure(error, _TIMEOUT_SECONDS)) from None
    try:
        info = decode_timestamp_response(answer).tst_info
        imprint, nonce = info.message_imprint.message, info.nonce
    except ValueError as error:
        raise _no_stamp(Phrase("it answers something else")) from error
    if imprint != hashlib.sha256(data).digest() or nonce != request.nonce:
        raise ClearanceError("evidence.timestamp: the time stamp that came is for something else")
    return answer


def _answer(url: str, request: bytes) -> bytes:
    """What an authority answers; no error of ours has its address in it, which may be a secret."""
    headers = {"content-type": "application/timestamp-query"}
    until, line = time.monotonic() + _TIMEOUT_SECONDS, http.Line()
    about = {"trace": line.trace}
    with (
        line.within(_TIMEOUT_SECONDS),
        http.client(url, _TIMEOUT_SECONDS) as client,
        client.stream("POST", url, content=request, headers=headers, extensions=about) as answer,
    ):
        if not 200 <= answer.status_code < 300:
            raise _no_stamp(Phrase("it answers HTTP {status}", status=answer.status_code))
        try:
            return http.body(answer, _MAX_BYTES, until)
        except http.TooMuch:
            raise _no_stamp(Phrase("it answers something else")) from None


def _no_stamp(why: Phrase) -> ClearanceError:
    return ClearanceError("evidence.timestamp: no time stamp came: {why}", why=why)
