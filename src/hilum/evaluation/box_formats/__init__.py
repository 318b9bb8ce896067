"""The files that others keep boxes in: one file a format, each a way to read and to write."""

from hilum.registry import Registry

box_formats = Registry("hilum.evaluation.box_formats", "box format")

__all__ = ["box_formats"]
