"""What a run is: command line, configuration, sources, plan, units of work, commit and verification."""
