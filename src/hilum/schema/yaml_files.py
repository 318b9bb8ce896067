"""YAML read strictly: a key that stands twice is refused, where YAML itself would let the last one win in silence."""

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from hilum.schema.errors import ConfigError


def load_yaml(source: str | Path, where: str | None = None) -> Any:
    """The value of a YAML file or text.

    Args:
        source: a `Path` to read, or the text itself.
        where: what the text is, for messages; a path speaks for itself.

    Returns:
        Mappings, lists and plain values; None for an empty text.

    Raises:
        ConfigError: for a file that cannot be read, text that is no YAML, or a key that stands twice in one mapping.

    >>> load_yaml("{size: 128, views: [PA, AP]}")
    {'size': 128, 'views': ['PA', 'AP']}
    """
    where = where or (str(source) if isinstance(source, Path) else "the text")
    try:
        text = source.read_bytes().decode("utf-8-sig") if isinstance(source, Path) else source
        return yaml.load(text, Loader=_OnceLoader)
    except (OSError, UnicodeDecodeError, ValueError, yaml.YAMLError) as error:
        raise ConfigError(f"{where}: not readable as YAML ({error}). Expected `key: value` in UTF-8 text.") from error
    except RecursionError as error:
        raise ConfigError(f"{where}: not readable as YAML (nested too deeply).") from error


class _OnceLoader(yaml.SafeLoader):
    """Plain values only, as SafeLoader, and each key once."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        lines: dict[Any, int] = {}
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag.endswith(":merge"):
                continue
            key, line = self.construct_object(key_node), key_node.start_mark.line + 1
            if key in lines:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key '{key}' stands twice, in lines {lines[key]} and {line}; keep one of them"
                )
            lines[key] = line
        return super().construct_mapping(node, deep)
