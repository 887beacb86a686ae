"""What the data is: contracts, vocabularies, codes. No verbs, no input or output, no clock."""
