"""What watches a training: `name(folder, state, plan) -> Hook`, told of each step and each epoch."""
