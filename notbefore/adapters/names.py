"""What the stores are called in the storage account. The Bicep files create them under the same names."""

from __future__ import annotations

STORIES = "stories"
SIGNALS = "signals"
QUARANTINE = "quarantine"
CONTROL = "control"

TABLES = (STORIES, SIGNALS, QUARANTINE, CONTROL)

SIGNAL_QUEUE = "signals"
DELIVERY_QUEUE = "deliveries"
EVENT_GRID_QUEUE = "event-grid"
"""Where Event Grid puts events; nobody else writes to it."""

QUEUES = (SIGNAL_QUEUE, DELIVERY_QUEUE, EVENT_GRID_QUEUE)
"""The Functions runtime makes a `-poison` queue beside each when it first needs one."""

SIGNAL_CONTAINER = "signals"

CONTAINERS = (SIGNAL_CONTAINER,)
