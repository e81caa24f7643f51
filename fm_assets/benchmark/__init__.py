"""`benchmark_splits`: leakage-safe splits that are stable under growth."""
