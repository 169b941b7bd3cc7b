"""summary.md of a load run, for a pull request or a step summary. Short; load.html holds the evidence."""

from __future__ import annotations

from reports.forms.markdown import plain
from reports.load.record import Record
from reports.load.words import duration, is_valid, kept, limit, measured, number, rate, share, total

MOST_ROWS = 40


def render(record: Record) -> str:
    """The run as Markdown. Nothing that a server sent can act in it."""
    verdict, totals = record["verdict"], total(record)
    arrivals = f"{record['arrivals']['kind']} arrivals, {rate(record['arrivals']['rate'])}"
    failed = share(totals.failed / totals.planned) if totals.planned else "none planned"
    lines = [
        f"# {plain(record['target']['name'])}: OAuth 2.0 under load",
        "",
        (
            f"{plain(record['target']['issuer'])}, scenario {plain(record['scenario'])}, {plain(arrivals)}, "
            f"{record['seconds']:g} s, started {plain(record['started'])}"
        ),
        "",
        f"**{plain(verdict['sentence'])}** Exit code {verdict['exit_code']}.",
        "",
        *(f"- {plain(reason)}" for reason in verdict["reasons"][:MOST_ROWS]),
        "",
        (
            f"{number(totals.planned)} planned, {number(totals.done)} done ({rate(totals.reached)}), "
            f"{number(totals.failed)} failed ({failed}), {number(totals.not_started)} not started."
        ),
        "",
        *_table(
            ("row", "done", "p50", "p90", "p99", "p99.9", "max"),
            [
                (
                    row["name"],
                    number(row["done"]),
                    *(duration(row["from_plan"][name]) for name in _PERCENTILES),
                )
                for row in record["rows"]
            ],
        ),
        *_table(
            ("budget", "", "measured", ""),
            [
                (
                    item["row"],
                    f"{item['measure']} {limit(item)}",
                    measured(item),
                    kept(fine=item["kept"], judged=is_valid(record)),
                )
                for item in record["budgets"]
            ],
        ),
        *_table(
            ("promise", "requirement", "checked", "broken"),
            [
                (item["text"], item["requirement"], number(item["checked"]), number(item["broken"]))
                for item in record["promises"]
            ],
        ),
        *_table(
            ("valid measurement", "needed", "measured", ""),
            [
                (item["what"], item["limit"], item["measured"], kept(fine=item["kept"]))
                for item in record["validity"]
            ],
        ),
    ]
    return "\n".join(lines).rstrip() + "\n"


_PERCENTILES = ("p50", "p90", "p99", "p999", "max")


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    if not rows:
        return []
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    lines += [f"| {' | '.join(plain(cell) for cell in row)} |" for row in rows[:MOST_ROWS]]
    left = len(rows) - MOST_ROWS
    return [*lines, *(["", f"and {left} more in load.html"] if left > 0 else []), ""]
