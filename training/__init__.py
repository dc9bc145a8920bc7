"""How the weights that the pipeline ships are made; nothing that runs imports it."""
