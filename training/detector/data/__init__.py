"""What the detector learns from, as it reaches the network: labelled and composed figures, varied and degraded."""
