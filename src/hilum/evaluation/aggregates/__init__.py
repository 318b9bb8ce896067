"""Aggregates: how probabilities of several images become one of their study or patient."""

from hilum.registry import Registry

aggregates = Registry("hilum.evaluation.aggregates", "aggregate")

__all__ = ["aggregates"]
