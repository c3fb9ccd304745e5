"""What happens: one mechanism a file, each with its declaration, its formulas and its verbs."""
