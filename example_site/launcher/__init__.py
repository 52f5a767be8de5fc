"""Start, watch, try out and stop the processes of the example site."""
