"""Jobs about files that people name themselves: import them, write the template that they are filled into."""
