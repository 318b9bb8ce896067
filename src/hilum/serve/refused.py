"""What the door answers when it does not take an image, in the codes of HTTP and of DICOM."""

from hilum.schema import HilumError


class Refused(HilumError):
    """An image that was not taken; nothing of it was kept.

    Args:
        message: why, and what to do; without anything that names the patient.
        http: status code.
        dicom: status of the C-STORE response.
        retry_after_seconds: when to come again; None where that would not help.

    Source: DICOM PS3.4 B.2.3 and PS3.7 C (0xA700 out of resources, 0xC000 cannot understand, 0xA900 does not match).
    """

    def __init__(self, message: str, *, http: int, dicom: int, retry_after_seconds: int | None = None) -> None:
        super().__init__(message)
        self.http, self.dicom, self.retry_after_seconds = http, dicom, retry_after_seconds


def queue_full(waiting: int) -> Refused:
    """More images wait than may."""
    return Refused(
        f"{waiting:,} images wait to be read, and no more may. Send it again later.",
        http=429,
        dicom=0xA700,
        retry_after_seconds=30,
    )


def disk_full() -> Refused:
    """What must stay free on the disk would not."""
    return Refused("The disk is full. Free some space, then send it again.", http=503, dicom=0xA700,
                   retry_after_seconds=120)  # fmt: skip


def broken() -> Refused:
    """The database cannot be used."""
    return Refused("The server's database is damaged. Start the server again: it makes a new one of its files.",
                   http=503, dicom=0xA700, retry_after_seconds=120)  # fmt: skip


def conflict() -> Refused:
    """Another image has this SOP Instance UID."""
    return Refused("Another image with this SOP Instance UID is stored, and it stays. Send it under a UID of its own.",
                   http=409, dicom=0xC001)  # fmt: skip


def not_understood(why: str) -> Refused:
    """No image that has a name."""
    return Refused(f"{why}. Expected a DICOM file with a SOP Instance UID, a PNG or a JPEG.", http=400, dicom=0xC000)


def too_large(most_bytes: int) -> Refused:
    """A file or a request beyond its limit."""
    return Refused(f"Larger than {most_bytes:,} bytes. Expected less; send fewer images at once.", http=413,
                   dicom=0xC002)  # fmt: skip


def too_many(most: int) -> Refused:
    """Files beyond what one request may hold; those before them were taken."""
    return Refused(f"More than {most:,} files in one request; the first {most:,} were looked at. Send the others in "
                   "a request of their own.", http=413, dicom=0xC002)  # fmt: skip
