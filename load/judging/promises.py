"""Promises: what still has to be right under load, checked on every answer, each breach with its evidence.

An iteration hands its answers to `Promises` and learns what they are worth. Nothing here sends; how fast the
answers came is judged elsewhere.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import msgspec

from fixtures.target import Client
from load.judging import evidence
from load.judging.tally import MOST_EVIDENCE, Breach, Tally
from load.traffic.iteration import Call, Failure, Reply

MOST_REMEMBERED = 4_000_000
"""Issued values among which a repetition is noticed."""

LEEWAY = 2.0
"""Seconds around the end of a token's life in which nothing is expected of it."""

_ERROR = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+\Z")  # RFC 6749 section 5.2
_REFUSALS = frozenset({400, 401})
_OVERLOAD = frozenset({429, 503})


@dataclass(slots=True)
class Token:
    """A token as it was issued. issued: when the answer was there (perf_counter); life: seconds, None where unsaid."""

    value: str
    client: str
    scope: str | None
    life: float | None
    issued: float
    refresh_token: str | None = None
    subject: str | None = None
    revoked: float | None = None

    def is_live(self, now: float) -> bool:
        """Whether it is certainly alive at that instant."""
        return self.revoked is None and (self.life is None or now < self.issued + self.life - LEEWAY)


