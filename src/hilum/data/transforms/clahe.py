"""Another workstation: contrast brought out place by place."""

import cv2
import numpy as np
import torch
from torch import Generator

from hilum.data.batch import Batch
from hilum.data.transforms.chance import sometimes
from hilum.data.transforms.draws import each
from hilum.data.transforms.limits import Count, Positive, Share
from hilum.data.transforms.views import each_view
from hilum.registry import register


@register
@each_view
@sometimes(0.5)
def clahe(
    batch: Batch, generator: Generator, *, strength: Share = 1.0, clip_limit: Positive = 2.0, tiles: Count = 8
) -> Batch:
    """Equalize the histogram in tiles, each image with its own share between none of it and `strength`.

    Done on the CPU in 8 bits; on a GPU the images go there and back.

    Args:
        batch: its image is (B, 1, h, w) in [0, 1].
        generator: of the draw.
        strength: largest share of the equalized image in the sum with the image as it was.
        clip_limit: how far a histogram may rise above its mean before it is clipped; OpenCV's usual is 2.
        tiles: how many across and down.

    Source: Zuiderveld 1994, Graphics Gems IV, 474-485.
    """
    image = batch.inputs["image"]
    share = strength * torch.rand(each(image), generator=generator, device=image.device)
    equalizer = cv2.createCLAHE(clip_limit, (tiles, tiles))
    gray = (image[:, 0] * 255).round().to(torch.uint8).cpu().numpy()  # (B, h, w)
    equalized = np.stack([equalizer.apply(one) for one in gray])
    return batch.with_image(image.lerp(torch.from_numpy(equalized)[:, None].to(image.device) / 255, share).clamp(0, 1))
