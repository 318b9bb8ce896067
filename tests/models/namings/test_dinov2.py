"""A transformer in Hugging Face's naming, written with functions alone, gives what timm gives under its own names."""

import timm
import torch
import torch.nn.functional as F
from torch import Tensor

from hilum.models.classifier import classifier
from hilum.models.importing import fill_encoder
from hilum.models.namings import timm_named

WIDTH, LAYERS, HEADS = 384, 12, 6  # of vit_small_patch14_dinov2


def hugging_face() -> dict[str, Tensor]:
    """Random weights of Dinov2Model with 56-pixel images: 4 x 4 patches and a class token."""
    draw = torch.Generator().manual_seed(0)

    def random(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=draw) * 0.05

    tensors = {
        "embeddings.cls_token": random(1, 1, WIDTH),
        "embeddings.mask_token": random(1, WIDTH),
        "embeddings.position_embeddings": random(1, 17, WIDTH),
        "embeddings.patch_embeddings.projection.weight": random(WIDTH, 3, 14, 14),
        "embeddings.patch_embeddings.projection.bias": random(WIDTH),
        "layernorm.weight": 1 + random(WIDTH),
        "layernorm.bias": random(WIDTH),
    }
    shapes = {f"attention.attention.{part}": (WIDTH, WIDTH) for part in ("query", "key", "value")}
    shapes |= {"attention.output.dense": (WIDTH, WIDTH), "mlp.fc1": (4 * WIDTH, WIDTH), "mlp.fc2": (WIDTH, 4 * WIDTH)}
    for number in range(LAYERS):
        at = f"encoder.layer.{number}."
        for part, (out, into) in shapes.items():
            tensors |= {f"{at}{part}.weight": random(out, into), f"{at}{part}.bias": random(out)}
        for part in ("norm1", "norm2"):
            tensors |= {f"{at}{part}.weight": 1 + random(WIDTH), f"{at}{part}.bias": random(WIDTH)}
        tensors |= {f"{at}layer_scale{part}.lambda1": random(WIDTH) for part in (1, 2)}
    return tensors


def forward(tensors: dict[str, Tensor], image: Tensor) -> Tensor:
    """Tokens after the last norm, (B, 17, WIDTH)."""

    def linear(x: Tensor, part: str) -> Tensor:
        return F.linear(x, tensors[f"{part}.weight"], tensors[f"{part}.bias"])

    def normed(x: Tensor, part: str) -> Tensor:
        return F.layer_norm(x, (WIDTH,), tensors[f"{part}.weight"], tensors[f"{part}.bias"], eps=1e-6)

    place = "embeddings.patch_embeddings.projection"
    patches = F.conv2d(image, tensors[f"{place}.weight"], tensors[f"{place}.bias"], stride=14).flatten(2).mT
    x = torch.cat([tensors["embeddings.cls_token"].expand(len(image), -1, -1), patches], dim=1)
    x = x + tensors["embeddings.position_embeddings"]
    for number in range(LAYERS):
        at = f"encoder.layer.{number}."
        y = normed(x, f"{at}norm1")
        query, key, value = (
            linear(y, f"{at}attention.attention.{part}").unflatten(-1, (HEADS, -1)).transpose(1, 2)
            for part in ("query", "key", "value")
        )
        weights = (query @ key.mT / (WIDTH // HEADS) ** 0.5).softmax(dim=-1)
        y = linear((weights @ value).transpose(1, 2).flatten(2), f"{at}attention.output.dense")
        x = x + y * tensors[f"{at}layer_scale1.lambda1"]
        y = linear(F.gelu(linear(normed(x, f"{at}norm2"), f"{at}mlp.fc1")), f"{at}mlp.fc2")
        x = x + y * tensors[f"{at}layer_scale2.lambda1"]
    return normed(x, "layernorm")


def test_an_encoder_gives_the_tokens_of_the_original_naming() -> None:
    tensors = {f"dinov2.{name}": tensor for name, tensor in hugging_face().items()}
    model = classifier(encoder="vit_small_patch14_dinov2", outputs=1, channels=3, size=56).eval()
    notes = fill_encoder(model, tensors, path="rad-dino.safetensors")
    assert any("`dinov2`" in note for note in notes)
    assert any("mask_token" in note for note in notes)
    image = torch.randn(2, 3, 56, 56, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        patches = forward(hugging_face(), image)[:, 1:].mT.reshape(2, WIDTH, 4, 4)
        torch.testing.assert_close(model.maps(image), patches, rtol=1e-4, atol=1e-4)


def test_every_tensor_but_the_mask_token_finds_its_place() -> None:
    network = timm.create_model("vit_small_patch14_dinov2", img_size=56, num_classes=0).state_dict()
    renamed, naming = timm_named(hugging_face())
    assert naming == "dinov2"
    assert set(renamed) - set(network) == {"embeddings.mask_token"}
    assert {name: tensor.shape for name, tensor in renamed.items() if name in network} == {
        name: tensor.shape for name, tensor in network.items()
    }
