"""Calibration and evaluation: naive forecasts, scores, patterns, and the deviation of the model from history."""
