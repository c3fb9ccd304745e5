"""Persons are counted, so every identity is exact."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.audit.identity import Identity
from sim.words import BASE_YEAR


def beside(m: Any) -> dict:
    """Terms of the equations other than columns: rows of persons, and moves by destination and origin."""
    counted, moved = m.counted, m.counties.moved[:, :m.n]
    into_towns = m.counties.reclassified + m.counties.resettled
    return {
        "exogenous_residents": m.observed.exogenous_residents[m.year - BASE_YEAR],
        "moved_to": moved, "moved_from": moved.T,
        "at_work": counted.rows_at_work * m.weight, "in_retirement": counted.rows_retired * m.weight,
        "made_urban": into_towns[:, None] * np.array([1, -1]),
        "of_working_age": counted.rows_adult * m.weight,
    }


IDENTITIES = (
    Identity("AI1", "residents change by births, deaths and moves",
             "population = population@start + births - deaths + arrivals_internal - departures_internal"
             " + arrivals_outside - departures_outside + exogenous_change", exact=True),
    Identity("AI1b", "residents of a zone change by births, deaths, moves and reclassification",
             "by cell: population_zone = population_zone@start + zone_births - zone_deaths + zone_migration"
             " + made_urban",
             exact=True),
    Identity("AI2", "arrivals and departures are the margins of the migration matrix",
             ("departures_internal = moved_to", "arrivals_internal = moved_from"), exact=True),
    Identity("AI3", "registered persons outside change by departures, returns and deaths",
             "in all: registered_outside = registered_outside@start + departures_outside - outsiders_left"
             " - arrivals_outside + newcomers - deaths_outside", exact=True),
    Identity("AI3b", "registered persons change by births, deaths and transfers of registration",
             "registered = registered@start + registered_births - registered_deaths + hukou_in - hukou_out",
             exact=True),
    Identity("AI4", "zones, age groups and places of registration sum to residents",
             "population - exogenous_residents = population_zone = population_age"
             " = residents_local + residents_other_county + residents_other_province", exact=True),
    Identity("AI4b", "registered persons are residents or outside",
             "in all: registered = residents_local + residents_other_county + registered_outside", exact=True),
    Identity("AI4c", "the employed and the retired are of working age, sectors sum to the employed",
             ("by cell: in_retirement + at_work <= of_working_age", "employed = at_work"), exact=True),
)
