"""A stand-in for a FHIR server: no server, but as strict as one about a transaction.

Each resource is checked by fhir.resources (R4B). A transaction is taken as a whole or refused: every entry is a POST to
its own type, full URLs are different, each reference to `urn:uuid:` leads to an entry, and an entry with `ifNoneExist`
is created only where no resource has its identifier; what refers to it then refers to the one that there is.
`fhir_stand_in.py PORT` answers POST at any path, and GET with the number of resources of each type.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from fhir.resources.R4B import get_fhir_model_class


class Refused(ValueError):
    """Why a transaction is not taken."""


class Store:
    """The resources that there are."""

    def __init__(self) -> None:
        self.resources: dict[str, dict[str, Any]] = {}  # by type/id

    def transact(self, bundle: dict[str, Any]) -> dict[str, Any]:
        """Take a transaction; its response.

        Raises:
            Refused: and then nothing was taken.
        """
        get_fhir_model_class("Bundle").model_validate(bundle)
        if bundle["type"] != "transaction":
            raise Refused(f"a bundle of type {bundle['type']}")
        places, created = self._places(bundle["entry"])
        taken = {}
        for entry in bundle["entry"]:
            resource = json.loads(json.dumps(entry["resource"]))
            for reference in references(resource):
                target = reference["reference"]
                if target.startswith("urn:"):
                    if target not in places:
                        raise Refused(f"{target} leads to no entry")
                    reference["reference"] = places[target]
            get_fhir_model_class(resource["resourceType"]).model_validate(resource)
            taken[places[entry["fullUrl"]]] = resource
        self.resources |= {place: resource for place, resource in taken.items() if place in created}
        entries = [
            {"response": {"status": "201" if places[each["fullUrl"]] in created else "200",
                          "location": places[each["fullUrl"]]}}
            for each in bundle["entry"]
        ]  # fmt: skip
        return {"resourceType": "Bundle", "type": "transaction-response", "entry": entries}

    def _places(self, entries: list[dict[str, Any]]) -> tuple[dict[str, str], set[str]]:
        """Where each full URL will lie, and which of these places are new."""
        places: dict[str, str] = {}
        created: set[str] = set()
        asked = Counter(entry["request"].get("ifNoneExist") for entry in entries)
        for entry in entries:
            kind, request = entry["resource"]["resourceType"], entry["request"]
            if request["method"] != "POST" or request["url"] != kind:
                raise Refused(f"{request['method']} {request['url']} of a {kind}")
            if entry["fullUrl"] in places:
                raise Refused(f"{entry['fullUrl']} stands twice")
            condition = request.get("ifNoneExist", "")
            if condition and asked[condition] > 1:
                raise Refused(f"{condition} is asked for twice in one transaction")
            held = {place: one for place, one in self.resources.items() if one["resourceType"] == kind}
            found = [place for place, one in held.items() if has(one, condition)]
            if len(found) > 1:
                raise Refused(f"{condition} fits {len(found)} resources")  # 412 Precondition Failed
            places[entry["fullUrl"]] = found[0] if found else f"{kind}/{len(self.resources) + len(created) + 1}"
            created |= set() if found else {places[entry["fullUrl"]]}
        return places, created


def has(resource: dict[str, Any], condition: str) -> bool:
    """Whether a resource has the identifier of a condition `identifier=SYSTEM|VALUE`."""
    system, _, value = condition.removeprefix("identifier=").partition("|")
    return bool(condition) and {"system": system, "value": value} in resource.get("identifier", [])


def references(value: Any) -> Iterator[dict[str, Any]]:
    """All references within a resource."""
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from references(each)


class Handler(BaseHTTPRequestHandler):
    """One transaction a request."""

    store = Store()

    def do_POST(self) -> None:
        try:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer, code = self.store.transact(body), 200
        except (Refused, ValueError, KeyError) as error:
            issue = {"severity": "error", "code": "processing", "diagnostics": str(error)}
            answer, code = {"resourceType": "OperationOutcome", "issue": [issue]}, 400
        self._answer(code, answer)

    def do_GET(self) -> None:
        self._answer(200, dict(Counter(place.partition("/")[0] for place in self.store.resources)))

    def _answer(self, code: int, value: Any) -> None:
        self.send_response(code)
        self.send_header("Content-Type", "application/fhir+json")
        self.end_headers()
        self.wfile.write(json.dumps(value).encode())

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
