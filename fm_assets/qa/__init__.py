"""`qa_pairs`: questions whose right answer is entailed and whose wrong answers are refuted by facts."""
