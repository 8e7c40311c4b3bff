"""Reads jobs from the API of the outbox. On AWS, the role of the service needs the policy of the output ViewerPolicy."""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.parse import quote

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session

API = os.environ.get("OUTBOX_API", "http://localhost:3000").rstrip("/")

session = boto3.Session()
http = URLLib3Session(timeout=5)


def job_view(id: str) -> dict[str, Any]:
    """`{id, type, status, attempts, …}`, as `GET /openapi.json` describes it."""
    request = AWSRequest("GET", f"{API}/jobs/{quote(id, safe='')}")
    if credentials := session.get_credentials():
        SigV4Auth(credentials, "execute-api", session.region_name).add_auth(request)
    response = http.send(request.prepare())
    if response.status_code != 200:
        raise RuntimeError(f"GET {request.url} answered {response.status_code}: {response.text[:200]}")
    view: dict[str, Any] = json.loads(response.content)
    return view
