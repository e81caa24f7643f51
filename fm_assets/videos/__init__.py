"""`source_videos`: probe, validate, and reject with a reason."""
