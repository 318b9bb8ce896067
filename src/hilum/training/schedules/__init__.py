"""How the learning rate goes after its rise: `name(done) -> share` of the highest rate, `done` in [0, 1).

One that looks at how training goes takes `better` too: of each of the phase's epochs so far, whether it was the best.
"""
