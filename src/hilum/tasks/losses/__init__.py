"""How wrong logits are about targets: one function a loss, `name(logits, targets, *, …)`.

A loss gives one value a label, (B, K), and leaves weighing and averaging to the task, so that no loss can forget the
labels that a policy left out. One that cannot be told label by label gives a scalar, and asks for `weights`, (B, K), to
leave such labels out itself. A loss that asks for `counts`, (K, 2), is given the training labels' weight of present and
absent, finding by finding. Both are filled by the task; a recipe does not name them.
"""
