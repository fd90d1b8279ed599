"""The seal of an archive of evidence: a signature (Ed25519) and a time stamp (RFC 3161), if asked.

Both need libraries that nothing else does: ``pip install 'clearance[evidence]'``.
"""

from __future__ import annotations

import hashlib

from clearance.errors import BadArgument, ClearanceError
from clearance.http import keep_addresses_out_of_logs
from clearance.secret import Secret

_TIMEOUT_SECONDS = 30


def _missing(what: str) -> ClearanceError:
    return ClearanceError("{what} needs more: pip install 'clearance[evidence]'", what=what)


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

    keep_addresses_out_of_logs()
    builder = TimestampRequestBuilder(cert_req=True).data(data)
    request = builder.hash_algorithm(HashAlgorithm.SHA256).build()
    kind = {"Content-Type": "application/timestamp-query"}
    try:
        answer = httpx.post(
            url, content=request.as_bytes(), headers=kind, timeout=_TIMEOUT_SECONDS
        ).raise_for_status()
        info = decode_timestamp_response(answer.content).tst_info
        imprint, nonce = info.message_imprint.message, info.nonce
    except (httpx.HTTPError, ValueError) as why:
        raise ClearanceError("evidence.timestamp: no time stamp came: {why}", why=why) from why
    if imprint != hashlib.sha256(data).digest() or nonce != request.nonce:
        raise ClearanceError("evidence.timestamp: the time stamp that came is for something else")
    return answer.content
