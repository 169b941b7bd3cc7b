"""What the kept matrix of calibration servers is made of: groups by product, and nothing of what is withheld."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from conformance.proof.by_server import matrix
from conformance.proof.by_server.findings import NAME, digest
from conformance.running.environment import ROOT
from fixtures.servers.folder import Folder, find, names

CHECK = "conformance/checks/x.py::test_listed"
SECRET = "conformance/checks/x.py::test_withheld"
LIST = f"""
[[finding]]
because = "It does so (RFC 6749 section 3.1)."
verdict = "advises"
checks = ["{CHECK}"]
[[withheld]]
verdict = "violates"
digests = ["{digest(SECRET)}"]
"""


def test_what_is_withheld_is_counted_and_named_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cited: Mapping[str, tuple[str, ...]] = {CHECK: ("6749-3.1-08",), SECRET: ("7009-2-01",)}
    monkeypatch.setattr(matrix, "_cited", lambda: cited)
    (tmp_path / "target.toml").write_text('name = "pretend"\nproduct = "Pretend 1.0"\n', encoding="utf-8")
    (tmp_path / NAME).write_text(LIST, encoding="utf-8")
    made = matrix.document([Folder(tmp_path, tmp_path)])

    (column,) = made["columns"]
    assert (column["product"], column["counts"], column["withheld"]) == (
        *("Pretend 1.0", {"advises": 1, "violates": 1}, 1),
    )
    assert [group["requirements"] for group in made["groups"]] == [["6749-3.1-08"]]
    assert [group["cells"] for group in made["groups"]] == [{tmp_path.name: {"advises": 1}}]


@pytest.mark.parametrize("name", names())
def test_a_product_is_named_with_the_version_that_is_installed(name: str) -> None:
    folder = find(name)
    version = folder.target["product"].split()[-1]
    locked = [
        file for kind in ("mod", "txt", "json", "xml") for file in folder.product.path.glob(f"*.{kind}")
    ]

    assert re.fullmatch(r"[0-9]+(\.[0-9]+)+", version)
    assert any(version in file.read_text(encoding="utf-8") for file in locked)


def test_the_kept_file_names_every_server() -> None:
    text = (ROOT / "fixtures" / "servers" / "matrix.json").read_text(encoding="utf-8")

    assert [name for name in names() if f'"name": "{name}"' not in text] == []
