"""What computes raw outputs: `name(run, device) -> Backend`, a function of named arrays to named arrays."""
