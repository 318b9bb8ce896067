"""Columns from cohorts and images: demographics, history, texture."""
