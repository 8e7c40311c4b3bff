"""Writes jobs into the outbox, in a transaction of your own. docs/item-format.md describes the items, format 1."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

LIFETIME = 30 * 86_400  # An item is kept after the start time of its job, in seconds.
LONGEST_DELAY = timedelta(minutes=15)  # A queue delays a message by at most this long.
LARGEST = 2**53 - 1  # Larger whole numbers lose digits in JavaScript.


@dataclass(frozen=True)
class Job:
    """A job of a type of the application. A group is for an ordered lane, which needs one."""

    type: str
    payload: Mapping[str, Any]
    version: int = 1
    lane: str = "default"
    group: str | None = None
    tenant: str | None = None
    run_at: datetime | None = None


def derive_id(*parts: str | int) -> str:
    """A UUID that follows from its parts: the same parts, the same id."""
    digest = bytearray(hashlib.sha256(_json(parts).encode()).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(digest)))


def outbox_items(
    jobs: Sequence[Job], id: str, now: datetime, record: str | None = None, traceparent: str | None = None
) -> list[dict[str, Any]]:
    """The items of the jobs of one transaction. The ids of the jobs follow from `id`: the same id, the same jobs.

    `record` is what the jobs are about, such as `order/<id>`.
    """
    uuids = [derive_id(id, "job", index) for index in range(len(jobs))]
    change = uuids[0][-12:] if len(jobs) > 1 else None
    common = {"v": 1, "hops": 0, "createdAt": _text(now), "record": record, "traceparent": traceparent}
    items = [_item(job, uuids[seq], now) | common | {"seq": seq or None} for seq, job in enumerate(jobs)]
    grouped = [item | {"change": change if item["group"] else None} for item in items]
    return [{name: value for name, value in item.items() if value is not None} for item in grouped]


def puts(table: str, items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The items for `transact_write_items` of `boto3.resource("dynamodb").meta.client`."""
    condition = "attribute_not_exists(pk)"
    return [{"Put": {"TableName": table, "Item": item, "ConditionExpression": condition}} for item in items]


def _item(job: Job, name: str, now: datetime) -> dict[str, Any]:
    id = name if job.group is None else f"{job.group}~{name}"
    key = {"pk": id if job.group is None else f"group~{job.group}", "sk": id, "id": id}
    start = _milliseconds(job.run_at or now)
    options = {"group": job.group, "tenant": job.tenant, "runAt": job.run_at and _text(job.run_at)}
    expires = {"expiresAt": int(-(-start.timestamp() // 1)) + LIFETIME}
    listed = {"listed": f"jobs#{_bucket(id, 8)}", "listedAt": f"{_text(now)}#{id}"}
    kind = {"type": job.type, "version": job.version, "lane": job.lane, "payload": _json(job.payload)}
    return key | kind | options | listed | expires | _waiting(id, job.group, start, _milliseconds(now))


def _waiting(id: str, group: str | None, start: datetime, now: datetime) -> dict[str, str]:
    """A job that its queue cannot delay that long waits in an index; on an ordered lane, each with a time ahead."""
    if start - now <= (LONGEST_DELAY if group is None else timedelta(0)):
        return {}
    waits = {"due": due_key(id), "dueAt": _text(start)}
    return waits if group is None else waits | {"turn": f"waiting#{_text(start)}"}


def due_key(id: str) -> str:
    """The partition of an id in the index of what waits."""
    return f"due#{_bucket(id, 4)}"


def _bucket(id: str, count: int) -> int:
    """FNV-1a, 32 bits."""
    hash = 0x811C9DC5
    for byte in id.encode("ascii"):
        hash = (hash ^ byte) * 0x01000193 & 0xFFFFFFFF
    return hash % count


def _json(value: Any) -> str:
    """JSON as JavaScript writes it. Raises ValueError for NaN and for whole numbers that JavaScript cannot keep."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    json.loads(text, parse_int=_whole)
    return text


def _whole(digits: str) -> int:
    if abs(int(digits)) > LARGEST:
        raise ValueError(f"{digits} is a whole number beyond {LARGEST}, whose last digits are not exact: send it as text")
    return int(digits)


def _milliseconds(time: datetime) -> datetime:
    if time.tzinfo is None:
        raise ValueError(f"{time} has no time zone: use datetime.now(UTC)")
    return time.astimezone(UTC).replace(microsecond=time.microsecond // 1000 * 1000)


def _text(time: datetime) -> str:
    return _milliseconds(time).isoformat(timespec="milliseconds").replace("+00:00", "Z")
