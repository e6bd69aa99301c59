"""What processes say of themselves: the metrics, all named in one file. Imported by sinks, streams and seawall."""
