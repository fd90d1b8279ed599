"""The libraries one would reach for: xmltodict to read, sqlite-utils to keep."""

import sys
from pathlib import Path
from typing import Any

import sqlite_utils
import xmltodict

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    database: Any = sqlite_utils.Database(sys.argv[2])
    database.enable_wal()
    files = sorted(folder.iterdir())
    for start in range(0, len(files), 1000):
        events: list[dict[str, Any]] = []
        declarations: dict[str, dict[str, Any]] = {}
        for file in files[start : start + 1000]:
            data = file.read_bytes()
            (told,) = xmltodict.parse(data).values()
            unified = told.get("CUS_CIQ_NO") or told.get("SeqNo")
            events.append(
                {
                    "name": file.name,
                    "unified": unified,
                    "at": told.get("NOTICE_DATE"),
                    "code": told.get("CHANNEL"),
                    "note": told.get("NOTE"),
                    "data": data,
                }
            )
            known = declarations.setdefault(unified, {"unified": unified})
            known |= {k: told[k] for k in ("ENTRY_ID", "CHANNEL", "ClientSeqNo") if told.get(k)}
        with database.conn:
            database["events"].insert_all(events, pk="name", replace=True, alter=True)
            database["declarations"].upsert_all(declarations.values(), pk="unified", alter=True)
