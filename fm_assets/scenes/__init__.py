"""Rendered scenes with exact truth: the demo corpus, the tests' oracle, the detector's training data."""

#: Container metadata `comment` of every rendered file; the probe stage takes it as domain `rendered`.
SCENE_TAG = "foundationmotion rendered scene"
