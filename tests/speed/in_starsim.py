"""The migration rule in Starsim's idiom: a module with states, random numbers by agent, rules on arrays of agents."""

from __future__ import annotations

import time
import tracemalloc

import numpy as np

from tests.speed.in_numpy import chosen_by

try:
    import starsim as ss
except ImportError:  # it comes with the extra "speed"
    ss = None

COLUMNS = ("sex", "skill", "minority", "hukou_county", "hukou_rural", "res_county", "res_zone", "sector", "low_income")
TABLES = ("rules", "choices")


def nanoseconds(call, rows: int, years: int = 5) -> float:
    """The best of some years, nanoseconds a person; `call` is that of the kernel `_move`. nan without Starsim."""
    if ss is None:
        return np.nan
    sim = simulated(call, rows, years)
    best = np.inf
    for _ in range(years):
        start = time.perf_counter()
        sim.run_one_step()
        best = min(best, time.perf_counter() - start)
    return 1e9 * best / rows


def bytes_a_person(call, rows: int = 10**5) -> float:
    """Memory of a simulation and its state, bytes a person."""
    if ss is None:
        return np.nan
    tracemalloc.start()
    sim = simulated(call, rows, 1)
    memory = tracemalloc.get_traced_memory()[0] / len(sim.people)
    tracemalloc.stop()
    return memory


def simulated(call, rows: int, years: int):
    """A simulation of so many years, before its first."""
    given = call.named() | dict(zip(call.names, call.arguments, strict=False))
    sim = ss.Sim(n_agents=rows, modules=migration(given, rows), start=2010, dur=years, dt=1, verbose=0, rand_seed=1)
    sim.init()
    return sim


def migration(given, rows: int):
    """The module; made in a function because Starsim may not be there."""
    year, tables, n, urban = given["year"], [given[name] for name in TABLES], given["n"], given["choices"].urban

    class Migration(ss.Module):
        def __init__(self):
            super().__init__()
            self.define_states(*(ss.IntArr(name, default=0) for name in ("born", *COLUMNS, "arrived")))
            self.considers = ss.bernoulli(p=lambda self, sim, uids: self.chance_to_consider(uids))
            self.chooses, self.lands = ss.random(), ss.random()

        def chance_to_consider(self, uids):
            age = year - self.born[uids]
            return given["evaluation"][np.clip(age, 0, 100)] * (age >= 16)

        def init_post(self):
            super().init_post()
            for name in ("born", *COLUMNS, "arrived"):
                self.state_dict[name][:] = np.resize(given[name], rows)

        def step(self):
            who = self.considers.filter()
            columns = (self.state_dict[name][who] for name in COLUMNS)
            o, y, _, e, zone, chosen, change = chosen_by(
                year - self.born[who], *columns, self.chooses.rvs(who), *tables)
            luck = self.lands.rvs(who)
            turns = (chosen == 0) & (luck < change)
            self.res_zone[who[turns]] = 1 - y[turns]
            goes = chosen > 0
            movers, o, e, zone, luck, d = who[goes], o[goes], e[goes], zone[goes], luck[goes], chosen[goes] - 1
            self.res_county[movers] = d
            self.arrived[movers] = year
            self.sector[movers] = -1
            self.res_zone[movers] = np.where((d < n) & (luck >= urban[e, zone, np.minimum(d, n - 1)]), 1, 0)
            self.moved = np.bincount(o * (n + 1) + d, minlength=(n + 1) ** 2).reshape(n + 1, n + 1)

    return Migration()
