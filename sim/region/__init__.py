"""The observed region: the data pack, its geography and history, and the base year derived from it."""
