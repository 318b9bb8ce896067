"""To a FHIR server, as a transaction that can be sent twice."""

from hilum.serve.senders.http import request

JSON = "application/fhir+json"


def send_fhir(where: str, objects: list[bytes], bundle: bytes | None) -> None:  # noqa: ARG001  every sender is called alike
    """Send a bundle to a server's base address.

    Args:
        where: as in `https://fhir.example/r4`.
        objects: not sent.
        bundle: the transaction; nothing is sent without one.

    Raises:
        DataError: when it was refused.
    """
    if bundle is not None:
        request(where, accept=JSON, body=bundle, content_type=JSON)
