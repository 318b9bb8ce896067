"""The registries of this package, apart from its face.

There a registry that bears the name of its folder would be hidden as soon as one of the folder's files is imported.
"""

from hilum.registry import Registry

optimizers = Registry("hilum.training.optimizers", "optimizer")
schedules = Registry("hilum.training.schedules", "schedule")
hooks = Registry("hilum.training.hooks", "hook")
