"""Beat: starting, looking, seeing an edit and sending, at any number of entries."""
