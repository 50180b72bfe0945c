"""The little-world language model: its world, its corpus, its training and its evaluation."""
