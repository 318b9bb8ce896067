"""Columns from cohorts and images: demographics, history."""

from hilum.features.extract import extract, feature_sets

__all__ = ["extract", "feature_sets"]
