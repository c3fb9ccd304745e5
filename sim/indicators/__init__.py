"""Indicators: what readers of results and of history see, computed by one function each."""

from sim.indicators.registry import INDICATORS, Indicator, add_indicators, cards, compared_units, county_group

__all__ = ["INDICATORS", "Indicator", "add_indicators", "cards", "compared_units", "county_group"]
