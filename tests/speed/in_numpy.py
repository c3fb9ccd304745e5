"""The migration rule in NumPy: whole columns, a table of weights for those who consider moving."""

from __future__ import annotations

import numpy as np


def move(first, last, seed, year, persons, rules, choices, tally, stays):
    """As the kernel `_move`, with a stream of random numbers."""
    uid, born, sex, skill, minority = persons.uid, persons.born, persons.sex, persons.skill, persons.minority
    hukou_county, hukou_rural, res_county, res_zone = (
        persons.hukou_county, persons.hukou_rural, persons.res_county, persons.res_zone)
    sector, arrived, low_income, n = persons.sector, persons.arrived, persons.low_income, choices.n
    evaluation, moved, zone_moves, net = rules.evaluation, tally.moved, tally.zone_moves, tally.net
    rng = np.random.default_rng(int(seed))
    age = year - born.astype(np.int64)
    i = np.flatnonzero((age >= 16) & (rng.random(uid.size) < evaluation[np.clip(age, 0, 100)]))
    columns = (sex, skill, minority, hukou_county, hukou_rural, res_county, res_zone, sector, low_income)
    o, y, h, e, zone, chosen, change = chosen_by(
        age[i], *(column[i].astype(np.int64) for column in columns), rng.random(i.size), rules, choices)
    luck = rng.random(i.size)
    turns = (chosen == 0) & (luck < change)
    res_zone[i[turns]] = 1 - y[turns]
    np.add.at(zone_moves, o[turns], np.where(y[turns] == 1, 1, -1))
    np.add.at(net, (o[turns], y[turns]), -1)
    np.add.at(net, (o[turns], 1 - y[turns]), 1)
    goes = chosen > 0
    i, o, y, h, e, zone, luck, d = (each[goes] for each in (i, o, y, h, e, zone, luck, chosen - 1))
    np.add.at(moved, (o, d), 1)
    to = np.minimum(d, n - 1)
    res_county[i], arrived[i], sector[i] = d, year, -1
    res_zone[i] = np.where((d < n) & (luck >= choices.urban[e, zone, to]), 1, 0)
    np.add.at(net, (o, y), -1)
    np.add.at(net, (d, res_zone[i].astype(np.int64)), 1)
    stays[i[(d == n) & (h == n)]] = False


def chosen_by(age, sex, skill, minority, hukou_county, hukou_rural, res_county, res_zone, sector, low_income, luck,
              rules, t):
    """What those choose who consider moving: 0 their own county, 1 + c another or the outside; and what they are.

    Returns county, zone, registration, class, zone as tables count it, choice, chance to change zone if they stay.
    """
    o, y, h, m, n, at = res_county, res_zone, hukou_county, minority, t.n, np.clip(age, 0, 100)
    e = np.where(age >= np.where(sex == 1, rules.retire_men, rules.retire_women), 3, np.maximum(0, skill - 1))
    land = (hukou_rural == 1) & (h == o)
    here, zone, within = o < n, np.where(o == n, 2, y), np.minimum(o, n - 1)
    held = land.astype(np.int64)
    stay = np.where(here, t.nest[e, within, y, held] * t.own_home[h, o] * t.ethnic[m, within],
                    t.outside[e, n] * t.own_home[h, n])
    change = np.where(here, t.change[e, within, y, held], 0.0)
    insured = ((sector >= 0) & (y == 0) & here) | (skill >= 2)
    tied = np.where(land & (y == 1), t.land_factor, 1.0)
    leave, cross = (tied * weight[at] * np.where(insured, insurance, 1.0) for weight, insurance in (
        (rules.leave, rules.leave_insurance), (rules.cross, rules.cross_insurance)))
    weights = np.where(here, leave, cross)[:, None] * t.inside[e, zone] * t.home[h] * t.ethnic[m] * t.distance[o]
    weights[here, o[here]] = 0.0
    away = (low_income == 1) & (y == 1) & (h < n) & (age >= rules.export_first_age) & (age <= rules.export_last_age)
    out = np.where(here, cross * t.outside[e, o] * t.home_out[h], 0.0) * np.where(away, rules.export, 1.0)
    steps = np.cumsum(np.column_stack([stay, weights, out]), axis=1)
    return o, y, h, e, zone, (steps <= (luck * steps[:, -1])[:, None]).sum(axis=1), change
