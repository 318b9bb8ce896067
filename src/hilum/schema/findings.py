"""The names a model speaks of: their order, their synonyms, and the maps between vocabularies.

Vocabularies are quoted as their owners spell them, so that a column in an owner's table is found by its own name.
Two names mean the same finding when they agree after case, spaces, hyphens and underscores are put aside, `/` is read
as or, and British spelling as American; or when `SYNONYMS` says so. Nothing is mapped by likeness: `Lung Opacity` is
not `Infiltration`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from hilum.schema.errors import ConfigError, DataError, listed

NIH14 = (
    "Atelectasis", "Cardiomegaly", "Effusion", "Infiltration", "Mass", "Nodule", "Pneumonia", "Pneumothorax",
    "Consolidation", "Edema", "Emphysema", "Fibrosis", "Pleural_Thickening", "Hernia",
)  # fmt: skip
NO_FINDING = "No Finding"
CHEXPERT14 = (
    NO_FINDING, "Enlarged Cardiomediastinum", "Cardiomegaly", "Lung Opacity", "Lung Lesion", "Edema",
    "Consolidation", "Pneumonia", "Atelectasis", "Pneumothorax", "Pleural Effusion", "Pleural Other", "Fracture",
    "Support Devices",
)  # fmt: skip
CHEXPERT5 = ("Atelectasis", "Cardiomegaly", "Consolidation", "Edema", "Pleural Effusion")
RSNA = ("Lung Opacity",)
TUBERCULOSIS = ("Tuberculosis",)

VOCABULARIES = {
    "nih14": NIH14,
    "nih15": (*NIH14, NO_FINDING),
    "chexpert14": CHEXPERT14,
    "chexpert5": CHEXPERT5,
    "rsna": RSNA,
}

SYNONYMS = {
    "infiltrate": "infiltration",
    "pleuraleffusion": "effusion",
    "enlargedheart": "cardiomegaly",
    "hiatalhernia": "hernia",
    "pulmonaryfibrosis": "fibrosis",
    "pulmonaryedema": "edema",
    "normal": "nofinding",
    "nofindings": "nofinding",
    "airspaceopacity": "lungopacity",
    "airspaceopacities": "lungopacity",
    "lungopacities": "lungopacity",
    "massornodule": "noduleormass",
    "lungnodule": "nodule",
    "pulmonarynodule": "nodule",
    "lungmass": "mass",
    "pulmonarymass": "mass",
    "pleuraleffusions": "effusion",
    "lungedema": "edema",
    "hiatushernia": "hernia",
    "pleuralthickenings": "pleuralthickening",
    "lungconsolidation": "consolidation",
    "pulmonaryemphysema": "emphysema",
    "pulmonaryinfiltrate": "infiltration",
    "infiltrates": "infiltration",
    "lungfibrosis": "fibrosis",
    "fractures": "fracture",
    "supportdevice": "supportdevices",
    "interstitiallungdisease": "ild",
    "tb": "tuberculosis",
}
BRITISH = {"oedem": "edem", "haem": "hem", "tumour": "tumor", "oesoph": "esoph", "fibre": "fiber"}


def key(name: str) -> str:
    """The form in which two spellings of one finding are equal.

    >>> key("Pleural_Effusion") == key("effusion")
    True
    >>> key("Pulmonary oedema") == key("Edema"), key("Nodule/Mass") == key("Nodule or mass")
    (True, True)
    """
    folded = "".join(name.lower().split()).replace("_", "").replace("-", "").replace("/", "or")
    for british, american in BRITISH.items():
        folded = folded.replace(british, american)
    return SYNONYMS.get(folded, folded)


def display(name: str) -> str:
    """The name as a person reads it.

    >>> display("Pleural_Thickening")
    'Pleural thickening'
    """
    return name.replace("_", " ").capitalize()


@dataclass(frozen=True)
class Findings(Sequence[str]):
    """An ordered tuple of finding names; column order of labels, logits and probabilities alike.

    Raises:
        DataError: when two names mean the same finding.
    """

    names: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(self.names))
        keys = [key(name) for name in self.names]
        twice = [name for name, spelled in zip(self.names, keys, strict=True) if keys.count(spelled) > 1]
        if twice:
            raise DataError(f"Findings name one thing twice: {listed(twice)}. Expected distinct findings.")

    @classmethod
    def of(cls, vocabulary: str | Iterable[str]) -> "Findings":
        """A named vocabulary (`nih14`, `nih15`, `chexpert14`, `chexpert5`, `rsna`) or the names themselves."""
        if not isinstance(vocabulary, str):
            return cls(tuple(vocabulary))
        if vocabulary not in VOCABULARIES:
            raise ConfigError(f"There is no vocabulary '{vocabulary}'. Expected one of: {', '.join(VOCABULARIES)}.")
        return cls(VOCABULARIES[vocabulary])

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, position):  # type: ignore[no-untyped-def]
        return self.names[position]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.find(name) is not None

    def find(self, name: str) -> int | None:
        """Position of the finding under this or a synonymous name; None when it is not among them."""
        wanted = key(name)
        return next((place for place, own in enumerate(self.names) if key(own) == wanted), None)

    def position(self, name: str) -> int:
        """Position of the finding; an error that lists the names when it is not among them."""
        place = self.find(name)
        if place is None:
            raise ConfigError(f"There is no finding '{name}' here. Expected one of: {', '.join(self.names)}.")
        return place

    def shared(self, other: "Findings") -> "Findings":
        """The findings both speak of, in this one's order and spelling."""
        return Findings(tuple(name for name in self.names if name in other))
