"""Templates of messages; see `sinks.rendering`."""
