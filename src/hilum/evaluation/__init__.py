"""How good: metrics, intervals, comparison, operating points, calibration, subgroups."""
