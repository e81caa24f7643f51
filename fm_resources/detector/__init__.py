"""Detectors: one interface, two backends (ultralytics networks, and background subtraction without weights)."""
