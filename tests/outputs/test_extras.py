import sys

import pytest

from hilum.outputs.extras import bundle_model, highdicom
from hilum.schema import DependencyError


@pytest.mark.parametrize("name", ["highdicom", "fhir.resources.R4B.bundle"])
def test_what_is_missing_is_named_with_how_to_install_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(DependencyError, match=r"pip install 'hilum\[outputs\]'"):
        highdicom() if name == "highdicom" else bundle_model()
