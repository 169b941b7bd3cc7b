"""A check once more, of requests that were pushed before: the same check, by the other way in (RFC 9126 section 4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any, cast

import pytest

from conformance.ledger.requirement import requirement, tolerates

Check = Callable[..., Any]


def again(check: Check, *, broken_by: str, tolerated: Sequence[str] = (), **config: bool) -> Check:
    """The same check, of pushed requests.

    broken_by: the fault that it notices; tolerated: the legal behaviours that it passes with; config: what the embedded
    server has to offer beside PAR. A finding tells the statement that the check is about otherwise beside that of PAR.
    """
    known = cast("FunctionType", check)
    copied = FunctionType(
        known.__code__, known.__globals__, known.__name__, known.__defaults__, known.__closure__
    )
    copied.__kwdefaults__, copied.__annotations__ = known.__kwdefaults__, known.__annotations__
    copied.__doc__ = f"Pushed before: {known.__doc__}"
    marks: Sequence[pytest.Mark] = getattr(check, "pytestmark", ())
    cited = [mark for mark in marks if mark.name == "requirement"]
    cited.sort(key=lambda mark: mark.kwargs["broken_by"] != broken_by)
    pytest.mark.again_of(*[mark.args[0] for mark in cited[:1]])(copied)
    marked = tolerates(*tolerated)(copied) if tolerated else copied
    return pytest.mark.embedded(par=True, **config)(requirement("9126-4-03", broken_by=broken_by)(marked))
