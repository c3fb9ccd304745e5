"""What knows nothing of Hainan: declarations, tables, random numbers, markets, the result type."""
