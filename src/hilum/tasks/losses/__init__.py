"""How wrong logits are about targets: one function a loss, `name(logits, targets, *, …)`.

A loss gives one value a label, (B, K), and leaves weighing and averaging to the task, so that no loss can forget the
labels that a policy left out. One that cannot be told label by label gives a scalar, and asks for `weights`, (B, K),
to leave such labels out itself. A loss that asks for `counts`, (K, 2), is given the weight of present and absent
training labels, finding by finding, as an epoch shows them. One that asks for `a`, `b` or `alpha`, (K,), is given
numbers that are learned with the network: they begin at 0 and lie in the model as `task.a`, …, so that every
optimizer, checkpoint and process has them. All of these are filled by the task; a recipe does not name them. A
setting that may differ from finding to finding is a `PerFinding`, written by the findings' names; the function is
given one number, or K of them.
"""
