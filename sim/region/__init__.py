"""The observed place: the data pack, its geography and history, and the base year made from it."""
