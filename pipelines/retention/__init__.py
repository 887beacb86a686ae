"""What is past its period: found, told, removed."""
