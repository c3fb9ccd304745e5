"""Region-independent parts: declarations, tables, random numbers, markets, the result type."""
