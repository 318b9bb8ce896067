"""The folder is the registry: functions found by their files, and their keywords checked against their signatures."""

from hilum.registry.discover import registries
from hilum.registry.registry import Registry, register
from hilum.registry.settings import checked, meanings, nearest, refusal, settings_of

__all__ = ["Registry", "checked", "meanings", "nearest", "refusal", "register", "registries", "settings_of"]
