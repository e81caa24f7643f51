"""Whether a claim about a rendered scene holds, by the scene's parameters alone: no box, no rule of `fm_assets.motion`."""
