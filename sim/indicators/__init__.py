"""Indicators of results and of history, each computed by one function."""

from sim.indicators.registry import INDICATORS, Indicator, add_indicators, cards, compared_units, county_group

__all__ = ["INDICATORS", "Indicator", "add_indicators", "cards", "compared_units", "county_group"]
