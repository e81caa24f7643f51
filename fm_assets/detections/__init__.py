"""`detections`: boxes, scores, classes and colours on sampled frames."""
