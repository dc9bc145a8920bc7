"""The training of the dictionary linker's statistical model on MedMentions ST21pv: see README.md beside this file."""
