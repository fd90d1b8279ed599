"""Messages to timelines: reading in, linking, deriving, looking up, checking that all is whole."""
