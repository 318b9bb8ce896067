"""Columns from cohorts and images: demographics, history, texture, brightness, shape, attention."""

from hilum.features.errors import errors_before
from hilum.features.extract import SUPPLIED, extract, feature_sets

__all__ = ["SUPPLIED", "errors_before", "extract", "feature_sets"]
