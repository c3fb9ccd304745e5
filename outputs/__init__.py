"""What the eye gets: figures, tables and one report of a study. Nothing here computes a result of its own."""
