"""Ways in which customers come otherwise than by files: what may be said there, and by which rules it counts."""
