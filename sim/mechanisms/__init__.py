"""Mechanisms, one per file, each with its declarations, formulas and rules."""
