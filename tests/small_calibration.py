"""A model that stands for the real one where calibrations are tested: series that grow as a few parameters say, from
figures of history, so that errors of forecasts are known. Its class stands here so that workers can import it."""

import numpy as np

from calibration.posterior.design import CARDS, Episodes
from sim.words import BASE_YEAR

MOVED = {"province_inc_u": "saving_rate", "province_inc_r": "moving_cost", "population": "inflow_scale",
         "own_revenue": "nontax_share", "registered": "mortality_scale", "gdp_branch": "freight_rate"}
"""The parameter that each of these grows with."""


class SmallEpisodes(Episodes):
    """Runs without the model: level of the base year times growth that the parameters set."""

    def hashes(self):
        return {"code_hash": "small", "data_hash": "data", "lock_hash": "lock"}

    def prepare(self, weight, on_kernel=None):
        pass

    def run_arrays(self, plan, seed=0, draw=0, weight=100, until=2021, keep="all", on_year=None):
        numbers = draw.get("parameters", {}) if isinstance(draw, dict) else {}
        return self.made(numbers, seed)

    def wrong(self, seed, weight):
        return self.made({"inflow_scale": -40.0, "nontax_share": 9.0, "saving_rate": 9.0}, seed)

    def made(self, numbers, seed):
        from sim.names import parameter_cards

        luck = np.random.default_rng([seed, int(1e6 * numbers.get("freight_rate", 0.0))])
        years, shape = self.last - BASE_YEAR + 1, {"county": 19, "branch": 3}
        found = {}
        for name, card in CARDS.items():
            sizes = [shape[dim] for dim in card.dims if dim in shape]
            values = np.full((years, len(self.origins), *sizes), 0.3)
            if name in MOVED:
                about = parameter_cards()[MOVED[name]]
                away = (numbers.get(about.name, about.default) - about.default) / (about.bounds[1] - about.bounds[0])
                growth = 0.05 + 0.1 * away + 0.002 * luck.standard_normal()
                values = 1000.0 * np.exp(growth * np.arange(years)).reshape(-1, *[1] * (values.ndim - 1)) * (values > 0)
            if name.endswith("_residual"):
                values = 0.05 * luck.standard_normal(values.shape)
            found[name] = values.astype(np.float32)
        return found
