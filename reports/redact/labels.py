"""Which values of a run are secret, and the label of each: found wherever it occurs, and the same all through a run.

Where in a message secrets stand, places.py says; how a value may be spelt, spellings.py.
"""

from __future__ import annotations

import re
from collections import Counter

from reports.redact.spellings import SHORTEST, spellings

# Words of the protocol: never a secret, whoever uses them as one.
_WORDS = (
    "access_token refresh_token id_token token token_type token_type_hint bearer implicit secret "
    "authorization_code code code_verifier code_challenge client_credentials client_id client_secret "
    "client_secret_basic client_secret_post client_assertion private_key_jwt username password "
    "state scope redirect_uri grant_type response_type registration_access_token "
    "undefined null none true false invalid_token invalid_grant invalid_client invalid_request"
)
_VOCABULARY = frozenset(_WORDS.split())

_INVENTED = frozenset({"token", "access_token", "refresh_token", "credentials"})
"""Where a check may put an invented value, which stays readable unless it looks generated or is known as secret."""

_OPEN, _CLOSE = "\ue000", "\ue001"  # stand around the number of a label until all passes are done
PLACEHOLDER = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")
_CUT = "..."  # what pytest, and the text of an answer, show for what they leave out
_FIRST_RUN, _LAST_RUN = re.compile(r"\A[\w.~+/%-]{8,}"), re.compile(r"[\w.~+/%-]{8,}\Z")
_BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_")


