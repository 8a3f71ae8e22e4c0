"""Runs the `countersign` binary, as a receiver and as a signer, and reads what it says. Judges nothing."""

from __future__ import annotations

import base64
import http.client
import json
import os
import signal
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from delivery import Delivery

SECRET_VARIABLE = "COUNTERSIGN_SECRET"

# Seconds. Generous: they bound a hanging program, and no check waits for them to pass.
ANSWER_WITHIN = 10
LINE_WITHIN = 10
RUN_WITHIN = 120

SET_UP_ERROR = 2

TAKEN = "delivery"
REFUSED = "rejected"
REPEATED = "duplicate"


class BinaryError(Exception):
    """The binary did not keep to its command line contract, so the checks that need it cannot go on."""


@dataclass(frozen=True)
class Answer:
    """An HTTP answer without its `Date` header, the one part that time alone may change."""

    status: int
    phrase: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status <= 299


@dataclass(frozen=True)
class Exchange:
    """The answer to one delivery, and the line that the receiver printed about it."""

    answer: Answer
    outcome: str
    reason: str | None


class Receiver:
    """A running `countersign listen` on a free loopback port. Deliveries are sent one after the other, so that the
    n-th line about a delivery belongs to the n-th delivery."""

    def __init__(self, binary: Path, provider: str, secret: str) -> None:
        command = [str(binary), "listen", "--provider", provider, "--secret-env", SECRET_VARIABLE]
        self._secret = secret
        self._sent = 0
        self._lines: list[str] = []
        self._outcomes: list[dict] = []
        self._grown = threading.Condition()
        self._errors = tempfile.TemporaryFile()
        self._process = start(
            [*command, "--bind", "127.0.0.1:0", "--json"], secret, stdout=subprocess.PIPE, stderr=self._errors
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Receiver:
        try:
            self._url = urlsplit(self._listening_url())
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def deliver(self, delivery: Delivery) -> Exchange:
        """Sends one delivery and waits for its answer and its line."""
        answer = self._post(delivery)
        self._sent += 1
        with self._grown:
            if not self._grown.wait_for(lambda: len(self._outcomes) >= self._sent, LINE_WITHIN):
                raise BinaryError(f"no line about delivery {self._sent}, which was answered {answer.status}")
            line = self._outcomes[self._sent - 1]
        return Exchange(answer, line["event"], line.get("reason"))

    def is_running(self) -> bool:
        return self._process.poll() is None

    def terminate(self, within: float) -> int | None:
        """Sends SIGTERM; the exit status, or `None` if the process still runs after `within` seconds."""
        self._process.send_signal(signal.SIGTERM)
        try:
            status = self._process.wait(within)
        except subprocess.TimeoutExpired:
            return None
        self._reader.join(LINE_WITHIN)
        return status

    def count(self, outcome: str) -> int:
        """How many lines of this outcome were printed; final once the process has ended."""
        with self._grown:
            return sum(line["event"] == outcome for line in self._outcomes)

    def has_printed(self, text: str) -> bool:
        """Whether `text` stands anywhere on standard output or standard error."""
        with self._grown:
            lines = "".join(self._lines)
        return text in lines or text in self._error_text()

    def _listening_url(self) -> str:
        with self._grown:
            self._grown.wait_for(lambda: self._lines or not self._reader.is_alive(), LINE_WITHIN)
            first = self._lines[0] if self._lines else ""
        line = json_object(first)
        if line.get("event") != "listening" or not isinstance(line.get("url"), str):
            complaint = redacted(self._error_text(), self._secret)
            raise BinaryError(f"the first line of `listen` does not say where it listens; its errors: `{complaint}`")
        return line["url"]

    def _post(self, delivery: Delivery) -> Answer:
        connection = http.client.HTTPConnection(self._url.hostname, self._url.port, timeout=ANSWER_WITHIN)
        headers = {"content-type": "application/json", **delivery.headers}
        try:
            connection.request("POST", self._url.path or "/", delivery.body, headers)
            response = connection.getresponse()
            kept = tuple(header for header in response.getheaders() if header[0].lower() != "date")
            return Answer(response.status, response.reason, kept, response.read())
        finally:
            connection.close()

    def _read(self) -> None:
        for text in self._process.stdout:
            line = json_object(text)
            with self._grown:
                self._lines.append(text)
                if line.get("event") in (TAKEN, REFUSED, REPEATED):
                    self._outcomes.append(line)
                self._grown.notify_all()
        with self._grown:
            self._grown.notify_all()

    def _error_text(self) -> str:
        # `pread`, because a seek would move the place where the running process writes, too.
        file = self._errors.fileno()
        return os.pread(file, os.fstat(file).st_size, 0).decode(errors="replace")

    def _end(self) -> None:
        if self.is_running():
            self._process.kill()
        self._process.wait()
        self._reader.join(LINE_WITHIN)
        self._process.stdout.close()
        self._errors.close()


def sign(binary: Path, provider: str, secret: str, body: bytes, *options: str) -> Delivery:
    """Has `countersign sign` sign `body`, and reads the delivery from its JSON."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "body")
        file.write_bytes(body)
        command = [str(binary), "sign", "--provider", provider, "--secret-env", SECRET_VARIABLE]
        process = start(
            [*command, "--body", str(file), *options, "--format", "json"],
            secret,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            printed, complaint = process.communicate(timeout=ANSWER_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise BinaryError(f"`sign` did not end within {ANSWER_WITHIN} s") from None
    if process.returncode != 0:
        raise BinaryError(f"`sign` ended with status {process.returncode}: {redacted(complaint, secret)}")
    if key_text(secret) in printed + complaint:
        raise BinaryError("`sign` printed the secret")
    return delivery_from(json_object(printed))


@dataclass(frozen=True)
class VectorVerdict:
    """What countersign made of one case of a vector file."""

    is_right: bool
    told: str


@dataclass(frozen=True)
class Tolerance:
    """Seconds that a provider's signed time may lie behind and ahead of the clock; `None` where it is not bounded."""

    past: int | None
    future: int | None


def verify_vectors(binary: Path, files: list[Path]) -> dict[str, VectorVerdict]:
    """Runs vector files, and says of every case what became of it. A file that cannot be read spoils the whole run, so
    each is then tried alone."""
    printed, complaint, status = run(binary, "verify", "--vectors", *map(str, files), "--json")
    if status == SET_UP_ERROR and len(files) > 1:
        return {case: verdict for file in files for case, verdict in verify_vectors(binary, [file]).items()}
    lines = [json_object(line) for line in printed.splitlines()]
    verdicts = {line["id"]: verdict_from(line) for line in lines if "id" in line}
    for file in files:
        for case in json.loads(file.read_text())["cases"]:
            if key_text(case["secret"]) in printed + complaint:
                raise BinaryError("`verify` printed a secret")
            verdicts.setdefault(case["id"], VectorVerdict(False, complaint.strip() or "no verdict"))
    return verdicts


def verdict_from(line: dict) -> VectorVerdict:
    if not line.get("supported"):
        return VectorVerdict(False, f"unsupported: {line.get('reason')}")
    return VectorVerdict(line.get("ok") is True, f"{line.get('verdict')}: {line.get('reason')}")


def tolerances(binary: Path) -> dict[str, Tolerance]:
    """The widest window of each provider that countersign knows."""
    printed, complaint, status = run(binary, "providers", "--json")
    if status != 0:
        raise BinaryError(f"`providers` ended with status {status}: {complaint}")
    known = {}
    for line in map(json_object, printed.splitlines()):
        bounds = {
            side: [scheme[side] for scheme in line.get("schemes", []) if scheme.get(side) is not None]
            for side in ("tolerance_past", "tolerance_future")
        }
        past, future = (max(bounds[side], default=None) for side in ("tolerance_past", "tolerance_future"))
        known[line.get("name")] = Tolerance(past, future)
    return known


def run(binary: Path, *arguments: str) -> tuple[str, str, int]:
    """Standard output, standard error and status of a run that needs no secret."""
    process = start([str(binary), *arguments], "", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        printed, complaint = process.communicate(timeout=RUN_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise BinaryError(f"`{arguments[0]}` did not end within {RUN_WITHIN} s") from None
    return printed, complaint, process.returncode


def delivery_from(printed: dict) -> Delivery:
    try:
        if printed["method"] != "POST":
            raise BinaryError("`sign` printed a delivery that is no POST")
        headers = {name.lower(): value for name, value in printed["headers"]}
        body = base64.b64decode(printed["body_base64"], validate=True)
        return Delivery(headers, body, printed["url"], printed["method"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BinaryError(f"`sign` printed no delivery as its contract has it: {error!r}") from error


def start(command: list[str], secret: str, **streams: object) -> subprocess.Popen:
    environment = {**os.environ, SECRET_VARIABLE: secret}
    try:
        return subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, text=True, encoding="utf-8", **streams
        )
    except OSError as error:
        raise BinaryError(f"cannot start `{command[0]}`: {error.strerror}") from error


def json_object(text: str) -> dict:
    """The JSON object that `text` is, or an empty one."""
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def key_text(secret: str) -> str:
    """The secret without its public prefix, which a program may strip before it prints the rest."""
    return secret.removeprefix("whsec_")


def redacted(text: str, secret: str) -> str:
    return text.replace(key_text(secret), "[secret]").strip()
