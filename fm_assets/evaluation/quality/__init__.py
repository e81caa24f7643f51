"""`fm bench quality`: what is measured, in sections that each can be measured again alone."""
