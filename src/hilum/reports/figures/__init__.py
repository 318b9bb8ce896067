"""Figures as SVG text: drawn without global state, the same bytes for the same numbers."""
