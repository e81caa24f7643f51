"""Measuring quality: tracks, camera, detection, against truth."""
