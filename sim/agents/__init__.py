"""Who lives in the model, and what they decide: persons, counties, the province, the world outside."""
