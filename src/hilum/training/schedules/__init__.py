"""How the learning rate goes after its rise: `name(done) -> share` of the highest rate, `done` in [0, 1)."""
