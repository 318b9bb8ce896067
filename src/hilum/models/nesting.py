"""How deeply the tuples of a pickle are nested, found without building any of it.

Python hashes a tuple by hashing what is in it, without a limit; a file that uses one of a million levels as a key would
end the process, and no exception could be caught.
"""

import pickletools
from typing import IO, Any

DEEPEST = 100  # a state dict has two or three
PICKLES = 5  # at the head of a file in PyTorch's old form: a number, a version, the machine, the tensors, their keys


def nested_too_deeply(file: IO[bytes]) -> bool:
    """Whether tuples lie in each other more than `DEEPEST` times; reads as far as there are pickles without a fault."""
    try:
        for _ in range(PICKLES):
            stack: list[int | None] = []  # depth of each object; None for a mark
            memo: dict[int, int] = {}
            for code, argument, _position in pickletools.genops(file):
                if _step(code, argument, stack, memo) > DEEPEST:
                    return True
    except (ValueError, IndexError, KeyError, TypeError, OverflowError):  # damaged, or tensors begin: not for us to say
        pass
    return False


def _step(code: pickletools.OpcodeInfo, argument: Any, stack: list[int | None], memo: dict[int, int]) -> int:
    """Do to depths what the opcode does to objects; the depth of what it leaves on top."""
    if code.name == "MARK":
        stack.append(None)
        return 0
    if code.name in ("BINPUT", "LONG_BINPUT", "PUT", "MEMOIZE"):
        memo[len(memo) if argument is None else int(argument)] = stack[-1] or 0
        return 0
    if code.name in ("BINGET", "LONG_BINGET", "GET"):
        stack.append(memo[int(argument)])
        return stack[-1] or 0
    taken: list[int] = []
    for kind in reversed(code.stack_before):
        if kind is pickletools.stackslice:
            continue
        top = stack.pop()
        while kind is pickletools.markobject and top is not None:
            taken.append(top)
            top = stack.pop()
        taken.append(top or 0)
    depth = max(taken, default=0) + ("TUPLE" in code.name)
    stack.extend([depth] * len(code.stack_after))
    return depth
