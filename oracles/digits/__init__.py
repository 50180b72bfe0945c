"""The embedded digit classifier: its data, training, export and golden values."""