class Promises:
    """What one worker knows of the tokens under test, and what it saw of the promises.

    propagation: seconds that a revocation may take to be seen. leeway: seconds that a token may outlive its life, None
    where nobody says. redact: takes what is known to be secret out of text.
    keep: whether every token is remembered, to be revoked at the end.
    """

    def __init__(
        self,
        *,
        propagation: float = 0.0,
        leeway: float | None = None,
        redact: Callable[[str], str] = lambda text: text,
        keep: bool = False,
    ) -> None:
        self.propagation = propagation
        self.leeway = leeway
        self.tally = Tally()
        self.kept: list[Token] | None = [] if keep else None
        self._redact = redact
        self._seen: set[bytes] = set()

    def take(self) -> Tally:
        """What was seen since this was last asked."""
        taken, self.tally = self.tally, Tally()
        return taken

    # -- token answers (RFC 6749 section 5)

    def granted(
        self, reply: Reply | Failure, call: Call, client: Client, scope: str | None = None
    ) -> Token | None:
        """The token of an answer, or None where there is none; a refusal is counted as a failure of the call.

        scope: what was asked for, which is what was issued where the answer does not say (RFC 6749 section 5.1).
        """
        if isinstance(reply, Failure):
            return None
        if reply.status != 200:
            self._refused(reply, call, expected=False)
            return None
        checked = self.tally.checked
        checked["no-store"] += 1
        if "no-store" not in (reply.header("cache-control") or "").lower():
            self._break("no-store", reply, call, "A token answer without Cache-Control: no-store.")
        members = _members(reply.body)
        value = members.get("access_token")
        checked["answer-shape"] += 1
        if not isinstance(value, str) or not value or not isinstance(members.get("token_type"), str):
            self._break("answer-shape", reply, call, "A 200 without access_token and token_type.")
            return None
        life, stated, more = members.get("expires_in"), members.get("scope"), members.get("refresh_token")
        token = Token(
            value,
            client.id,
            stated if isinstance(stated, str) else scope,
            float(life) if isinstance(life, int | float) else None,
            reply.done,
            more if isinstance(more, str) else None,
        )
        self._note_issued(value, reply, call)
        if self.kept is not None:
            self.kept.append(token)
        return token

    def rotated(self, reply: Reply | Failure, call: Call, client: Client, old: str) -> Token | None:
        """The token of an answer to a refresh, whose new refresh token, where it is new, was never issued before."""
        token = self.granted(reply, call, client)
        if (
            token is not None
            and token.refresh_token is not None
            and token.refresh_token != old
            and isinstance(reply, Reply)
        ):
            self._note_issued(token.refresh_token, reply, call)
        return token

    def refused(self, reply: Reply | Failure, call: Call) -> None:
        """An answer that has to be an error: what was asked for was never to be had."""
        if isinstance(reply, Failure):
            return
        if reply.status == 200:
            self.tally.checked["answer-shape"] += 1
            self._break(
                "answer-shape", reply, call, "A 200 where an error of RFC 6749 section 5.2 was to come."
            )
        else:
            self._refused(reply, call, expected=True)

    def refused_again(self, reply: Reply | Failure, call: Call, promise: str) -> None:
        """An answer to a code or a refresh token that succeeded before. promise: code-once or refresh-once."""
        if isinstance(reply, Failure):
            return
        self.tally.checked[promise] += 1
        if reply.status == 200 and _members(reply.body).get("access_token"):
            self._break(promise, reply, call, "The same grant was exchanged a second time.")
        else:
            self.refused(reply, call)

    def _note_issued(self, value: str, reply: Reply, call: Call) -> None:
        digest = hashlib.blake2b(value.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        self.tally.issued += 1
        self.tally.checked["issued-once"] += 1
        if digest in self._seen:
            self._break(
                "issued-once",
                reply,
                call,
                f"The token {evidence.label(value)} was issued before in this run.",
            )
        elif len(self._seen) < MOST_REMEMBERED:
            self._seen.add(digest)
            self.tally.digests.append(digest)

    def _refused(self, reply: Reply, call: Call, *, expected: bool) -> None:
        status = reply.status
        if status in _OVERLOAD:
            self.tally.checked["overload"] += 1
            reply.fails("status", f"{status}: the server says that it cannot keep up")
            return
        if status >= 500:
            self.tally.checked["overload"] += 1
            self._break("overload", reply, call, f"{status} under load.")
            return
        self.tally.checked["answer-shape"] += 1
        error = _members(reply.body).get("error")
        if status not in _REFUSALS or not isinstance(error, str) or not _ERROR.match(error):
            detail = error if isinstance(error, str) else "without the member error"
            self._break("answer-shape", reply, call, f"A refusal with {status} {detail[:60]}.")
        elif not expected:
            reply.fails("oauth-error", f"{status} {error[:60]}")

    # -- introspection answers (RFC 7662 section 2.2)

    def introspected(self, reply: Reply | Failure, call: Call, token: Token) -> bool | None:
        """Whether the token is active, and whether all that is said of it is what was issued. None without an answer.

        Nothing is expected of a token that is near the end of its life, or younger than the propagation time.
        """
        members = self._introspection(reply, call)
        if members is None or isinstance(reply, Failure):
            return None
        active: bool = members["active"]
        if not active:
            if token.is_live(reply.done) and reply.sent >= token.issued + self.propagation:
                self.tally.checked["live-is-active"] += 1
                self._break("live-is-active", reply, call, "A live token is called inactive.")
            return active
        if token.revoked is not None:
            self._still_active(reply, call, token)
        else:
            self._matches_issuance(reply, call, token, members)
        return active

    def is_dead(self, reply: Reply | Failure, call: Call) -> None:
        """An answer about a token that expired before the run, or was never issued."""
        members = self._introspection(reply, call)
        if members is None or isinstance(reply, Failure):
            return
        self.tally.checked["dead-is-inactive"] += 1
        if members["active"]:
            self._break("dead-is-inactive", reply, call, "A dead token is called active.")

    def is_foreign(self, reply: Reply | Failure, call: Call, token: Token) -> None:
        """An answer about another client's token: inactive, or active as that client's (RFC 7662 section 2.2)."""
        members = self._introspection(reply, call)
        if members is not None and members["active"] and isinstance(reply, Reply):
            self._matches_issuance(reply, call, token, members)

    # -- revocation (RFC 7009 section 2.2)

    def revoked(self, reply: Reply | Failure, call: Call, token: Token) -> bool:
        """Note that a token was revoked; False where the answer does not say so."""
        if isinstance(reply, Failure):
            return False
        if reply.status == 200:
            token.revoked = reply.done
            return True
        self._refused(reply, call, expected=False)
        return False

    def revocation_seen(self, reply: Reply | Failure, call: Call, token: Token, *, before: bool) -> bool:
        """Whether a revoked token is seen inactive; its delay is counted unless it was seen so before."""
        active = self.introspected(reply, call, token)
        if active is not False or token.revoked is None or isinstance(reply, Failure):
            return False
        self.tally.checked["revoked-stays-inactive"] += 1
        if not before:
            self.tally.delay.add(max(0.0, reply.sent - token.revoked))
        return True

    def active_again(self, reply: Reply | Failure, call: Call, token: Token) -> None:
        """An answer about a token that was seen inactive after its revocation."""
        members = self._introspection(reply, call)
        if members is None or isinstance(reply, Failure):
            return
        self.tally.checked["revoked-stays-inactive"] += 1
        dead = reply.sent - (token.revoked or reply.sent)
        if members["active"] and dead > self.propagation:
            self._break(
                "revoked-stays-inactive",
                reply,
                call,
                f"Active again {dead:.3f} s after the revocation, though it was inactive in between.",
            )

    def _still_active(self, reply: Reply, call: Call, token: Token) -> None:
        since = reply.sent - (token.revoked or reply.sent)
        if since > self.propagation:
            self.tally.checked["revoked-stays-inactive"] += 1
            self._break(
                "revoked-stays-inactive",
                reply,
                call,
                f"Still active {since:.3f} s after the revocation; the declared bound is {self.propagation:g} s.",
            )

    def _introspection(self, reply: Reply | Failure, call: Call) -> dict[str, Any] | None:
        if isinstance(reply, Failure):
            return None
        if reply.status != 200:
            self._refused(reply, call, expected=False)
            return None
        members = _members(reply.body)
        self.tally.checked["answer-shape"] += 1
        if not isinstance(members.get("active"), bool):
            self._break("answer-shape", reply, call, "An introspection answer without a Boolean active.")
            return None
        return members

    def _matches_issuance(self, reply: Reply, call: Call, token: Token, members: dict[str, Any]) -> None:
        checked = self.tally.checked
        checked["own-answer"] += 1
        named = members.get("client_id")
        if named is not None and named != token.client:
            self._break("own-answer", reply, call, f"A token of {token.client} is called one of {named}.")
            return
        checked["live-is-active"] += 1
        differences = _differences(token, members, reply.sent, self.leeway)
        if differences:
            self._break("live-is-active", reply, call, f"Not what was issued: {', '.join(differences)}.")
        subject = members.get("sub")
        if token.subject is None and isinstance(subject, str):
            token.subject = subject

    def _break(self, promise: str, reply: Reply, call: Call, what: str) -> None:
        reply.fails("broken-promise", f"{promise}: {what}")
        self.tally.broken[promise] += 1
        if sum(each.promise == promise for each in self.tally.breaches) < MOST_EVIDENCE:
            text = self._redact(evidence.exchange(call, reply))
            self.tally.breaches.append(Breach(promise, perf_counter(), self._redact(what), [text]))


def _differences(token: Token, members: dict[str, Any], asked: float, leeway: float | None) -> list[str]:
    """What an active answer says otherwise than the token was issued. asked: when the question was sent."""
    found = []
    scope, subject, expires, issued = (members.get(name) for name in ("scope", "sub", "exp", "iat"))
    if (
        isinstance(scope, str)
        and token.scope is not None
        and frozenset(scope.split()) != frozenset(token.scope.split())
    ):
        found.append(f"scope {scope[:60]!r} for {token.scope!r}")
    if isinstance(subject, str) and token.subject is not None and subject != token.subject:
        found.append("another subject than before")
    life = token.life
    if isinstance(expires, int | float) and isinstance(issued, int | float) and life is not None:
        stated = expires - issued
        found += [f"a lifetime of {stated:g} s for {life:g} s"] if abs(stated - life) > LEEWAY else []
    if life is not None and leeway is not None and asked > token.issued + life + leeway + LEEWAY:
        found.append(f"active {asked - token.issued:.0f} s after it was issued for {life:g} s")
    return found


def _members(body: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
