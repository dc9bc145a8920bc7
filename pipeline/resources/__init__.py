"""What a run opens once: linkers, encoders, vocabularies, pictures to compare with."""
