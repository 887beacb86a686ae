"""What kind of file it is and what its container holds: ZIP packages, OLE2 streams, binary records."""
