"""China's International Trade Single Window."""
