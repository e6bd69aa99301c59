"""Compressed bodies, decompressed within bounds: what would grow beyond them is refused before it has grown.

https://www.rfc-editor.org/rfc/rfc9110#field.content-encoding
"""

from collections.abc import Callable

import cramjam

from gateway.contract import Refused

__all__ = ["decoded"]

MAX_LAYERS = 2  # encodings on top of each other
_FIRST_GUESS = 16  # bytes that one byte mostly becomes, at most
_LEAST = 65_536
_GZIP = b"\x1f\x8b"  # how it begins
_FULL = "failed to write whole buffer"

Decompress = Callable[[bytes, bytearray], int]


def _deflate(body: bytes, into: bytearray) -> int:
    """`deflate` means zlib's form; some senders leave its head out."""
    try:
        return cramjam.zlib.decompress_into(body, into)
    except cramjam.DecompressionError as error:
        if _FULL in str(error):
            raise
        return cramjam.deflate.decompress_into(body, into)


_DECOMPRESS: dict[bytes, Decompress] = {
    b"gzip": cramjam.gzip.decompress_into,
    b"x-gzip": cramjam.gzip.decompress_into,
    b"deflate": _deflate,
    b"br": cramjam.brotli.decompress_into,
    b"zstd": cramjam.zstd.decompress_into,
}


def decoded(body: bytes, content_encoding: bytes | None, limit: int) -> bytes:
    """The body as it was before it was compressed.

    Args:
        body: as it was sent.
        content_encoding: the header.
        limit: bytes that it may become.

    Raises:
        Refused: 413 where it would become larger, 415 for an encoding that is not known, 400 where it is broken.
    """
    if not content_encoding:
        return body
    layers = [
        layer for part in content_encoding.lower().split(b",") if (layer := part.strip()) and layer != b"identity"
    ]
    if len(layers) > MAX_LAYERS:
        raise Refused(415, "encoding", f"more than {MAX_LAYERS} content encodings")
    for layer in reversed(layers):
        if len(layers) == 1 or _may_be(body, layer):
            body = _one(body, layer, limit)
    return body


def _may_be(body: bytes, layer: bytes) -> bool:
    """Whether a body was compressed so at all: some name all that they could have used, as if it were Accept-Encoding.

    graypy and pygelf send zlib's form as `gzip,deflate`: https://github.com/keeprocking/pygelf,
    https://github.com/severb/graypy
    """
    is_gzip = body.startswith(_GZIP)
    return is_gzip if layer in {b"gzip", b"x-gzip"} else not (layer == b"deflate" and is_gzip)


def _one(body: bytes, layer: bytes, limit: int) -> bytes:
    decompress = _DECOMPRESS.get(layer)
    if decompress is None:
        raise Refused(415, "encoding", "the content encoding is none of gzip, deflate, br, zstd")
    size = min(limit, max(_LEAST, len(body) * _FIRST_GUESS))
    while True:
        into = bytearray(size)
        try:
            written = decompress(body, into)
        except cramjam.DecompressionError as error:
            if _FULL not in str(error):
                raise Refused(400, "encoding", "the body is not compressed as its content-encoding says") from None
            if size == limit:
                raise Refused(413, "too_large", f"the body becomes more than {limit} bytes") from None
            size = limit
        else:
            return bytes(memoryview(into)[:written])
