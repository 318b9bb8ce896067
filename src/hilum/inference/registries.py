"""The registries of this package, apart from its face.

There a registry that bears the name of its folder would be hidden as soon as one of the folder's files is imported.
"""

from hilum.registry import Registry

backends = Registry("hilum.inference.backends", "backend")
