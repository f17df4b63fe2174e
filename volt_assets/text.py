"""What people typed, made fit to be stored and shown anywhere: `clean` for a text, `clean_json` for a decoded answer,
`slug` for a name of a file.

Control characters, terminal escapes and bidirectional overrides leave; what is no character becomes U+FFFD; line breaks
of every kind become a newline; a text that is too long is cut, visibly. Pure: no service, no file, no setting.
"""

import re
import unicodedata
from typing import Any

LONGEST_TEXT = 10_000
CUT = "… [cut]"
_SLUG_LENGTH = 80

# Vertical tabs and form feeds come with texts pasted from word processors, where they break lines.
_LINE_BREAK = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
# C0 but tab and line breaks, DEL, C1, and the embeddings, overrides and isolates of the bidirectional algorithm. Its
# marks (U+200E, U+200F, U+061C) stay: they reorder nothing, and texts in Arabic and Hebrew need them.
_UNWANTED = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def clean(text: str, longest: int = LONGEST_TEXT) -> str:
    """The text without characters that act instead of being read, `longest` characters at most, the mark of a cut
    included. Clean texts stay as they are.
    """
    if not text.isprintable():
        text = _UNWANTED.sub("", text)
        text = _LINE_BREAK.sub("\n", text)
        text = _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)
    return text if len(text) <= longest else text[: longest - len(CUT)] + CUT


def clean_json(value: Any, longest: int = LONGEST_TEXT) -> Any:
    """A decoded JSON value with all its texts clean. Names of members stay: they are the service's, not people's."""
    if isinstance(value, str):
        return clean(value, longest)
    if isinstance(value, list):
        return [clean_json(item, longest) for item in value]
    if isinstance(value, dict):
        return {name: clean_json(item, longest) for name, item in value.items()}
    return value


def slug(name: str) -> str:
    """A name in ASCII letters, digits and underscores: "José Núñez" is jose_nunez; empty where nothing is left."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:_SLUG_LENGTH].rstrip("_")
