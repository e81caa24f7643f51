"""`tracks`: association of stored detections; no video is decoded here."""
