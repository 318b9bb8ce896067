"""DICOM Structured Report: findings, probabilities, boxes and measurements that a machine can read."""

from typing import Any

import pydicom

from hilum.outputs.codes import concept
from hilum.outputs.extras import highdicom
from hilum.outputs.regions import Box, boxes_in, corners, place_of
from hilum.outputs.source import ready
from hilum.outputs.stamp import MAKER, coded, coding_schemes, device, device_uid, finished, identity, stable_uid
from hilum.outputs.structures import outlined, segmentation_of
from hilum.registry import register
from hilum.schema import Assessment, Measurement, Reading
from hilum.schema.reading import DECIMALS


@register
def sr(reading: Reading, source: pydicom.Dataset, *, segmented: bool = False) -> list[pydicom.Dataset]:
    """Structured report (Comprehensive SR, TID 1500): findings, probabilities, boxes, measurements.

    Each finding is a measurement group: present, absent or undetermined, the probability, the operating point, and
    which algorithm said so. Each box is a group of its own with its region. Completed, not verified, preliminary.

    With `segmented`, which says that `seg` is written as well, each outlined structure is a group that refers to its
    segment by UID, and measurements name the segmentation that they were made on.

    Source: DICOM PS3.16 TID 1500, 1501, 1410, 4019; IHE AI Results (AIR).
    """
    image = ready(source, reading)
    masks = outlined(reading) if segmented else {}
    maker = _Groups(reading, image, source, segmentation_of(reading, image) if masks else None)
    groups = [group for each in reading.assessments for group in maker.of_finding(each)]
    groups += [maker.of_structure(name, number) for number, name in enumerate(masks, start=1)]
    groups += [maker.of_measurement(each) for each in reading.measurements]
    hd = highdicom("sr")
    observer = hd.ObserverContext(
        coded(concept("algorithm", "device")),
        hd.DeviceObserverIdentifyingAttributes(
            uid=device_uid(reading),
            name=MAKER,
            manufacturer_name=MAKER,
            model_name=reading.model,
            serial_number=reading.weights,
        ),
    )
    report = hd.MeasurementReport(
        observation_context=hd.ObservationContext(observer_device_context=observer),
        procedure_reported=coded(concept("document", "any_radiograph")),
        imaging_measurements=groups,
        title=coded(concept("document", "report")),
        referenced_images=[image] if _describable(image) else None,
    )
    made = hd.ComprehensiveSR(
        evidence=[image, *([maker.segmentation] if maker.segmentation else [])],
        content=report[0],
        is_complete=True,
        is_final=False,
        is_verified=False,
        coding_schemes=coding_schemes(),
        **identity(reading, image, "sr", 1, *(["seg"] if masks else [])),
        **device(reading),
    )
    return [finished(made, source, "Findings")]


