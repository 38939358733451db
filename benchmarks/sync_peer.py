"""One computer in a process of its own, for part_sync.

python benchmarks/sync_peer.py reader HOST COMPANY FILE          a line of JSON per change from the cloud
python benchmarks/sync_peer.py offline HOST COMPANY FILE SECONDS CPU and connections without a network
"""

import json
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from facturepro.db.events import Changes
from facturepro.db.models import Client
from facturepro.sync.engine import SyncEngine
from facturepro.sync.remotes.firestore import FirestoreRemote
from facturepro.sync.remotes.firestore_connection import FirestoreTarget
from tests.sync.devices import new_database

PROJECT = "demo-facturepro"


def main() -> None:
    mode, host, company, file = sys.argv[1:5]
    remote = FirestoreRemote(FirestoreTarget.emulator(host, PROJECT, None), company)
    database = new_database(Path(file), "bbbb")
    engine = SyncEngine(database, remote)
    if mode == "reader":

        def seen(changes: Changes) -> None:
            at = time.monotonic()
            if changes.origin == "remote":
                with database.read() as session:
                    phones = [session.get(Client, each).phone for each in changes.records.get("client", ())]
                print(json.dumps({"at": at, "phones": phones}), flush=True)

        database.bus.subscribe(seen)
        engine.start()
        while engine.state.kind != "up_to_date":
            time.sleep(0.05)
        print(json.dumps({"ready": True}), flush=True)
        sys.stdin.read()
    else:
        seconds = float(sys.argv[5])
        with database.write("waiting") as work:
            work.add(Client(name="Waits"))
        engine.start()
        threading.Event().wait(10)  # the first attempts, close together
        began, cpu = time.monotonic(), time.process_time()
        threading.Event().wait(seconds)
        used = (time.process_time() - cpu) / (time.monotonic() - began) * 100
        print(json.dumps({"cpu": used, "state": engine.state.kind}), flush=True)
    engine.stop()
    remote.close()
    database.close()


if __name__ == "__main__":
    main()
