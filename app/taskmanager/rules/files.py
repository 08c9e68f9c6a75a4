"""What an uploaded file is, by its first bytes and not by what its sender says, and what its name may be."""

import codecs
import re

HEAD_BYTES = 4096
FILE_MAX = 10_485_760
SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
)
# Pictures without scripts in them: these alone may show in a page.
SHOWN = {"image/png", "image/jpeg", "image/gif", "image/webp"}
UNSAFE = re.compile(r'[\x00-\x1f\x7f"\\/]')


def sniff(head: bytes) -> str:
    """Return the content type of a file that begins so."""
    for signature, content_type in SIGNATURES:
        if head.startswith(signature):
            return content_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "application/octet-stream"
    return "application/octet-stream" if "\x00" in text else "text/plain; charset=utf-8"


def name_of(given: str | None) -> str:
    """Return a file's name without its folder and without what a header or a disk could stumble over."""
    last = (given or "").replace("\\", "/").rpartition("/")[2]
    name = UNSAFE.sub("", last.encode("utf-8", "ignore").decode()).strip(" .")
    return name[:200] or "file"
