"""`filtered_clips`: choose the seconds to look at and measure the camera's motion."""