class Labels:
    """The secrets of one run by value, each with its label. Not safe to share between threads without a lock."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._names: list[str] = []
        self._counts: Counter[str] = Counter()
        self._harmless: set[str] = set()
        self._found_in_place: set[str] = set()
        # Spellings by their beginning and their length, so that thousands of tokens cost no more than a few.
        self._index: dict[str, dict[int, dict[str, tuple[str, bool]]]] = {}

    def learn(self, value: str, kind: str) -> None:
        """From now on value is secret wherever it occurs. kind: the word of its label, such as `code`."""
        if not value:
            return
        self._harmless.discard(value)
        self._found_in_place.discard(value)
        self.label(value, kind)
        self._spread(value)

    def learn_named(self, value: str, name: str) -> None:
        """The same, under the name that a reader knows the value by, in its own case: `WEB_SECRET`."""
        if value and value not in self._numbers:
            self._numbers[value] = len(self._names)
            self._names.append(f"<{_plain_name(name, keep_case=True)}>")
            self._spread(value)

    def learn_in_place(self, value: str, kind: str, *, issued: bool) -> str:
        """The placeholder of a value that stands where secrets stand, or the value when it is none."""
        if (
            not value
            or value in self._harmless
            or value.lower() in _VOCABULARY
            or PLACEHOLDER.fullmatch(value)
        ):
            return value
        if value not in self._numbers:
            if not issued and kind in _INVENTED and not looks_random(value):
                return value
            self._found_in_place.add(value)
            placeholder = self.label(value, kind)
            if issued or looks_random(value):
                self._spread(value)
            return placeholder
        if issued and value in self._found_in_place:
            self._spread(value)
        return self.label(value, kind)

    def harmless(self, value: str) -> None:
        """Value is no secret where secrets stand, unless it was given or learnt as one."""
        if value in self._found_in_place:
            self._found_in_place.discard(value)
            self._withdraw(value)
            del self._numbers[value]
        if value not in self._numbers:
            self._harmless.add(value)

    def has(self, value: str) -> bool:
        """Whether the value has a label."""
        return value in self._numbers

    def values(self) -> dict[str, str]:
        """The secrets of the run, by the label of each."""
        return {self._names[number]: value for value, number in self._numbers.items()}

    def calls_harmless(self, value: str) -> bool:
        """Whether the value was said to be no secret."""
        return value in self._harmless

    def name_of(self, value: str) -> str:
        """The label of a value that has one, as a reader sees it."""
        return self._names[self._numbers[value]]

    def label(self, value: str, kind: str) -> str:
        """The placeholder of a value; a new label when it has none."""
        number = self._numbers.get(value)
        if number is None:
            kind = _plain_name(kind)
            self._counts[kind] += 1
            number = self._numbers[value] = len(self._names)
            self._names.append(f"<{kind} {self._counts[kind]}>")
        return f"{_OPEN}{number}{_CLOSE}"

    def beside_cuts(self, text: str) -> str:
        """The text without the parts of known values that stand at a cut: the whole of one would have been found."""
        pieces = text.split(_CUT)
        for at, piece in enumerate(pieces):
            kept = _LAST_RUN.sub(self._part, piece) if at < len(pieces) - 1 else piece
            pieces[at] = _FIRST_RUN.sub(self._part, kept) if at > 0 else kept
        return _CUT.join(pieces)

    def everywhere(self, text: str) -> str:
        """The text with every known secret replaced, in every spelling."""
        index, pieces, done, at = self._index, [], 0, 0
        last = len(text) - SHORTEST
        if not index or last < 0:
            return text
        while at <= last:
            lengths = index.get(text[at : at + SHORTEST])
            length = (
                next((size for size in lengths if text[at : at + size] in lengths[size]), 0) if lengths else 0
            )
            if not lengths or not length:
                at += 1
                continue
            begin, end = at, at + length
            value, inside = lengths[length][text[begin:end]]
            if inside:
                while begin > done and text[begin - 1] in _BASE64:
                    begin -= 1
                while end < len(text) and (text[end] in _BASE64 or text[end] == "="):
                    end += 1
            pieces += [text[done:begin], self.label(value, "secret")]
            done = at = end
        return "".join(pieces) + text[done:]

    def named(self, text: str, used: set[str]) -> str:
        """The text with the placeholders of this class replaced by labels, which are added to `used`."""

        def name(match: re.Match[str]) -> str:
            label = self._names[int(match[1])]
            used.add(label)
            return label

        return PLACEHOLDER.sub(name, text)

    def _spread(self, value: str) -> None:
        """Make a value known wherever it occurs, in every spelling."""
        if len(value) < SHORTEST or value.lower() in _VOCABULARY:
            return
        for spelling, inside in spellings(value):
            lengths = self._index.setdefault(spelling[:SHORTEST], {})
            if len(spelling) not in lengths:
                lengths[len(spelling)] = {}
                self._index[spelling[:SHORTEST]] = dict(sorted(lengths.items(), reverse=True))
            self._index[spelling[:SHORTEST]][len(spelling)].setdefault(spelling, (value, inside))

    def _part(self, run: re.Match[str]) -> str:
        for lengths in self._index.values():
            for known in lengths.values():
                for spelling, (value, _) in known.items():
                    if run[0] in spelling:
                        return self.label(value, "secret")
        return run[0]

    def _withdraw(self, value: str) -> None:
        for spelling, _ in spellings(value):
            entries = self._index.get(spelling[:SHORTEST], {}).get(len(spelling), {})
            if entries.get(spelling, ("", False))[0] == value:
                del entries[spelling]


def without_placeholders(text: str) -> str:
    """Text in which nothing looks like a placeholder of ours."""
    return text.replace(_OPEN, "\ufffd").replace(_CLOSE, "\ufffd")


def clean(text: str) -> str:
    """Text that can be written as UTF-8 and holds none of our placeholders."""
    return without_placeholders(text).encode("utf-8", "backslashreplace").decode("utf-8")


def looks_random(value: str) -> bool:
    """Whether a value looks generated rather than written: long, without spaces, of mixed characters."""
    if len(value) < 12 or any(character.isspace() for character in value):
        return False
    digit = any(character.isdigit() for character in value)
    upper, lower = value.lower() != value, value.upper() != value
    return (digit and (upper or lower)) or (len(value) >= 16 and ((upper and lower) or digit))


def _plain_name(name: str, *, keep_case: bool = False) -> str:
    plain = re.sub(r"[^A-Za-z0-9_ -]+", "", name)[:48].strip() or "secret"
    return plain if keep_case else plain.lower()
