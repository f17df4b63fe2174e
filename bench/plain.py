"""The plain way: a Toggl request per day (pages of 50) and a Fibery request per entity, one after the other.

What the pipeline before Volt did, without its orchestrator and reports: it only fetches, and prints how much.

    python bench/plain.py FIRST_DAY LAST_DAY

The settings are Volt's (tokens, addresses): `bench/compare.py` runs this against a sandbox.
"""

import argparse
import json
import time
from datetime import timedelta

import httpx

from volt_assets.settings import Settings
from volt_assets.toggl.descriptions import parse
from volt_assets.weeks import last_day, parse_day, weeks_between

# Fibery allows 3 requests a second; going faster, or exactly as fast, only earns 429s.
FIBERY_SPACING_SECONDS = 0.35


def entries_of_day(client: httpx.Client, workspace_id: int, day: str) -> list[dict]:
    body = {
        "start_date": day,
        "end_date": day,
        "enrich_response": True,
        "rounding": 0,
        "rounding_minutes": 0,
        "page_size": 50,
    }
    rows: list[dict] = []
    cursor: dict[str, int] = {}
    while True:
        response = client.post(f"/reports/api/v3/workspace/{workspace_id}/search/time_entries", json=body | cursor)
        response.raise_for_status()
        rows += response.json() or []
        if "X-Next-ID" not in response.headers:
            return rows
        cursor = {
            "first_id": int(response.headers["X-Next-ID"]),
            "first_row_number": int(response.headers["X-Next-Row-Number"]),
            "first_timestamp": int(response.headers["X-Next-Timestamp"]),
        }


def entity(client: httpx.Client, database: str, public_id: str) -> bool:
    query = {
        "q/from": database,
        "q/select": {"id": ["fibery/id"], "state": ["workflow/state", "enum/name"]},
        "q/where": ["=", ["fibery/public-id"], "$id"],
        "q/limit": 1,
    }
    command = {"command": "fibery.entity/query", "args": {"query": query, "params": {"$id": public_id}}}
    response = client.post("/api/commands", json=[command])
    response.raise_for_status()
    return bool(response.json()[0]["success"] and response.json()[0]["result"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first_day", type=parse_day)
    parser.add_argument("last_day", type=parse_day)
    options = parser.parse_args()
    settings = Settings.load()
    toggl, fibery = settings.require_toggl(), settings.require_fibery()
    count = found = 0
    with (
        httpx.Client(
            base_url=toggl.url, auth=(toggl.token.get_secret_value(), "api_token"), timeout=60
        ) as toggl_client,
        httpx.Client(
            base_url=fibery.url, headers={"Authorization": f"Token {fibery.token.get_secret_value()}"}, timeout=60
        ) as fibery_client,
    ):
        sent_at = 0.0
        for week in weeks_between(options.first_day, options.last_day):
            rows = []
            day = week
            while day <= last_day(week):
                rows += entries_of_day(toggl_client, toggl.workspace_id, day.isoformat())
                day += timedelta(days=1)
            count += len(rows)
            parsed = [parse(row["description"]) for row in rows]
            references = {(each.label, each.public_id) for each in parsed if each.linked and each.public_id}
            for label, public_id in sorted(references):
                time.sleep(max(0.0, sent_at + FIBERY_SPACING_SECONDS - time.monotonic()))
                sent_at = time.monotonic()
                found += entity(fibery_client, "/".join(label), public_id)
    print(json.dumps({"entries": count, "entities_found": found}))


if __name__ == "__main__":
    main()
