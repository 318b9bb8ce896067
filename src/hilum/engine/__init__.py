"""Map a function over rows: on this machine's cores, or on Spark."""
