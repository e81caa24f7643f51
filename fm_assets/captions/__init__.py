"""`captions`: seven sections of text in which every sentence cites facts."""
