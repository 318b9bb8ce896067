"""What is learned: how labels become targets, the step, how raw outputs become predictions."""

from hilum.tasks.classify import Classify
from hilum.tasks.registries import policies, tasks
from hilum.tasks.task import Direction, Objective, Task

__all__ = ["Classify", "Direction", "Objective", "Task", "policies", "tasks"]
