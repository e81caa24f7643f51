"""What a run would do, before it does it: what it computes and reuses, why, and what that would take."""
