"""The package's two registries, apart from the package's face so that its own files can ask them.

Their files bear other names (`uncertainty`, `loss`): a submodule called `policies` would hide the registry of that
name on the package as soon as it is imported.
"""

from hilum.registry import Registry

policies = Registry("hilum.tasks.uncertainty", "policy")
losses = Registry("hilum.tasks.loss", "loss")
