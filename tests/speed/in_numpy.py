"""The migration rule in NumPy: whole columns, a table of weights for those who consider moving."""

from __future__ import annotations

import numpy as np


def move(first, last, seed, year, n, uid, born, sex, skill, minority, hukou_county, hukou_rural, res_county, res_zone,
         sector, arrived, low_income, luck, evaluation, cost, insured_factor, export_factor, retire_f, retire_m, inside,
         urban, own, own_home, home, home_out, ethnic, distance, outside, zone_factor, zone_factor_land, land_factor,
         dissimilarity, total, moved, zone_moves, net, stays):
    """As the kernel `_move`, with a stream of random numbers."""
    rng = np.random.default_rng(int(seed))
    age = year - born.astype(np.int64)
    at = np.clip(age, 0, 100)
    i = np.flatnonzero((age >= 16) & (rng.random(uid.size) < evaluation[at]))
    age, at = age[i], at[i]
    o, y, h, m, s = (column[i].astype(np.int64) for column in (res_county, res_zone, hukou_county, minority, skill))
    e = np.where(age >= np.where(sex[i] == 1, retire_m, retire_f), 3, np.maximum(0, s - 1))
    land = (hukou_rural[i] == 1) & (h == o)
    here, zone, within = o < n, np.where(o == n, 2, y), np.minimum(o, n - 1)
    mine = own[e, within, y]
    other = own[e, within, 1 - y] * np.where((y == 1) & land, zone_factor_land, zone_factor)
    with np.errstate(invalid="ignore"):
        stay = np.where(here, (mine + other) ** dissimilarity * own_home[h, o] * ethnic[m, within],
                        outside[e, n] * own_home[h, n])
        change = np.where(here, other / (mine + other), 0.0)
    insured = ((sector[i] >= 0) & (y == 0) & here) | (s >= 2)
    leave = cost[at] * np.where(land & (y == 1), land_factor, 1.0) * np.where(insured, insured_factor, 1.0)
    weights = leave[:, None] * inside[e, zone] * home[h] * ethnic[m] * distance[o]
    weights[here, o[here]] = 0.0
    away = (low_income[i] == 1) & (y == 1) & (h < n) & (age >= 18) & (age <= 55)
    out = np.where(here, leave * outside[e, o] * home_out[h], 0.0) * np.where(away, export_factor, 1.0)
    steps = np.cumsum(np.column_stack([stay, weights, out]), axis=1)
    chosen = (steps <= (rng.random(i.size) * steps[:, -1])[:, None]).sum(axis=1)
    luck = rng.random(i.size)
    turns = (chosen == 0) & here & (luck < change)
    res_zone[i[turns]] = 1 - y[turns]
    np.add.at(zone_moves, o[turns], np.where(y[turns] == 1, 1, -1))
    np.add.at(net, (o[turns], y[turns]), -1)
    np.add.at(net, (o[turns], 1 - y[turns]), 1)
    goes = chosen > 0
    i, o, y, h, e, zone, luck, d = (each[goes] for each in (i, o, y, h, e, zone, luck, chosen - 1))
    np.add.at(moved, (o, d), 1)
    to = np.minimum(d, n - 1)
    res_county[i], arrived[i], sector[i] = d, year, -1
    res_zone[i] = np.where((d < n) & (luck >= urban[e, zone, to]), 1, 0)
    np.add.at(net, (o, y), -1)
    np.add.at(net, (d, res_zone[i].astype(np.int64)), 1)
    stays[i[(d == n) & (h == n)]] = False
