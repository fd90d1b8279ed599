"""The pages of documentation hold what really happens."""
