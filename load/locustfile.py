"""For Locust's own users: `locust -f load/locustfile.py`, with its web interface, shapes, workers and reports.

The users are OAuthUser of load/locust/users.py. --scenario, --target and --arrivals are added to Locust's options.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from locust import events

sys.path.insert(0, str(Path(__file__).parents[1]))  # Locust puts only this file's own folder there

from load.locust.users import OAuthUser, add_options, begin

__all__ = ["OAuthUser"]

hooks: Any = events  # Locust's hooks are not typed
hooks.init_command_line_parser.add_listener(add_options)
hooks.init.add_listener(begin)
