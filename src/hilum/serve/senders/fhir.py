"""To a FHIR server, as a transaction that can be sent twice."""

from hilum.serve.senders.http import request

JSON = "application/fhir+json"


def send_fhir(where: str, objects: list[bytes], bundles: list[bytes]) -> None:  # noqa: ARG001  every sender is called alike
    """Send bundles to a server's base address.

    Args:
        where: as in `https://fhir.example/r4`.
        objects: not sent.
        bundles: transactions, one after the other.

    Raises:
        DataError: when one was refused.
    """
    for bundle in bundles:
        request(where, accept=JSON, body=bundle, content_type=JSON)
