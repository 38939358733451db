"""Starts the official Firestore emulator for a test run, and makes sure that it ends with it."""

from __future__ import annotations

import atexit
import base64
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from facturepro.assets import asset

MAIN_CLASS = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"
HOW_TO_INSTALL = (
    "install Java 17 or later and the Debian package "
    "google-cloud-cli-firestore-emulator (or `gcloud components install cloud-firestore-emulator`, or "
    "`npx firebase-tools setup:emulators:firestore`), or set FACTUREPRO_EMULATOR_JAR to its jar"
)
_SDK = "platform/cloud-firestore-emulator/cloud-firestore-emulator.jar"
_STARTS_WITHIN = 60.0
# The emulator ends with the test run even when that one is killed: its end of the pipe closes then.
_GUARD = 'exec 3<&0; "$@" </dev/null 3<&- & pid=$!; (cat <&3 >/dev/null; kill -9 $pid) & exec 3<&-; wait $pid'


@dataclass(frozen=True)
class Emulator:
    host_port: str
    project: str = "demo-facturepro"
    pid: int = 0


def find_jar() -> Path | None:
    named = os.environ.get("FACTUREPRO_EMULATOR_JAR")
    if named:
        return Path(named) if Path(named).is_file() else None
    roots = [Path("/usr/lib/google-cloud-sdk"), Path.home() / "google-cloud-sdk"]
    gcloud = shutil.which("gcloud")
    if gcloud:
        roots.append(Path(gcloud).resolve().parent.parent)
    places = [root / _SDK for root in roots]
    cache = Path.home() / ".cache" / "firebase" / "emulators"
    places += sorted(cache.glob("cloud-firestore-emulator-*.jar"), reverse=True)
    return next((place for place in places if place.is_file()), None)


def missing() -> str | None:
    """What stands in the way of an emulator, for a person; None: nothing."""
    return None if find_jar() is not None and shutil.which("java") else HOW_TO_INSTALL


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(log: Path) -> Iterator[Emulator]:
    """An emulator with this project's rules, on a port of its own."""
    process, port = _started(log)
    try:
        yield Emulator(f"127.0.0.1:{port}", pid=process.pid)
    finally:
        _end(process)


def _started(log: Path) -> tuple[subprocess.Popen[bytes], int]:
    """Tries a second port when another program takes the first one in between."""
    for is_last in (False, True):
        port = free_port()
        with log.open("wb") as output:
            process = subprocess.Popen(
                _command(port), stdin=subprocess.PIPE, stdout=output, stderr=output, start_new_session=True
            )
        atexit.register(_end, process)
        try:
            _wait_until_open(port, process, log)
        except RuntimeError:
            _end(process)
            if is_last:
                raise
        else:
            break
    return process, port


def _command(port: int) -> list[str]:
    jar = find_jar()
    assert jar is not None, HOW_TO_INSTALL
    rules = asset("cloud", "firestore.rules")
    start = ["java", "-Xmx512m", "-XX:+UseSerialGC", "-cp", str(jar), MAIN_CLASS, "start"]
    start += ["--host=127.0.0.1", f"--port={port}", f"--rules={rules}"]
    return start if os.name == "nt" else ["sh", "-c", _GUARD, "sh", *start]


def _wait_until_open(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _STARTS_WITHIN
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"the emulator did not start: {log.read_text(errors='replace')[-2000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    if process.poll() is not None:
        return
    if os.name == "nt":
        process.kill()
    else:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=10)


def unsigned_token(uid: str, project: str, email: str = "") -> str:
    """An ID token as the emulator accepts it: no signature."""
    now = int(time.time())
    issuer = f"https://securetoken.google.com/{project}"
    claims = {"sub": uid, "user_id": uid, "aud": project, "iss": issuer, "iat": now, "exp": now + 3600}
    claims["firebase"] = {"sign_in_provider": "password", "identities": {}}
    if email:
        claims["email"] = email
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts) + "."
