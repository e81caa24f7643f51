"""foundationmotion's asset graph: one folder per artifact, in the order that data flows."""
