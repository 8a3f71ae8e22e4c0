"""The official npm packages, which run in a process of their own: `node/adapter.mjs` is the other end of the line."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from functools import partial
from pathlib import Path

import own_schemes
import schemes
from contents import Bodies
from delivery import Delivery
from keys import Keys
from scheme import Draft, Scheme
from sdk import Sdk

ADAPTER = Path(__file__).parent / "node" / "adapter.mjs"


class AdapterError(Exception):
    """The adapter itself failed, so that nothing is known of the package."""


class Packages:
    """The running adapter. It runs beside `node_modules`, because that is where node looks for packages."""

    def __init__(self, folder: Path) -> None:
        copy = shutil.copy(ADAPTER, folder)
        self._process = subprocess.Popen(
            ["node", "--no-warnings", copy],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def __enter__(self) -> Packages:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def sdks(self) -> list[Sdk]:
        return [self._sdk(index, told) for index, told in enumerate(self._ask({"do": "list"})["sdks"])]

    def _sdk(self, index: int, told: dict) -> Sdk:
        scheme = getattr(schemes, told["scheme"], None) or getattr(own_schemes, told["scheme"])
        return Sdk(
            registry="npm",
            package=told["package"],
            version=told["version"],
            scheme=scheme,
            bodies=Bodies[told["bodies"]],
            verify=partial(self._verify, index),
            sign=partial(self._sign, index, scheme) if told["signs"] else None,
            lax=told["lax"],
            strict=told["strict"],
        )

    def _verify(self, index: int, keys: Keys, delivery: Delivery) -> bool:
        told = {
            "method": delivery.method,
            "url": delivery.url,
            "headers": delivery.headers,
            "body_base64": base64.b64encode(delivery.body).decode(),
        }
        return self._ask({"do": "verify", "sdk": index, "keys": as_json(keys), "delivery": told})["accepted"]

    def _sign(self, index: int, scheme: Scheme, keys: Keys, draft: Draft) -> Delivery:
        told = {
            "method": draft.method,
            "url": draft.url,
            "at": draft.at,
            "id": draft.id,
            "body_base64": base64.b64encode(draft.body).decode(),
        }
        headers = self._ask({"do": "sign", "sdk": index, "keys": as_json(keys), "draft": told})["headers"]
        # What else the sender writes into the head is the scheme's to know.
        others = scheme.sign(keys, draft).headers
        return Delivery({**others, **headers}, draft.body, draft.url, draft.method)

    def _ask(self, question: dict) -> dict:
        try:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
            answer = json.loads(self._process.stdout.readline() or "{}")
        except (OSError, ValueError) as error:
            raise AdapterError(f"the node adapter does not answer: {error!r}") from error
        if "fault" in answer or not answer:
            raise AdapterError(f"the node adapter failed: {answer.get('fault', 'it ended')}")
        return answer


def as_json(keys: Keys) -> dict[str, str]:
    return {"private": keys.private, "public": keys.public}
