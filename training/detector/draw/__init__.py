"""What fills panels, drawn: plots, pictures of the bench, images, schemes."""
