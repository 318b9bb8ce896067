"""What is kept, and how it predicts."""
