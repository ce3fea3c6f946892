"""The one way out over HTTP: addresses judged, connections pinned, time and size limited, nothing retried."""

from notbefore.outbound.addresses import Networks, networks, refusal
from notbefore.outbound.answers import Answer, accepted, retry_after
from notbefore.outbound.client import Outbound

__all__ = ["Answer", "Networks", "Outbound", "accepted", "networks", "refusal", "retry_after"]
