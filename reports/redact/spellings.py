"""How a secret value may be spelt where it occurs: percent-encoded, in JSON, in HTML, inside base64 and the like."""

from __future__ import annotations

import base64
import html
import json
import re
from urllib.parse import quote, quote_plus, unquote

SHORTEST = 8
"""Shorter values are replaced only where secrets stand: elsewhere they would be ordinary words."""


def spellings(value: str) -> list[tuple[str, bool]]:
    """How a value may be written, each with whether it is a piece of base64 that goes on around it.

    Raw, decoded, percent-encoded, form-encoded, twice encoded, in JSON, in HTML, in Python's repr; base64
    of it alone or inside something longer, at each of the three places where its bytes can begin.
    """
    percent, form = quote(value, safe="", errors="surrogatepass"), quote_plus(value, errors="surrogatepass")
    whole = {
        value,
        percent,
        form,
        quote(value, safe="/", errors="surrogatepass"),
        quote(percent, safe=""),
        quote(form, safe=""),
    }
    whole |= {
        re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), spelling) for spelling in (percent, form)
    }
    whole |= {
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        json.dumps(value)[1:-1].replace("/", "\\/"),
    }
    whole |= {
        html.escape(value),
        html.escape(value, quote=False),
        repr(value)[1:-1],
        "\\n".join(value.splitlines()),
    }
    whole.add(unquote(value))
    found = [(spelling, False) for spelling in whole if len(spelling) >= SHORTEST]
    for plain in {value, form, unquote(value)}:
        data = plain.encode("utf-8", "surrogatepass")
        for shift in range(3):
            encoded = base64.b64encode(b"\0" * shift + data).decode()
            piece = encoded[-(-shift * 8 // 6) : (shift + len(data)) * 8 // 6]
            found += [(spelling, True) for spelling in {piece, piece.replace("+", "-").replace("/", "_")}]
    return found
