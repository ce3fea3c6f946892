"""Runs in the parser's own environment: a calendar on standard input, what the network trade reads of it as JSON."""

import json
import sys

from circuit_maintenance_parser import (  # type: ignore[import-not-found] # it lives in its own environment
    NotificationData,
    init_provider,
)

notification = NotificationData.init_from_raw("ical", sys.stdin.buffer.read())
read = init_provider("genericprovider").get_maintenances(notification) if notification else []
sys.stdout.write(json.dumps([json.loads(one.to_json()) for one in read]) + "\n")
