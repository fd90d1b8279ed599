"""Customs systems: one package for each, and what they share."""
