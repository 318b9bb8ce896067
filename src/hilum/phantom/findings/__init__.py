"""The findings, one file each; every file says what a radiologist looks for."""

from hilum.registry import Registry

findings = Registry("hilum.phantom.findings", "drawn finding")

__all__ = ["findings"]
