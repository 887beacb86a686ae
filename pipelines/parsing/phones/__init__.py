"""Phone numbers: any written form in, E.164 out."""
