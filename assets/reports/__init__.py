"""Reports of imports, written by the runs that change what they say."""
