"""Shenzhen: 662 frontal images of a hospital in China, half with tuberculosis, 566 with a lung mask by others.

Counts: 662 PNG of about 3000 x 3000 pixels; 336 with tuberculosis, 326 without. Some are of children.
Labels: tuberculosis by the file's name (`_1`), from the hospital's reading; sex, age and reading in text files, typed
    freely (`male 16month`). Masks of 566 images were drawn by hand later, at the Kyiv Polytechnic Institute.
Citation: Jaeger S, Candemir S, Antani S, Wang YXJ, Lu PX, Thoma G. Two public chest X-ray datasets for computer-aided
    screening of pulmonary diseases. Quantitative Imaging in Medicine and Surgery 2014; 4(6):475-477,
    doi:10.3978/j.issn.2223-4292.2014.11.20. Masks: Stirenko S et al. Chest X-Ray Analysis of Tuberculosis by Deep
    Learning with Segmentation and Augmentation. ELNANO 2018.
License: images public, from the National Library of Medicine for the research community, cite the paper; masks
    CC BY-NC-SA 4.0, so weights trained on them are not for redistribution.
Split: none by the owner.
"""

from pathlib import Path

from hilum.datasets.folder import Folder
from hilum.datasets.tuberculosis import screening_cohort
from hilum.registry import register
from hilum.schema import Cohort


@register
def shenzhen(root: str | Path) -> Cohort:
    """Shenzhen: 662 frontal images, tuberculosis by name, lung masks of 566.

    Args:
        root: `ChinaSet_AllFiles` with `CXR_png`, `ClinicalReadings` and, from the masks' own release, `mask` with
            `*_mask.png`; or `images` and `masks` with one mask an image.
    """
    folder = Folder(root, "shenzhen", "CHNCXR_*.png under CXR_png/ or images/")
    return screening_cohort(folder, "CHNCXR")
