"""Configured clients of the outside world: lake, catalog, video, detector, tracker, LLM. No pipeline logic."""
