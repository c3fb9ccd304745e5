"""The years of history and their use (F.6): fitted, hold-out, forecast."""

FITTED = (2010, 2017)
HOLD_OUT = (2018, 2021)
FORECAST_FROM = HOLD_OUT[1] + 1
CENSUS_YEARS = (2010, 2020)


def use_of(year: int) -> str:
    """'fitted', 'hold-out' or 'forecast'."""
    if year <= FITTED[1]:
        return "fitted"
    return "hold-out" if year <= HOLD_OUT[1] else "forecast"
