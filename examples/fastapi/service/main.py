"""A FastAPI service whose orders and jobs are written together or not at all."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import uuid4

import boto3
from boto3.dynamodb.types import TypeDeserializer
from fastapi import FastAPI, Header, HTTPException, Response
from pydantic import BaseModel, Field

from jobs import job_view
from outbox import Job, derive_id, outbox_items, puts

ORDERS = os.environ.get("ORDERS_TABLE", "Orders-local-orders")
OUTBOX = os.environ.get("OUTBOX_TABLE", "Orders-local-outbox")

app = FastAPI()
dynamodb = boto3.resource("dynamodb")
client = dynamodb.meta.client


class NewOrder(BaseModel):
    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)
    total: int = Field(gt=0, le=2**53 - 1)


class Order(NewOrder):
    id: str
    jobs: list[str]


class OrderView(NewOrder):
    id: str
    receiptAt: str | None = None
    indexedBy: str | None = None
    jobs: list[dict[str, Any]]


@app.post("/orders", status_code=201)
def create_order(
    order: NewOrder, response: Response, idempotency_key: Annotated[str | None, Header(max_length=255)] = None
) -> Order:
    # With users, put the user's id into the parts: two users may choose the same key.
    id = derive_id("order", idempotency_key) if idempotency_key else str(uuid4())
    jobs = [Job("send-receipt", {"orderId": id, **order.model_dump()}), Job("index-order", {"orderId": id})]
    items = outbox_items(jobs, id, datetime.now(UTC), record=f"order/{id}")
    body = hashlib.sha256(order.model_dump_json().encode()).hexdigest()
    record = {**key_of(id), "id": id, **order.model_dump(), "jobs": [item["id"] for item in items], "body": body}
    new = {"TableName": ORDERS, "Item": record, "ConditionExpression": "attribute_not_exists(pk)"}
    put = {"Put": {**new, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}}
    try:
        # boto3 sends a ClientRequestToken, so its own retries do not write twice.
        client.transact_write_items(TransactItems=[put, *puts(OUTBOX, items)])
    except client.exceptions.TransactionCanceledException as error:
        record = first_order(error.response["CancellationReasons"])
        if record["body"] != body:
            raise HTTPException(422, "the Idempotency-Key was used with another body") from None
        response.headers["Idempotency-Replayed"] = "true"
    return Order.model_validate(record)


def first_order(reasons: list[Mapping[str, Any]]) -> dict[str, Any]:
    """The order that the first request with the key wrote. Nothing was written now."""
    if "Item" in reasons[0]:
        return {name: TypeDeserializer().deserialize(value) for name, value in reasons[0]["Item"].items()}
    if any(reason["Code"] == "ConditionalCheckFailed" for reason in reasons):
        raise HTTPException(409, "the order was removed, and its jobs are still known")
    raise HTTPException(503, "another transaction was in the way", {"Retry-After": "1"})


@app.get("/orders/{id}")
def get_order(id: str) -> OrderView:
    record = dynamodb.Table(ORDERS).get_item(Key=key_of(id), ConsistentRead=True).get("Item")
    if record is None:
        raise HTTPException(404, f"order {id} does not exist")
    return OrderView.model_validate({**record, "jobs": [job_view(job) for job in record["jobs"]]})


class IndexOrder(BaseModel):
    orderId: str


@app.post("/tasks/index-order", status_code=204)
def index_order(task: IndexOrder, idempotency_key: Annotated[str, Header()]) -> None:
    """The code of a job: called until it answers 2xx, each time with the same key. So it must be safe to repeat."""
    dynamodb.Table(ORDERS).update_item(
        Key=key_of(task.orderId),
        UpdateExpression="SET indexedBy = if_not_exists(indexedBy, :key)",
        ConditionExpression="attribute_exists(pk)",
        ExpressionAttributeValues={":key": idempotency_key},
    )


def key_of(id: str) -> dict[str, str]:
    return {"pk": f"order#{id}", "sk": "order"}
