"""EVA-02's own names give what timm's own reader of them gives, and EVA-X's network is its owner's."""

import timm
import torch
from timm.models.eva import Eva, checkpoint_filter_fn
from torch import Tensor
from torch.nn import functional

from hilum.models.classifier import classifier
from hilum.models.importing import fill_encoder
from hilum.models.namings import timm_named

BACK = {".fc1_g.": ".w1.", ".fc1_x.": ".w2.", ".fc1.": ".w12.", ".fc2.": ".w3.", "mlp.norm.": "mlp.ffn_ln."}
BIASES = {"q_proj.bias": "q_bias", "v_proj.bias": "v_bias"}


def owners(network: torch.nn.Module) -> dict[str, Tensor]:
    """Random weights of a network under the names of a checkpoint of masked images."""
    draw, tensors = torch.Generator().manual_seed(0), {}
    for name, tensor in network.state_dict().items():
        for ours, theirs in (BACK | BIASES).items():
            name = name.replace(ours, theirs)
        if "head" not in name:
            tensors[name.replace("fc_norm.", "norm.")] = torch.randn(tensor.shape, generator=draw) * 0.1
    return tensors | {"mask_token": torch.zeros(1, 1, tensors["cls_token"].shape[-1])}


def test_names_are_those_that_timm_reads() -> None:
    for name in ("eva02_tiny_patch14_224", "eva02_base_patch14_224"):  # gates in one layer and in two
        network = timm.create_model(name, depth=2, num_classes=3)
        file = owners(network)
        expected = checkpoint_filter_fn(file, network)
        renamed, naming = timm_named(file)
        assert naming == "eva"
        renamed = {
            key.replace("norm.", "fc_norm.") if key.startswith("norm.") else key: t for key, t in renamed.items()
        }
        assert set(renamed) - {"mask_token"} == set(expected)
        assert all(torch.equal(renamed[key], tensor) for key, tensor in expected.items())


def test_eva_x_is_its_owner_s_network() -> None:
    """Written as its owner builds it: patches of 16, and no norm before the mean over places."""
    original = Eva(
        img_size=64,
        patch_size=16,
        embed_dim=192,
        depth=12,
        num_heads=3,
        mlp_ratio=4 * 2 / 3,
        swiglu_mlp=True,
        use_rot_pos_emb=True,
        ref_feat_shape=(14, 14),
    ).eval()
    file = owners(original)
    lacking = original.load_state_dict(checkpoint_filter_fn(file, original), strict=False)
    assert set(lacking.missing_keys) == {"head.weight", "head.bias"}
    ours = classifier(encoder="eva_x_tiny_patch16_224", outputs=1, channels=3, size=64)
    notes = fill_encoder(ours, file, path="eva_x.pt")
    assert "`eva`" in notes[0]
    image = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        tokens = functional.layer_norm(
            original.forward_features(image)[:, 1:], (192,), file["norm.weight"], file["norm.bias"], eps=1e-6
        )
        torch.testing.assert_close(ours.eval().maps(image), tokens.mT.reshape(2, 192, 4, 4), rtol=1e-5, atol=1e-5)
