"""Gradients of many findings at once: what explainers by gradient are made of."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from hilum.models.contract import ImageView
from hilum.schema import ConfigError

AT_ONCE = 8  # images in one pass forward and back


def looked_at(model: nn.Module, image: Tensor, findings: Sequence[int] | None) -> tuple[Tensor, Tensor]:
    """An image's feature maps and the gradient of each finding's logit to them: one pass, and the head's way back.

    Args:
        model: an `ImageView`.
        image: (B, C, H, W), prepared as the model expects.
        findings: positions among the model's outputs; None for all.

    Returns:
        (B, D, h, w) maps and (K, B, D, h, w) gradients.

    Raises:
        ConfigError: when the model has no feature maps, or its head has no gradient.
    """
    view = image_view(model)
    with torch.no_grad():
        maps = view.maps(image)
    return maps, gradients(model, view.from_maps, maps, findings)


def gradients(
    model: nn.Module, logits_of: Callable[[Tensor], Tensor], at: Tensor, findings: Sequence[int] | None
) -> Tensor:
    """(K, B, …) gradient of each finding's logit to `at`, of all findings in one batched way back.

    Args:
        model: whose name stands in the message.
        logits_of: from (B, …) to (B, all outputs).
        at: (B, …), where.
        findings: positions among the outputs; None for all.
    """
    with torch.enable_grad():
        at = at.detach().requires_grad_(True)
        logits = logits_of(at)
        if not logits.requires_grad:
            raise _no_gradient(model)
        one_each = torch.eye(logits.shape[1], device=at.device, dtype=logits.dtype)
        one_each = one_each if findings is None else one_each[list(findings)]  # (K, all outputs)
        along = one_each[:, None].expand(-1, len(at), -1)
        (found,) = torch.autograd.grad(logits, at, along, is_grads_batched=True)
    return found


def path_gradients(
    model: nn.Module, image: Tensor, baselines: Tensor, shares: Tensor, findings: Sequence[int] | None
) -> Tensor:
    """What each pixel adds to each finding's logit on straight ways from baselines to the image.

    One image at a time, so that the memory of a few passes is all it takes; the findings share the passes forward.

    Args:
        model: an `ImageView`.
        image: (C, H, W).
        baselines: (S, C, 1, 1), the even image where each way begins.
        shares: (S,) in [0, 1], where on its way the gradient of each is taken.
        findings: positions among the outputs; None for all.

    Returns:
        (K, H, W) mean over the ways of distance times gradient, summed over channels.
    """
    view, total = image_view(model), torch.zeros(())
    for start in range(0, len(shares), AT_ONCE):
        some, share = baselines[start : start + AT_ONCE], shares[start : start + AT_ONCE, None, None, None]
        with torch.enable_grad():
            at = (some + share * (image - some)).detach().requires_grad_(True)
            logits = view.from_maps(view.maps(at)).sum(dim=0)
            if not logits.requires_grad:
                raise _no_gradient(model)
            chosen = range(len(logits)) if findings is None else findings
            found = [torch.autograd.grad(logits[place], at, retain_graph=True)[0] for place in chosen]
        total = total + torch.stack([((image - some) * one).sum(dim=(0, 1)) for one in found]).float()
    return total / len(shares)


def image_view(model: nn.Module) -> ImageView:
    """The model, when it looks at images.

    Raises:
        ConfigError: when it does not.
    """
    if not isinstance(model, ImageView):
        raise ConfigError(f"{type(model).__name__} has no feature maps, so that there is nothing to look at.")
    return model


def _no_gradient(model: nn.Module) -> ConfigError:
    return ConfigError(
        f"{type(model).__name__}: its head has no gradient, as trees and neighbors have none. "
        "Choose the explainer 'occlusion' or 'rise'."
    )
