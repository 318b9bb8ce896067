"""DICOM images: what is accepted, and how the stored numbers become what the radiologist sees."""

import io
import warnings
from pathlib import Path
from typing import Any

import pydicom
from numpy.typing import NDArray

from hilum.images.dicom_codestream import COLOR
from hilum.images.dicom_color import as_shown
from hilum.images.dicom_decode import follow_stream, is_compressed, stored_values
from hilum.images.dicom_facts import age_years, code, facts, laterality, sex, spacing_mm, view
from hilum.images.dicom_grayscale import to_display
from hilum.images.dicom_palette import palette_luminance
from hilum.images.dicom_size import check_inflated
from hilum.images.image import Image, check_size
from hilum.schema import ImageError

# CR and DX are images. RG is the older word for an image on a screen. OT (other) and SC stand in single-frame secondary
# captures, as which public sets and digitized images are stored. Everything else is another examination.
MODALITIES = ("CR", "DX", "RG", "OT", "SC")
GRAY, PALETTE = ("MONOCHROME1", "MONOCHROME2"), "PALETTE COLOR"
BARE: dict[tuple[bool | None, bool | None], pydicom.uid.UID] = {  # (implicit VR, little endian)
    (True, True): pydicom.uid.ImplicitVRLittleEndian,
    (False, True): pydicom.uid.ExplicitVRLittleEndian,
    (False, False): pydicom.uid.ExplicitVRBigEndian,
}


def read_dicom(path: Path, content: bytes) -> Image:
    """A chest image from a DICOM file of any transfer syntax for which a decoder is installed.

    Accepted are single-frame images of modality CR, DX, RG, OT or SC with 8 to 16 stored bits, gray or color (a color
    image, such as a capture of a viewer, is read by its luminance). The gray pipeline is `dicom_grayscale.to_display`.

    Messages and facts name the file and technical values only, never the patient.

    Raises:
        ImageError: for anything else, and for damaged files.
    """
    # Public sets break many small rules (an age of `51` instead of `051Y`); pydicom says so, and it changes nothing.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = _parsed(path, content)
        try:
            notes: list[str] = []
            _check_kind(path, dataset)
            if is_compressed(dataset):
                follow_stream(path, dataset, notes)
            _check_pixels(path, dataset)
            return Image(
                path,
                "DICOM",
                _gray(path, dataset, notes),
                view=view(dataset),
                laterality=laterality(dataset),
                spacing_mm=spacing_mm(dataset),
                sex=sex(dataset),
                age_years=age_years(dataset),
                facts=facts(dataset) | _noted(notes),
            )
        except ImageError as error:
            raise error if str(path) in str(error) else ImageError(f"{path}: {error}") from error
        except Exception as error:  # pydicom converts a value when it is asked for, and raises what it stumbles over
            # The value itself may name the patient, so only the kind of error is told.
            raise ImageError(
                f"{path}: a DICOM file whose header contradicts itself ({type(error).__name__}). Expected a valid CR "
                "or DX file; export it again or leave it out."
            ) from error


def _parsed(path: Path, content: bytes) -> pydicom.FileDataset:
    try:
        check_inflated(path, content)
        dataset = pydicom.dcmread(io.BytesIO(content), force=True)
        # A bare dataset, as old programs left them, does not name its syntax; how it was parsed says it.
        dataset.file_meta.setdefault("TransferSyntaxUID", BARE[dataset.original_encoding])
        return dataset
    except ImageError:
        raise
    except Exception as error:  # pydicom raises what its parser stumbles over
        raise ImageError(
            f"{path}: a damaged DICOM file ({type(error).__name__}). Expected a whole one; fetch it again."
        ) from error


def _check_kind(path: Path, dataset: pydicom.FileDataset) -> None:
    """Refuse by the header alone what is no chest image, before a pixel is decoded."""
    modality = code(dataset, "Modality")
    if modality not in MODALITIES:
        raise ImageError(
            f"{path}: modality {modality or 'not given'}. Expected an image: {', '.join(MODALITIES)}; leave it out."
        )
    if "PixelData" not in dataset:
        raise ImageError(f"{path}: a DICOM file without pixels. Expected an image; leave it out.")
    frames = int(dataset.get("NumberOfFrames", 1) or 1)
    if frames != 1:
        raise ImageError(f"{path}: {frames} frames. Expected one image a file; split the file or leave it out.")


def _check_pixels(path: Path, dataset: pydicom.FileDataset) -> None:
    """Refuse pixels of a size, depth or kind that no chest image has; what a compressed stream says counts."""
    check_size(path, int(dataset.get("Columns", 0) or 0), int(dataset.get("Rows", 0) or 0))
    bits = int(dataset.get("BitsStored", 0) or 0)
    if not 8 <= bits <= 16:
        raise ImageError(f"{path}: {bits} stored bits a pixel. Expected 8 to 16; export it again or leave it out.")
    photometric = code(dataset, "PhotometricInterpretation")
    if photometric not in (*GRAY, PALETTE, *COLOR):
        raise ImageError(
            f"{path}: photometric interpretation {photometric or 'not given'}. Expected MONOCHROME1 or MONOCHROME2."
        )


def _gray(path: Path, dataset: pydicom.FileDataset, notes: list[str]) -> NDArray[Any]:
    """The image as seen, at the depth that it needs."""
    gray = stored_values(path, dataset, notes)
    if dataset.PhotometricInterpretation == PALETTE:
        return palette_luminance(gray, dataset, notes)
    return to_display(gray, dataset, notes) if dataset.PhotometricInterpretation in GRAY else as_shown(gray, dataset)


def _noted(notes: list[str]) -> dict[str, str]:
    return {"notes": "; ".join(dict.fromkeys(notes))} if notes else {}
