"""Each naming recognizes its own names, leaves all others alone, and gives what timm's network has."""

import timm
import torch

from hilum.models.namings import namings, timm_named


def test_there_are_namings() -> None:
    assert {"efficientnet", "old_densenet"} <= set(namings)


def test_timms_own_names_are_left_alone() -> None:
    for name in ("densenet121", "resnet18", "tf_efficientnet_lite0"):
        tensors = timm.create_model(name).state_dict()
        renamed, naming = timm_named(tensors)
        assert naming == ""
        assert list(renamed) == list(tensors)


def test_a_densenet_of_before_pytorch_04_under_a_prefix() -> None:
    network = timm.create_model("densenet121").state_dict()
    old = {}
    for name, tensor in network.items():
        for part in ("norm1", "norm2", "conv1", "conv2"):
            name = name.replace(f".{part}.", f".{part[:-1]}.{part[-1]}.") if "denselayer" in name else name
        old[f"module.{name}"] = tensor
    assert "module.features.denseblock1.denselayer1.norm.1.weight" in old
    renamed, naming = timm_named(old)
    assert naming == "old_densenet"
    assert [name.removeprefix("module.") for name in renamed] == list(network)


def test_blocks_are_staged_by_their_outputs_also_when_one_is_missing() -> None:
    """Stages of 1, 2, … blocks; names that are nobody's stay."""
    widths = [16, 24, 24, 40]
    tensors = {
        f"_blocks.{block}._project_conv.weight": torch.zeros(width, 8, 1, 1) for block, width in enumerate(widths)
    }
    tensors |= {f"_blocks.{block}._expand_conv.weight": torch.zeros(1) for block in (1, 2, 3)}
    tensors["ema.decay"] = torch.zeros(1)
    renamed, _ = timm_named(tensors)
    assert set(renamed) == {
        "blocks.0.0.conv_pw.weight",
        "blocks.1.0.conv_pwl.weight",
        "blocks.1.1.conv_pwl.weight",
        "blocks.2.0.conv_pwl.weight",
        "blocks.1.0.conv_pw.weight",
        "blocks.1.1.conv_pw.weight",
        "blocks.2.0.conv_pw.weight",
        "ema.decay",
    }
