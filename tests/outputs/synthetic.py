"""Made-up runs in the schema of results, started from the real base year: for tests of what readers see.

Numbers are smooth paths with a little noise, the same in every scenario; they are no result of the model.
"""

import numpy as np
import xarray as xr

from sim.agents.county import Counties
from sim.agents.province import PROVINCE_CARDS
from sim.core import dataset
from sim.indicators import add_indicators
from sim.indicators.runs import RUN_DIMS
from sim.region.history import coordinates, history
from sim.region.pack import load_pack

GROWTH = {"labour": 0.01, "capital": 0.02, "land": 0.001, "nearness": 0.002, "trend": 0.004, "catch_up": 0.001,
          "policy": 0.003, "shock": -0.001, "nation": 0.045}
POLICY = {"no_policy": 0.0, "baseline": 0.6, "full": 1.0}


def cards():
    return {**Counties.cards(), **PROVINCE_CARDS}


def results(scenarios=("no_policy", "baseline", "full"), draws=1, seeds=5, until=2035, missing=(), indicators=True):
    """A Dataset [scenario, draw, seed, year, county ...]; `missing` are (scenario, draw, seed) places left out."""
    pack = load_pack()
    years = np.arange(2010, until + 1)
    arrays = {}
    for s, name in enumerate(scenarios):
        strength = POLICY.get(name, 0.3 + 0.1 * s)
        for d in range(draws):
            for k in range(seeds):
                run = _run(pack, years, strength, np.random.default_rng([d, k]))
                for n, v in run.items():
                    arrays.setdefault(n, []).append(v)
    shape = (len(scenarios), draws, seeds)
    arrays = {n: np.stack(v).reshape(*shape, *v[0].shape) for n, v in arrays.items()}
    coords = {**coordinates(pack), "scenario": list(scenarios), "draw": list(range(draws)), "seed": list(range(seeds)),
              "year": years}
    attrs = {"weight": 100, "code_hash": "c0de" * 8, "data_hash": pack.hash}
    ds = dataset.make(arrays, {n: cards()[n] for n in arrays}, coords, attrs, ("scenario", "draw", "seed", "year"))
    ds = _without(ds, missing)
    return _without(add_indicators(ds), missing) if indicators else ds


def _without(ds, missing):
    """The Dataset with nan in the runs that are missing, in counts too, as a study is opened."""
    if not missing:
        return ds
    there = xr.DataArray(np.ones([ds.sizes[dim] for dim in RUN_DIMS], dtype=bool), dims=RUN_DIMS)
    for place in missing:
        there[place] = False
    return ds.map(lambda v: (v if v.dtype.kind == "f" else v.astype(float)).where(there).transpose(*v.dims)
                  if set(RUN_DIMS) <= set(v.dims) else v, keep_attrs=True)


