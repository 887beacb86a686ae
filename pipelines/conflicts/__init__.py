"""What a new import disagrees with: repeated rows, overlapping files, money seen twice, identities that differ."""
