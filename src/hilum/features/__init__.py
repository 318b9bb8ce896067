"""Columns from cohorts and images: demographics, history."""

from hilum.features.errors import errors_before
from hilum.features.extract import extract, feature_sets

__all__ = ["errors_before", "extract", "feature_sets"]
