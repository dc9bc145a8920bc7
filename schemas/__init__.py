"""Every table of medconcept as a versioned Arrow schema, and the reasons for which a row is rejected."""