def _run(pack, years, strength, chance):
    past, time = history(pack), (years - 2010)[:, None]
    start = past.sel(year=2010)
    base = np.nan_to_num(start["population"].values)
    n = len(base)
    poor = pack.group("landlocked").astype(float)
    policy = np.clip((years - 2018) / 10, 0, 1)[:, None] * strength
    noise = np.cumsum(chance.normal(0, 0.004, (len(years), n)), axis=0)
    trend = np.where(np.isin(pack.codes, (460100, 460200)), 0.03, 0.006) - 0.004 * poor
    people = base * np.exp(trend * time + noise + 0.02 * policy * poor)
    out = {"population": people, "population_mid": people}
    urban = np.nan_to_num(start["population_zone"].values[:, 0]) / np.maximum(base, 1)
    urban = np.clip(urban + 0.009 * time * (1 - urban), 0, 0.95)
    out["population_zone"] = np.stack([people * urban, people * (1 - urban)], -1)
    ages = np.nan_to_num(start["population_age"].values) / np.maximum(base, 1)[:, None]
    older = ages * np.exp(0.004 * time[..., None] * (np.arange(18) - 7) * (1 + 0.1 * poor[:, None]))
    older = older / np.where(older.sum(-1, keepdims=True) > 0, older.sum(-1, keepdims=True), 1)
    out["population_age"] = people[..., None] * older
    skill = people[..., None] * np.stack(np.broadcast_arrays(0.6 - 0.008 * time, 0.2, 0.08 + 0.006 * time), -1)
    out["population_skill"] = np.broadcast_to(skill, (*people.shape, 3))
    out["registered"] = base * np.exp(0.008 * time) * np.where(np.isin(pack.codes, (460100, 460200)), 0.85, 1.05)
    farm = np.clip(0.5 - 0.012 * time - 0.3 * (1 - poor) / 2 + 0 * people, 0.05, 1)
    out["employed"] = np.stack([0.5 * people * farm] + [0.1 * people * (1 - farm)] * 5, -1)

    observed = start["gdp"].values
    per_head = np.where(np.isnan(observed), 26_000 - 4_000 * poor, observed * 1e6 / np.maximum(base, 1))
    growth = 0.055 + 0.012 * policy * poor - 0.004 * policy * (1 - poor)
    gdp = people * per_head * np.exp(np.cumsum(growth * np.ones((len(years), n)), 0) - growth[:1] + noise) / 1e6
    out["gdp"] = gdp
    out["gdp_branch"] = gdp[..., None] * np.array([0.25, 0.25, 0.5])
    income = gdp * (0.42 + 0.05 * poor)
    out["disposable_income"] = np.stack([income * urban**0.4, income * (1 - urban**0.4)], -1)
    need = people * (4_000 + 1_500 * poor) / 1e6
    own = gdp * (0.09 - 0.04 * poor)
    transfers = np.maximum(need * (1 + 0.03 * time) * (0.5 + 0.3 * strength) - 0.3 * own, 0.05 * own)
    out |= {"own_revenue": own, "standard_need": need, "budget_resources": own + transfers,
            "transfer_base": 0.3 * transfers, "transfer_equalisation": 0.4 * transfers,
            "transfer_ecology": 0.1 * transfers, "transfer_weak_area": 0.1 * transfers,
            "transfer_earmarked": 0.1 * transfers, "transfer_emergency": 0 * transfers,
            "debt": 0.08 * gdp * (1 + 0.02 * time), "land_revenue": 0.03 * gdp,
            "fund_resources": 0.03 * gdp}
    out["service_index"] = (0.75 + 0.02 * time) * (1 - (0.25 - 0.2 * policy) * poor) * np.exp(noise)
    out["entitlement"] = np.clip(0.85 + 0.01 * policy + 0 * people, 0, 1)
    out["access"] = np.exp(0.01 * time + 0 * people)
    moves = {"arrivals_internal": 0.010, "departures_internal": 0.011, "arrivals_outside": 0.012,
             "departures_outside": 0.01}
    out |= {name: people * rate for name, rate in moves.items()}
    out |= {"births": people * 0.011, "deaths": people * 0.006}
    built = 900.0 * (1 + 0.02 * time) + 0 * people
    out |= {"land_residential": 0.4 * built, "land_industrial": 0.3 * built, "land_infrastructure": 0.3 * built,
            "land_rural": 2_000.0 + 0 * built, "land_cultivated": 20_000.0 - 0.5 * built}
    # services grow a percent a year dearer: volume falls behind value by that
    out |= {"gdp_volume": gdp * np.exp(-0.01 * time), "province_gdp_volume": gdp.sum(-1) * np.exp(-0.01 * time[:, 0]),
            "living_cost": np.exp(0.005 * time[..., None] + 0 * out["disposable_income"])}
    out |= {f"province_growth_{part}": rate + 0 * gdp.sum(-1) for part, rate in GROWTH.items()}
    out["province_own_revenue"] = 0.05 * gdp.sum(-1)
    known = cards()
    return {name: np.where(np.isfinite(v), v, 0).round().astype(np.int64) if known[name].dtype == "int64"
            else v.astype(np.float32) for name, v in out.items()}


SMALL = (460100, 460200, 460300, 469001, 469024)


def small(**kw):
    """Runs of five counties to 2022, the history beside them and their outlines: for quick tests of files."""
    from sim.region.geography import polygons

    pack = load_pack()
    rows = [pack.row(code) for code in SMALL]
    whole = results(**{"scenarios": ("no_policy", "full"), "seeds": 2, "until": 2022, "indicators": False} | kw)
    return add_indicators(whole.isel(county=rows)), history(pack).isel(county=rows), \
        tuple(polygons(pack)[row] for row in rows)
