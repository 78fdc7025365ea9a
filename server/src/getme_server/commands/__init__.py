"""One module a command, each thin: reads arguments, calls what does the work, prints."""
