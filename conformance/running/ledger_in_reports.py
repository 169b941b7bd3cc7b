"""What a report keeps of the ledger: its rows, each with the clients that are known to notice."""

from __future__ import annotations

import dataclasses

from conformance.ledger.clients import noticed
from conformance.ledger.profiles import Profile
from conformance.ledger.requirement import Requirement, ledger
from reports.journal import LedgerRow


def ledger_in_reports(chosen: Profile) -> list[LedgerRow]:
    """Every row of the ledger, as a run of this profile tells it."""
    return [_row(row, chosen) for row in ledger().values()]


def _row(row: Requirement, chosen: Profile) -> LedgerRow:
    values = {key: value for key, value in dataclasses.asdict(row).items() if key != "needs"}
    values["profile"] = chosen.name if row.profile in chosen.names else row.profile
    return LedgerRow(**values, noticed=noticed().get(row.id, ()))
