"""Upkeep of the lake: is it whole, does this machine compute the same, and what can go."""
