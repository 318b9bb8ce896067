"""Pixels: read, window, crop, equalize, resize, keep; and the way back to original pixels."""

from hilum.images.image import Image
from hilum.images.preprocess import Preprocess
from hilum.images.read import read_image
from hilum.images.store import Store
from hilum.images.store_build import build_store

__all__ = ["Image", "Preprocess", "Store", "build_store", "read_image"]
