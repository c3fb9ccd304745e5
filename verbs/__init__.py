"""The verbs of the command line: one short function each, a thin call of the function of that name."""
