"""Ratios, measured side by side in one run: to the floor, and to what one would otherwise write."""
