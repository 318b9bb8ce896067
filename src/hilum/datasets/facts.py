"""How owners write sex and view, and what we make of it."""

OLDEST_YEARS = 110.0  # above it an age is a typing error that its owner left in
SEX = {"m": "M", "male": "M", "f": "F", "female": "F", "femal": "F"}
VIEW = {"pa": "PA", "ap": "AP", "frontal": "FRONTAL"} | dict.fromkeys(("lateral", "lat", "l", "ll", "rl"), "LATERAL")
