"""Where cohorts come from: one file a dataset, tables only, never pixels."""
