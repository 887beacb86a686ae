"""What languages have of their own, and how words are compared whatever their case, accents and endings."""
