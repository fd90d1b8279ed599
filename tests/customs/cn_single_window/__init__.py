"""China's Single Window."""
