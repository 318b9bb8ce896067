"""DICOM Secondary Capture: a picture with all that was found burnt in, for viewers that know nothing else."""

import pydicom

from hilum.outputs.extras import highdicom
from hilum.outputs.picture import picture_of
from hilum.outputs.source import moment, ready
from hilum.outputs.stamp import NOTICE, device, finished, identity
from hilum.registry import register
from hilum.schema import Reading


@register
def sc(reading: Reading, source: pydicom.Dataset) -> list[pydicom.Dataset]:
    """Secondary capture: the image with heatmap, boxes and outlines, findings beside it, and the notice.

    No identifier is burnt in; the header names the patient, as it must for an archive.

    Source: DICOM PS3.3 A.8.1.
    """
    image = ready(source, reading)
    made: pydicom.Dataset = highdicom("sc").SCImage.from_ref_dataset(
        ref_dataset=image,
        pixel_array=picture_of(reading),
        photometric_interpretation="RGB",
        bits_allocated=8,
        coordinate_system="PATIENT",
        patient_orientation=("L", "F"),  # highdicom wants one; the image's own takes its place below
        transfer_syntax_uid="1.2.840.10008.1.2.1",
        **identity(reading, image, "sc"),
        **device(reading),
    )
    del made.PatientOrientation
    date, time = moment(source)
    made.DateOfSecondaryCapture, made.TimeOfSecondaryCapture = date, time
    made.ConversionType = "SYN"
    made.DerivationDescription = f"Findings burnt in. {NOTICE}"
    made.SourceImageSequence = [_reference(image)]
    if source.get("BurnedInAnnotation") in ("YES", "NO"):  # what stands in the source's own pixels is in these, too
        made.BurnedInAnnotation = source.BurnedInAnnotation
    return [finished(made, source, "Picture", ["PatientOrientation", "Laterality"])]


def _reference(image: pydicom.Dataset) -> pydicom.Dataset:
    item = pydicom.Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = image.SOPClassUID, image.SOPInstanceUID
    return item
