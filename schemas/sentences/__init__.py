"""How a record becomes a sentence: parameters filled in, counted and quoted as each language does."""
