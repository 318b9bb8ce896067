"""One HTTP request, with the authorization that the environment holds; an answer that says no is an error."""

import os
import urllib.error
import urllib.request

from hilum.schema import DataError

AUTHORIZATION = "HILUM_SEND_AUTHORIZATION"  # in the environment, since every user sees a command line
SECONDS = 30


def request(url: str, *, accept: str, body: bytes | None = None, content_type: str = "") -> bytes:
    """The answer's body.

    Raises:
        DataError: when the server answers with a refusal.
    """
    headers = {"Accept": accept} | ({"Content-Type": content_type} if body is not None else {})
    if authorization := os.environ.get(AUTHORIZATION):
        headers["Authorization"] = authorization
    asked = urllib.request.Request(url, data=body, headers=headers)
    try:
        with urllib.request.urlopen(asked, timeout=SECONDS) as answer:
            content: bytes = answer.read()
            return content
    except urllib.error.HTTPError as error:
        raise DataError(f"The server answered {error.code}.") from error
    except urllib.error.URLError as error:
        raise DataError(f"The server cannot be reached ({type(error.reason).__name__}).") from error
