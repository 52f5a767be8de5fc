"""How the example site is set up."""
