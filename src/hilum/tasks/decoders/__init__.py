"""From raw outputs to what is said of an image: NumPy alone, so that every backend decodes alike."""
