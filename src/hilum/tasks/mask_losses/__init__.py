"""How wrong logits of pixels are about masks: one function a loss, `name(logits, targets, known, *, …)`.

A loss gives one value a structure and image, (B, S), over the pixels that are known alone, and leaves averaging to the
task, so that no loss can forget a structure that an owner did not outline.
"""
