"""Promises: what still has to be right under load, checked on every answer, each breach with its evidence.

An iteration hands its answers to `Promises` and learns what they are worth. Nothing here sends; how fast the
answers came is judged elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from time import perf_counter

from fixtures.target import Client
from load.judging import evidence
from load.judging.answers import (
    Introspected,
    audience,
    differences,
    introspected,
    members_of,
    overload,
    token_answer,
)
from load.judging.promise_counts import MOST_EVIDENCE, Breach, PromiseCounts
from load.judging.tokens import MOST_REMEMBERED, MOST_SHARED, Habits, Issued, Token, digest
from load.traffic.http.head import Head
from load.traffic.iteration import Call, Failure, Reply

_ERROR = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+\Z")  # RFC 6749 section 5.2
_REFUSALS = frozenset({400, 401})
_OVERLOAD = frozenset({429, 503})


class Promises:
    """What one worker knows of the tokens under test, and what it saw of the promises.

    propagation: seconds that a revocation may take to be seen. leeway: seconds that a token may outlive its life, None
    where nobody says. redact: takes what is known to be secret out of text.
    keep: whether every token is remembered, to be revoked at the end. shared: whether other generators are issued
    tokens too, with which these are to be compared.

    habits: what is known of the server beforehand. newest: the token of each client whose next one ends it.
    """

    def __init__(
        self,
        *,
        propagation: float = 0.0,
        leeway: float | None = None,
        redact: Callable[[str], str] = lambda text: text,
        keep: bool = False,
        shared: bool = False,
    ) -> None:
        self.propagation = propagation
        self.leeway = leeway
        self.counts = PromiseCounts()
        self.kept: list[Token] | None = [] if keep else None
        self.habits = Habits()
        self.newest: dict[str, Token] = {}
        self._redact = redact
        self._is_shared = shared
        self._issued = Issued()
        self._uncacheable: Head | None = None
        self._shared: dict[str, Token] = {}
        self._requested: dict[str, int] = {}
        self._references: set[int] = set()

    def take(self) -> PromiseCounts:
        """What was seen since this was last asked."""
        taken, self.counts = self.counts, PromiseCounts()
        return taken

    # -- token answers (RFC 6749 section 5)

    def asked(self, client: Client) -> int:
        """A token of this client is about to be asked for: the number of that request, for `granted`."""
        if client.id not in self.habits.one:
            return 0
        number = self._requested[client.id] = self._requested.get(client.id, 0) + 1
        return number

    def granted(
        self,
        reply: Reply | Failure,
        call: Call,
        client: Client,
        scope: str | None = None,
        *,
        owner: str = "",
        number: int = 0,
    ) -> Token | None:
        """The token of an answer, or None where there is none; a refusal is counted as a failure of the call.

        scope: what was asked for, which is what was issued where the answer does not say (RFC 6749 section 5.1).
        owner: on whose behalf; empty for the client's own. number: of the request, as `asked` gave it.
        """
        if isinstance(reply, Failure):
            return None
        if reply.status != 200:
            self._refused(reply, call, expected=False)
            return None
        checked = self.counts.checked
        checked["no-store"] += 1
        if reply.head is not self._uncacheable and not self._is_uncacheable(reply):
            self._break("no-store", reply, call, "A token answer without Cache-Control: no-store.")
        said = token_answer(reply.body)
        checked["answer-shape"] += 1
        if said is None or not said.access_token:
            self._break("answer-shape", reply, call, "A 200 without access_token and token_type.")
            return None
        value, stated = said.access_token, said.scope
        if stated is None:
            stated = scope
        token = Token(
            value, client.id, stated, said.expires_in, reply.done, said.refresh_token, number=number
        )
        again = self._note_issued(value, token, owner, reply, call)
        return self._known(token, reply.sent) if again else self.remember(token)

    def _is_uncacheable(self, reply: Reply) -> bool:
        """Whether an answer says no-store; the last head that did is remembered, for most are the same."""
        if "no-store" not in (reply.header("cache-control") or "").lower():
            return False
        self._uncacheable = reply.head
        return True

    def remember(self, token: Token) -> Token:
        """Keep a token that was issued, here or before the run, as far as it is needed later; the token itself."""
        habits = self.habits
        if self.kept is None and not habits.again and not habits.one:
            return token
        if self.kept is not None:
            self.kept.append(token)
        if token.client in habits.again and len(self._shared) < MOST_SHARED:
            self._shared[token.value] = token
        if self._is_newest(token):
            self.newest[token.client] = token
        return token

    def _known(self, token: Token, asked: float) -> Token:
        """The token that was issued before, of which an answer spoke again: whoever revokes one has revoked both."""
        known = self._shared.get(token.value)
        if known is None or (known.revoked is not None and asked > known.revoked):
            return self.remember(token)
        known.issued, known.life = token.issued, token.life
        return known

    def _is_newest(self, token: Token) -> bool:
        """Whether no other token of a client has been asked for since this one, where that would have ended it."""
        return token.client in self.habits.one and token.number == self._requested.get(token.client, 0)

    def _may_have_ended(self, token: Token) -> bool:
        return token.client in self.habits.one and not self._is_newest(token)

    def rotated(
        self, reply: Reply | Failure, call: Call, client: Client, old: str, *, owner: str = ""
    ) -> Token | None:
        """The token of an answer to a refresh, whose new refresh token, where it is new, nobody else has."""
        token = self.granted(reply, call, client, owner=owner)
        if (
            token is not None
            and token.refresh_token is not None
            and token.refresh_token != old
            and isinstance(reply, Reply)
        ):
            self._note_issued(token.refresh_token, token, owner, reply, call)
        return token

    def refused(self, reply: Reply | Failure, call: Call) -> None:
        """An answer that has to be an error: what was asked for was never to be had."""
        if isinstance(reply, Failure):
            return
        if reply.status == 200:
            self.counts.checked["answer-shape"] += 1
            self._break(
                "answer-shape", reply, call, "A 200 where an error of RFC 6749 section 5.2 was to come."
            )
        else:
            self._refused(reply, call, expected=True)

    def refused_again(self, reply: Reply | Failure, call: Call, promise: str) -> None:
        """An answer to a code or a refresh token that succeeded before. promise: code-once or refresh-once."""
        if isinstance(reply, Failure):
            return
        self.counts.checked[promise] += 1
        if reply.status == 200 and members_of(reply.body).get("access_token"):
            self._break(promise, reply, call, "The same grant was exchanged a second time.")
        else:
            self.refused(reply, call)

    def _note_issued(self, value: str, token: Token, owner: str, reply: Reply, call: Call) -> bool:
        """Note an issued value; whether the same holder had it before, which is the server's choice."""
        issued, counts = self._issued, self.counts
        mark, before = issued.note(value, token.client, owner, token.scope)
        counts.issued += 1
        if issued.holders > 1:
            counts.checked["issued-once"] += 1
        if before is None:
            if self._is_shared:
                counts.digests.append(digest(value) + mark)
        elif before == mark:
            counts.again += 1
        else:
            what = f"The token {evidence.label(value)} was issued to another client or owner, or with another scope."
            self._break("issued-once", reply, call, what)
        return before is not None

    def _refused(self, reply: Reply, call: Call, *, expected: bool) -> None:
        status = reply.status
        if status in _OVERLOAD:
            self.counts.checked["overload"] += 1
            reply.fails("status", overload(reply))
            return
        if status >= 500:
            self.counts.checked["overload"] += 1
            self._break("overload", reply, call, f"{status} under load.")
            return
        self.counts.checked["answer-shape"] += 1
        error = members_of(reply.body).get("error")
        if status not in _REFUSALS or not isinstance(error, str) or not _ERROR.match(error):
            detail = error if isinstance(error, str) else "without the member error"
            self._break("answer-shape", reply, call, f"A refusal with {status} {detail[:60]}.")
        elif not expected:
            reply.fails("oauth-error", f"{status} {error[:60]}")

    # -- pushed requests (RFC 9126)

    def pushed(self, reply: Reply | Failure, call: Call) -> str | None:
        """The reference of an answer to a pushed request, or None where there is none."""
        if isinstance(reply, Failure):
            return None
        if reply.status != 201:
            self._refused(reply, call, expected=False)
            return None
        reference = members_of(reply.body).get("request_uri")
        self.counts.checked["answer-shape"] += 1
        if not isinstance(reference, str) or not reference:
            self._break("answer-shape", reply, call, "A 201 without request_uri.")
            return None
        self.counts.checked["request-uri-once"] += 1
        if len(self._references) < MOST_REMEMBERED:
            known = hash(reference)
            if known in self._references:
                self._break("request-uri-once", reply, call, "The same request_uri for a second request.")
            self._references.add(known)
        return reference

    def opened_again(self, reply: Reply | Failure, call: Call) -> None:
        """What a request_uri opens that was opened before, at a server that was seen to refuse that."""
        if isinstance(reply, Failure):
            return
        self.counts.checked["request-uri-once"] += 1
        if reply.status < 400:
            self._break("request-uri-once", reply, call, "A request_uri is opened a second time.")
        elif reply.status in _OVERLOAD or reply.status >= 500:
            self._refused(reply, call, expected=True)

    # -- introspection answers (RFC 7662 section 2.2)

    def introspected(self, reply: Reply | Failure, call: Call, token: Token) -> bool | None:
        """Whether the token is active, and whether all that is said of it is what was issued. None without an answer.

        Nothing is expected of a token that is near the end of its life, or younger than the propagation time.
        """
        said = self._introspection(reply, call)
        if said is None or isinstance(reply, Failure):
            return None
        if not said.active:
            live = token.is_live(reply.done) and not self._may_have_ended(token)
            if live and reply.sent >= token.issued + self.propagation:
                self.counts.checked["live-is-active"] += 1
                self._break("live-is-active", reply, call, "A live token is called inactive.")
            return False
        if token.revoked is not None:
            self._still_active(reply, call, token)
        else:
            self._matches_issuance(reply, call, token, said)
        return True

    def is_for(self, reply: Reply | Failure, call: Call, told: frozenset[str]) -> None:
        """For whom an active token is. told: what was said of one that was asked for in the same way before."""
        if isinstance(reply, Failure):
            return
        self.counts.checked["audience-kept"] += 1
        found = audience(members_of(reply.body).get("aud"))
        if found != told:
            self._break("audience-kept", reply, call, f"For {_listed(found)}, and asked for {_listed(told)}.")

    def is_dead(self, reply: Reply | Failure, call: Call) -> None:
        """An answer about a token that expired before the run, or was never issued."""
        said = self._introspection(reply, call)
        if said is None or isinstance(reply, Failure):
            return
        self.counts.checked["dead-is-inactive"] += 1
        if said.active:
            self._break("dead-is-inactive", reply, call, "A dead token is called active.")

    def is_foreign(self, reply: Reply | Failure, call: Call, token: Token) -> None:
        """An answer about another client's token: inactive, or active as that client's (RFC 7662 section 2.2)."""
        said = self._introspection(reply, call)
        if said is not None and said.active and isinstance(reply, Reply):
            self._matches_issuance(reply, call, token, said)

    # -- revocation (RFC 7009 section 2.2)

    def revoking(self, token: Token) -> None:
        """A token's revocation is about to be asked for: from now on it may be dead."""
        token.ending = perf_counter()

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
        self.counts.checked["revoked-stays-inactive"] += 1
        if not before:
            self.counts.delay.add(max(0.0, reply.sent - token.revoked))
        return True

    def active_again(self, reply: Reply | Failure, call: Call, token: Token) -> None:
        """An answer about a token that was seen inactive after its revocation."""
        said = self._introspection(reply, call)
        if said is None or isinstance(reply, Failure):
            return
        self.counts.checked["revoked-stays-inactive"] += 1
        dead = reply.sent - (token.revoked or reply.sent)
        if said.active and dead > self.propagation:
            self._break(
                "revoked-stays-inactive",
                reply,
                call,
                f"Active again {dead:.3f} s after the revocation, though it was inactive in between.",
            )

    def _still_active(self, reply: Reply, call: Call, token: Token) -> None:
        since = reply.sent - (token.revoked or reply.sent)
        if since > self.propagation:
            self.counts.checked["revoked-stays-inactive"] += 1
            self._break(
                "revoked-stays-inactive",
                reply,
                call,
                f"Still active {since:.3f} s after the revocation; the declared bound is {self.propagation:g} s.",
            )

    def _introspection(self, reply: Reply | Failure, call: Call) -> Introspected | None:
        if isinstance(reply, Failure):
            return None
        if reply.status != 200:
            self._refused(reply, call, expected=False)
            return None
        said = introspected(reply.body)
        self.counts.checked["answer-shape"] += 1
        if said is None:
            self._break("answer-shape", reply, call, "An introspection answer without a Boolean active.")
        return said

    def _matches_issuance(self, reply: Reply, call: Call, token: Token, said: Introspected) -> None:
        checked = self.counts.checked
        checked["own-answer"] += 1
        named = said.client_id
        if named is not None and named != token.client:
            self._break("own-answer", reply, call, f"A token of {token.client} is called one of {named}.")
            return
        checked["live-is-active"] += 1
        wrong = differences(token, said, reply, self.leeway)
        if wrong:
            self._break("live-is-active", reply, call, f"Not what was issued: {', '.join(wrong)}.")
        if token.subject is None:
            token.subject = said.sub

    def _break(self, promise: str, reply: Reply, call: Call, what: str) -> None:
        reply.fails("broken-promise", f"{promise}: {what}")
        self.counts.broken[promise] += 1
        if sum(each.promise == promise for each in self.counts.breaches) < MOST_EVIDENCE:
            text = self._redact(evidence.exchange(call, reply))
            self.counts.breaches.append(Breach(promise, perf_counter(), self._redact(what), [text]))


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names)) or "nobody"
