"""`motion_scores`: the motion calculus, from tracks to facts with margins."""
