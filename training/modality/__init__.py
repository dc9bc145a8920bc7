"""How the weights of the modality classifier are made."""
