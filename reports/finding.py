"""A finding as every report tells it: of what a check said and sent, what was done, how to repeat it, what a fix is."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fixtures.http.fact import is_of_metadata
from reports import steps
from reports.grouping import CRASHES, UPRIGHT, group_of
from reports.journal import OF_METADATA, LedgerRow
from reports.parts import header, place_of, user_of
from reports.redact import Redactor
from reports.variables import named


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a report tells of a check beside its verdict: as in a Result, whose members have these names."""

    requirements: Sequence[str] = ()
    expected: str = ""
    actual: str = ""
    done: str = ""
    group: str = ""
    fix: str = ""
    disputed: str = ""
    noticed: Sequence[str] = ()
    reproduce: str = ""


@dataclass(frozen=True, kw_only=True)
class Teller:
    """Tells the findings of one run.

    rows: the ledger's, by id; endpoints: their names, by URL; clients: the words for each, by its client_id; signer:
    tells who signed a JWT, in words.
    """

    redactor: Redactor
    rows: Mapping[str, LedgerRow]
    endpoints: Mapping[str, str]
    clients: Mapping[str, str]
    signer: Callable[[str], str]

    def tell(
        self,
        kept: Sequence[Mapping[str, Any]],
        requirements: Sequence[str],
        *,
        expected: str,
        actual: str,
        judged: Mapping[int, str],
        before: Sequence[int] = (),
        about: str = "",
        fix: str = "",
    ) -> Finding:
        """The finding of a check.

        kept: its exchanges, redacted. requirements: those that it cites. judged: the places of the exchanges that it is
        about, each with the words for its case, where there are several; else it is about the last. before: the places
        of those that decide it without being judged. about: which requirement is not met, where that is known; fix:
        what a fix looks like, where that is not what the ledger says.
        """
        expected, actual = self.redactor.text(expected), self.redactor.text(actual)
        cited = sorted(requirements, key=lambda name: name != about)
        rows = [self.rows[name] for name in cited if name in self.rows]
        cases = {at: self.redactor.text(words) for at, words in judged.items()}
        told = [
            {**one, "client": self._name(user_of(header(one["request"], "authorization")))}
            for one in self.redactor.with_origins(kept, self.signer)
        ]
        shown = named(
            steps.fewest(
                told, cases, self.endpoints, [*before, *self._documents(told, cited, actual, judged)]
            )
        )
        group = group_of(cited[: 1 if about else None], self.rows, actual=actual)
        return Finding(
            requirements=cited,
            expected=expected,
            actual=actual,
            done=steps.done(shown, self.endpoints),
            group=group,
            fix=_fix(fix, rows, group),
            disputed=next((row.disputed for row in rows if row.disputed), ""),
            noticed=_noticed(rows[: 1 if about else None], actual),
            reproduce=steps.numbered(shown, self.endpoints, expected, actual, self.clients),
        )

    def _name(self, client_id: str) -> str:
        """The name that the target file has for a client; empty where it has none."""
        return re.split(r"[ ,]", self.clients.get(client_id, ""), maxsplit=1)[0]

    def _documents(
        self, kept: Sequence[Mapping[str, Any]], cited: Sequence[str], actual: str, judged: Collection[int]
    ) -> list[int]:
        """Where the metadata were fetched that a finding is about."""
        fetched = [
            at
            for at, one in enumerate(kept)
            if self.endpoints.get(place_of(one)) == "metadata" and one["answer"]
        ]
        if not fetched or any("/.well-known/" in place_of(kept[at]) for at in judged if at < len(kept)):
            return []
        return fetched[-1:] if cited[0].startswith(OF_METADATA) or is_of_metadata(actual) else []


def _fix(told: str, rows: Sequence[LedgerRow], group: str) -> str:
    """What a fix looks like: what the assertion says, of a failure what is always so, else what the ledger says."""
    ours = UPRIGHT if group == CRASHES else next((row.fix for row in rows if row.fix), "")
    return told or ours


def _noticed(rows: Sequence[LedgerRow], actual: str) -> list[str]:
    """Which clients are known to notice what came, a sentence each."""
    known = [each for row in rows for each in row.noticed]
    return list(dict.fromkeys(each["told"] for each in known if re.search(each["when"], actual)))
