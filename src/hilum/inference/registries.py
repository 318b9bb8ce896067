"""The registries of this package, apart from its face.

There a registry that bears the name of its folder would be hidden as soon as one of the folder's files is imported.
"""

from hilum.registry import Registry

backends = Registry("hilum.inference.backends", "backend")
"""What computes raw outputs: `name(run, device) -> Backend`, a function of named arrays to named arrays."""

exporters = Registry("hilum.inference.exporters", "exporter")
"""What writes a network for the backend of the same name: `name(program, names, path)`, to a file with that ending."""
