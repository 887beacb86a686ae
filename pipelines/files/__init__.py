"""From a file's bytes to accepted and rejected rows."""
