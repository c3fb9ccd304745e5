"""Persons are counted, not estimated: every identity is exact."""

from __future__ import annotations

import numpy as np

from sim.audit.identity import Identity


def _residents(m):
    c, s = m.counties, m.start
    change = (c.births - c.deaths + c.arrivals_internal - c.departures_internal + c.arrivals_outside
              - c.departures_outside + c.exogenous_change)
    return c.population, s["population"] + change


def _moves(m):
    c = m.counties
    return (np.concatenate([c.arrivals_internal, c.departures_internal]),
            np.concatenate([c.moved[:, :m.n].sum(axis=0), c.moved[:, :m.n].sum(axis=1)]))


def _outside_stock(m):
    c, s, a = m.counties, m.start, m.account
    left = c.departures_outside.sum() - a.outsiders_left
    returned = c.arrivals_outside.sum() - a.newcomers
    return c.registered_outside.sum(), s["registered_outside"].sum() + left - returned - c.deaths_outside.sum()


def _heads(m):
    c = m.counties
    here = c.population - m.base.exogenous_residents[m.year - m.base.year]
    homes = c.residents_local + c.residents_other_county + c.residents_other_province
    return (np.array([c.population_zone.sum(axis=1), c.population_age.sum(axis=1), homes]), np.array([here, here,
                                                                                                      here]))


def _registered(m):
    c = m.counties
    inside = c.residents_local.sum() + c.residents_other_county.sum() + c.registered_outside.sum()
    return c.registered.sum(), inside


def _registration(m):
    c = m.counties
    return c.registered, m.start["registered"] + c.registered_births - c.registered_deaths + c.hukou_in - c.hukou_out


def _working_age(m):
    """By zone, those at work and those in retirement are among those of working age; sectors add to those at work."""
    people = m.people
    at_work = people.by_sector_zone.sum(axis=(2, 3))
    busy = (at_work + people.retired).T
    return (np.array([*np.minimum(busy, people.adults.sum(axis=2).T), m.counties.employed.sum(axis=1)]),
            np.array([*busy, at_work.sum(axis=1) * m.weight]))


IDENTITIES = (
    Identity("AI1", "residents change by births, deaths and moves", _residents, exact=True),
    Identity("AI2", "arrivals and departures are the margins of the moves", _moves, exact=True),
    Identity("AI3", "registered persons outside change by leaving, returning and dying", _outside_stock, exact=True),
    Identity("AI3b", "registered persons change by births, deaths and registration", _registration, exact=True),
    Identity("AI4", "zones, ages and places of registration add to residents", _heads, exact=True),
    Identity("AI4b", "registered persons are residents or outside", _registered, exact=True),
    Identity("AI4c", "those at work and in retirement are of working age, sectors add to those at work", _working_age,
             exact=True),
)
