"""Montgomery County: 138 frontal images of a tuberculosis screening program, each with a mask of either lung.

Counts: 138 PNG of 4020 x 4892 or 4892 x 4020 pixels, 12 bits; 58 with tuberculosis, 80 without.
Labels: tuberculosis by the file's name (`_1`), from the program's reading; sex, age and reading in text files. Lungs
    were outlined by hand under a radiologist's guidance; what lies behind heart and diaphragm is not lung here.
    A few patients were imageed twice, which only the readings say. Reading and disease come from one program: a
    model may learn the device.
Citation: Jaeger S, Candemir S, Antani S, Wang YXJ, Lu PX, Thoma G. Two public chest X-ray datasets for computer-aided
    screening of pulmonary diseases. Quantitative Imaging in Medicine and Surgery 2014; 4(6):475-477,
    doi:10.3978/j.issn.2223-4292.2014.11.20. Masks: Candemir S et al., IEEE Transactions on Medical Imaging 2014;
    33(2):577-590.
License: public, from the National Library of Medicine for the research community; cite both papers.
Split: none by the owner.
"""

from pathlib import Path

from hilum.datasets.folder import Folder
from hilum.datasets.tuberculosis import screening_cohort
from hilum.registry import register
from hilum.schema import Cohort


@register
def montgomery(root: str | Path) -> Cohort:
    """Montgomery County: 138 frontal images, lung masks, tuberculosis by name.

    Args:
        root: `MontgomerySet` with `CXR_png`, `ClinicalReadings` and `ManualMask/leftMask` and `rightMask`; or `images`
            and `masks` with one mask an image.
    """
    folder = Folder(root, "montgomery", "MCUCXR_*.png under CXR_png/ or images/")
    return screening_cohort(folder, "MCUCXR", view="PA")
