"""The registries of this package, apart from its face.

There a registry that bears the name of its folder would be hidden as soon as one of the folder's files is imported.
"""

from hilum.registry import Registry

tasks = Registry("hilum.tasks", "task")
policies = Registry("hilum.tasks.uncertainty", "policy")
losses = Registry("hilum.tasks.losses", "loss")
mask_losses = Registry("hilum.tasks.mask_losses", "mask loss")