class _Groups:
    """Measurement groups of one reading."""

    def __init__(
        self, reading: Reading, image: pydicom.Dataset, source: pydicom.Dataset, segmentation: pydicom.Dataset | None
    ) -> None:
        self.reading, self.image, self.source, self.segmentation = reading, image, source, segmentation
        self.hd = highdicom("sr")

    def of_finding(self, assessment: Assessment) -> list[Any]:
        """The finding's own group, then one a box."""
        finding, call = coded(concept("finding", assessment.finding)), coded(concept("call", assessment.call))
        values = {"probability": assessment.probability, "operating_point": assessment.threshold}
        boxes = boxes_in(self.reading.boxes_of(assessment.finding))
        return [
            self.hd.MeasurementsAndQualitativeEvaluations(
                tracking_identifier=self._tracked(assessment.finding),
                algorithm_id=self._algorithm(),
                finding_type=finding,
                measurements=self._numbers(values) or None,
                qualitative_evaluations=[self.hd.QualitativeEvaluation(finding, call)],
                source_images=[self._seen()],
            ),
            *(self._of_box(assessment.finding, number, box) for number, box in enumerate(boxes, start=1)),
        ]  # fmt: skip

    def of_structure(self, name: str, number: int) -> Any:
        """An outlined structure, by its segment, which has the same tracking UID."""
        assert self.segmentation is not None
        segment = self.hd.ReferencedSegmentationFrame(
            self.segmentation.SOPClassUID,
            self.segmentation.SOPInstanceUID,
            number,
            number,
            self.hd.SourceImageForSegmentation.from_source_image(self.image),
        )
        for item in segment:  # a frame or a segment is named, never both: PS3.3 Table 10-3
            item.ReferencedSOPSequence[0].pop("ReferencedSegmentNumber", None)
        return self.hd.PlanarROIMeasurementsAndQualitativeEvaluations(
            tracking_identifier=self._tracked(name),
            referenced_segment=segment,
            finding_type=coded(concept("structure", name)),
            algorithm_id=self._algorithm(),
        )

    def of_measurement(self, measurement: Measurement) -> Any:
        """A number measured on the image, or on the segmentation of its structures."""
        name = coded(concept("measurement", measurement.name))
        value = round(measurement.value, DECIMALS)
        made_on = self.segmentation and [
            self.hd.SourceImageForMeasurement(self.segmentation.SOPClassUID, self.segmentation.SOPInstanceUID)
        ]
        unit = coded(concept("unit", measurement.unit))
        return self.hd.MeasurementsAndQualitativeEvaluations(
            tracking_identifier=self._tracked(measurement.name),
            algorithm_id=self._algorithm(),
            measurements=[self.hd.Measurement(name, value, unit, referenced_images=made_on)],
            source_images=[self._seen()],
        )

    def _of_box(self, finding: str, number: int, box: Box) -> Any:
        region = self.hd.ImageRegion(
            "POLYLINE", corners(box), self.hd.SourceImageForRegion.from_source_image(self.image)
        )
        return self.hd.PlanarROIMeasurementsAndQualitativeEvaluations(
            tracking_identifier=self._tracked(f"{finding} box {number}"),
            referenced_region=region,
            finding_type=coded(concept("finding", finding)),
            finding_sites=self._sites(finding, box),
            algorithm_id=self._algorithm(),
            measurements=self._numbers({"probability": box.score}) or None,
        )

    def _sites(self, finding: str, box: Box) -> list[Any] | None:
        """The lung and its side, for a finding of the lungs on an image whose orientation is known."""
        side = place_of(box, self.reading.masks, self.reading.pixels.shape[1], self.source).side
        site = concept("finding", finding).site
        if not side or not site:
            return None
        return [self.hd.FindingSite(coded(concept("structure", site)), coded(concept("side", side)))]

    def _numbers(self, values: dict[str, Any]) -> list[Any]:
        ratio = coded(concept("unit", "1"))
        return [
            self.hd.Measurement(coded(concept("measurement", name)), round(float(value), DECIMALS), ratio)
            for name, value in values.items()
            if value is not None and value == value  # not a number: not said
        ]

    def _tracked(self, name: str) -> Any:
        return self.hd.TrackingIdentifier(stable_uid(self.reading, self.image, "tracking", name), name)

    def _algorithm(self) -> Any:
        return self.hd.AlgorithmIdentification(
            name=f"{MAKER} {self.reading.model}",
            version=str(self.reading.provenance.get("versions", {}).get("hilum", "unknown")),
            parameters=[f"weights sha256 {self.reading.provenance.get('weights_sha256', 'unknown')}"],
            family=coded(concept("algorithm", "artificial_intelligence")),
        )

    def _seen(self) -> Any:
        return self.hd.SourceImageForMeasurementGroup.from_source_image(self.image)


def _describable(image: pydicom.Dataset) -> bool:
    """Whether the header holds what an image library entry needs; nothing is invented to fill it."""
    return "PatientOrientation" in image and "ImagerPixelSpacing" in image
