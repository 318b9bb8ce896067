"""The registries of this package, apart from its face.

There a registry that bears the name of its folder would be hidden as soon as one of the folder's files is imported.
"""

from hilum.registry import Registry

transforms = Registry("hilum.data.transforms", "transform")
samplers = Registry("hilum.data.samplers", "sampler")
variants = Registry("hilum.data.variants", "variant")
