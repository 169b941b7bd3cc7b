"""`.hgrm` files: the latencies of a run as HdrHistogram's viewers read them, a file for each row, beside load.json.

What was counted is in the record already; nothing is measured or judged here.
"""

from __future__ import annotations

import re
from pathlib import Path

from load.measuring.histogram import Histogram
from load.measuring.record import LoadRecord


def export(folder: Path, record: LoadRecord) -> list[Path]:
    """Write `from-plan-ROW.hgrm` and `from-send-ROW.hgrm` for each row, in milliseconds; the files written.

    OSError when one cannot be written.
    """
    files = []
    for row in record["rows"]:
        name = re.sub(r"[^A-Za-z0-9-]+", "-", row["name"])
        for since, latency in (("from-plan", row["from_plan"]), ("from-send", row["from_send"])):
            file = folder / f"{since}-{name}.hgrm"
            file.write_text(Histogram.from_pairs(latency["histogram"]).to_hgrm(), encoding="ascii")
            files.append(file)
    return files
