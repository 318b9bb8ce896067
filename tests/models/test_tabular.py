import pytest
import torch

from hilum.models.tabular import tabular
from hilum.schema import ConfigError


def test_a_head_straight_on_the_features() -> None:
    model, features = tabular(outputs=3, features=5, head="linear"), torch.randn(4, 5)
    torch.testing.assert_close(model(features=features)["labels"], model.head(features))
    assert torch.equal(model.embed(features=features), features)


def test_a_head_that_reads_maps_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"model\.head: it reads feature maps"):
        tabular(outputs=3, features=5, head="csra")
