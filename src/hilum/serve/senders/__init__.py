"""How results reach other systems, a file a protocol. Each raises when they were not taken."""
