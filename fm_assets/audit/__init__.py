"""From any row back to its video, and onwards to all that rests on it."""
