"""EVA-02 as its owners name it: the gates of its perceptrons, and norms inside it."""

from collections.abc import Mapping

from torch import Tensor

from hilum.registry import register

MARKS = ("blocks.0.mlp.w12.weight", "blocks.0.mlp.w1.weight")
INSIDE = {  # in this order: w12 before w1
    "mlp.ffn_ln": "mlp.norm",
    "attn.inner_attn_ln": "attn.norm",
    "mlp.w12": "mlp.fc1",
    "mlp.w1": "mlp.fc1_g",
    "mlp.w2": "mlp.fc1_x",
    "mlp.w3": "mlp.fc2",
}
OF_PROJECTIONS = {"attn.q_bias": "attn.q_proj.bias", "attn.v_bias": "attn.v_proj.bias"}


@register
def eva(tensors: Mapping[str, Tensor]) -> dict[str, Tensor] | None:
    """EVA-02 and EVA-X: `blocks.3.mlp.w3` is timm's `blocks.3.mlp.fc2`.

    Where query, key and value are three layers, their biases stand beside the layers and not in them.

    Source: github.com/baaivision/EVA, EVA-02/asuka/modeling_pretrain.py; timm, models/eva.py.
    """
    if not any(name.endswith(MARKS) for name in tensors):
        return None
    apart = any(name.endswith("blocks.0.attn.q_proj.weight") for name in tensors)
    rules = INSIDE | (OF_PROJECTIONS if apart else {})
    return {_renamed(name, rules): tensor for name, tensor in tensors.items()}


def _renamed(name: str, rules: Mapping[str, str]) -> str:
    part = next((part for part in rules if f".{part}" in name), None)
    return name if part is None else name.replace(f".{part}", f".{rules[part]}")
