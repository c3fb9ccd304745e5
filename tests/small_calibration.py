"""A model that stands for the real one where calibrations are tested: series that grow as a few parameters say, from
figures of history, so that errors of forecasts are known. Its class stands here so that workers can import it."""

import numpy as np

from calibration.posterior.design import CARDS, Episodes
from sim.words import BASE_YEAR

MOVED = {"province_inc_u": ("saving_rate", 0.09), "province_inc_r": ("moving_cost", 0.09),
         "population": ("inflow_scale", 0.01), "province_revenue": ("nontax_share", 0.1),
         "gdp_branch": ("freight_rate", 0.09)}
"""The parameter that each of these grows with, and how fast it grows where that is central."""
LOOKED_AT = ("province_income_urban", "province_income_rural", "province_residents", "province_revenue", "province_gdp")
"""Statistics of these."""


class SmallEpisodes(Episodes):
    """Runs without the model: level of the base year times growth that the parameters set."""

    def hashes(self):
        return {"code_hash": "small", "data_hash": "data", "lock_hash": "lock"}

    def prepare(self, weight, on_kernel=None):
        pass

    def run_arrays(self, plan, seed=0, draw=0, weight=100, until=2021, keep="all", on_year=None):
        numbers = draw.get("parameters", {}) if isinstance(draw, dict) else {}
        return self.made(numbers, seed)

    def of_another_model(self, name, seed, weight):
        return self.made({"inflow_scale": -4.0, "nontax_share": 0.5, "saving_rate": 1.0}, seed)

    def made(self, numbers, seed):
        from sim.names import parameter_cards

        luck = np.random.default_rng([seed, int(1e6 * numbers.get("freight_rate", 0.0))])
        years, shape = self.last - BASE_YEAR + 1, {"county": 19, "branch": 3}
        found = {}
        for name, card in CARDS.items():
            sizes = [shape[dim] for dim in card.dims if dim in shape]
            values = np.full((years, len(self.origins), *sizes), 0.3)
            if name in MOVED:
                parameter, usual = MOVED[name]
                about = parameter_cards()[parameter]
                away = (numbers.get(about.name, about.default) - about.default) / (about.bounds[1] - about.bounds[0])
                growth = usual + 0.2 * away + 0.002 * luck.standard_normal()
                values = 1000.0 * np.exp(growth * np.arange(years)).reshape(-1, *[1] * (values.ndim - 1)) * (values > 0)
            if name.endswith("_residual"):
                values = 0.05 * luck.standard_normal(values.shape)
            found[name] = values.astype(np.float32)
        return found
