"""What history teaches: naive forecasts, scores, patterns, and how far the model stands from what was observed."""
