"""The declared structure of a data pack; `sim.region.reading` reads a pack and finds all faults.

Files, columns and their types are declared here; variables with unit, range and meaning in variables.csv.
"""

from __future__ import annotations

import csv
import fnmatch
import functools
import math
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

VARIABLES = Path(__file__).with_name("variables.csv")
BOUNDARIES = "boundaries.geojson"
MAXIMUM_BYTES = 50_000_000
YEARS = (1980, 2050)
LONGITUDE, LATITUDE = (105.0, 120.0), (3.0, 22.0)
CONFIDENCE = ("official", "secondary", "derived", "recalled")
ASSUMED = "assumed"
GRADES = ("high", "medium", "low")
HOLDS = ("stored", "new", "both")
MODES = ("road", "rail", "great_circle")
PROVINCE, PROVINCIAL_TIER, CHINA = 460000, 460001, 100000

# areas other than counties with rows in every pack: code -> name; a pack adds its own in areas.csv
AREAS = {CHINA: "China", PROVINCE: "Hainan"}

# plausible range of a value by its unit, unless variables.csv gives a narrower one
UNITS = {
    "persons": (0, 2e7), "1e4_persons": (0, 2e3), "households": (0, 1e7), "persons in sample": (0, 1e6),
    "households in sample": (0, 1e6), "percent": (0, 100), "%": (-100, 300), "percent per year": (-20, 50),
    "per mille": (-20, 60), "per 100k persons": (0, 1e5), "ratio": (0, 10), "years": (0, 120), "m2": (0, 200),
    "rooms": (0, 20), "persons/km2": (0, 1e5), "males per 100 females": (50, 300), "males per female": (0.9, 1.4),
    "children per woman": (0, 10), "births per 1000 women": (0, 400), "deaths per person-year": (0, 1.5),
    "1e8 yuan": (0, 2e4), "1e8_yuan": (0, 1e4), "yuan/person": (0, 1e6), "yuan_per_person": (0, 1e6),
    "yuan/year": (0, 1e6), "yuan/month": (0, 1e5), "yuan/hour": (0, 1e3), "previous year = 100": (50, 150),
    "1e4 person-times": (0, 1e5), "radiance sum": (0, 1e7), "km": (0, 1e5), "km2": (0, 4e4), "ha": (0, 4e6),
    "1e3_ha": (0, 4e3), "1e4_mu": (0, 6e3), "index": (0, 100), "1e8 usd": (0, 1e3), "t": (0, 1e7), "1e6_t": (0, 1e3),
    "1e8_kWh": (0, 1e3), "ug/m3": (0, 500), "1e8_m3": (0, 1e3), "beds": (0, 1e5), "hospitals": (0, 1e3),
    "schools": (0, 1e4), "lines": (0, 1e7), "share": (0, 1), "share per year": (-1, 1), "share of GDP": (0, 1),
    "2010 = 1": (0, 10), "0 or 1": (0, 1), "CNY per head": (0, 1e6), "usd/kg": (0, 1e3), "yuan/usd": (1, 20),
}


@dataclass(frozen=True)
class Column:
    """A column of a table: its kind is text, code, integer, number, year or mark (0 or 1)."""

    name: str
    kind: str
    says: str
    empty: bool = False
    low: float = -math.inf
    high: float = math.inf
    choices: tuple[str, ...] = ()
    optional: bool = False  # optional column


class Variable(NamedTuple):
    """A variable of the tidy tables: `name` may hold `*`."""

    file: str
    name: str
    units: tuple[str, ...]
    low: float | None
    high: float | None
    meaning: str


def _mark(name: str, says: str) -> Column:
    return Column(name, "mark", says, empty=True)


def _text(name: str, says: str, empty: bool = True, choices: tuple[str, ...] = ()) -> Column:
    return Column(name, "text", says, empty=empty, choices=choices)


SOURCED = (
    _text("source", "where it was read: an id of docs/data.md or the name of the text", empty=False),
    _text("confidence", "official, secondary, derived or recalled", empty=False, choices=CONFIDENCE),
)
OF_PLACES = (
    _text("source", "source, or basis of the judgement", empty=False),
    _text("confidence", "as for other rows, or assumed: a judgement, never an observation", empty=False,
          choices=(*CONFIDENCE, ASSUMED)),
)
TIDY = (
    Column("adcode", "code", "six-digit code of the area"),
    _text("county", "English name of the area; Haikou/... are districts", empty=False),
    Column("year", "year", "calendar year, of stocks: end of year or census day"),
    _text("variable", "name of the variable", empty=False),
    Column("value", "number", "value as published"),
    _text("unit", "unit as published", empty=False),
    *SOURCED,
    Column("grade", "text",
           "reliability of the value as judged by the reader of the source; low values are excluded from history",
           empty=True, choices=GRADES, optional=True),
    _text("note", "remark, breaks"),
)
TIDY_FILES = ("population", "population-province", "economy", "economy-province", "fiscal", "land", "services",
              "visitors", "environment", "outlook", "prices")


class Place(NamedTuple):
    """A quantity of places.csv: its unit and what it means."""

    unit: str
    says: str


PLACES = {
    "home_price_2010": Place("yuan/m2", "price of urban homes in 2010, at prices of 2010"),
    "duty_free_share": Place("share", "share of duty-free sales"),
    "station_km": Place("km", "by road from the county seat to its railway station, if outside the town"),
    "coast_runoff": Place("m/year", "runoff depth of the small rivers at the coast"),
}
NAMED_GROUPS = {
    "haikou": "the capital",
    "sanya": "the tourist city of the south",
    "refinery": "location of the refinery and chemical works: Yangpu, in Danzhou",
    "no_persons": "units with exogenous residents instead of simulated persons: Sansha",
    "culture_centres": "cultural centres: Haikou, Sanya, Danzhou, Qionghai, Chengmai, Baoting",
    "marine_cities": "cities of the national marine demonstrations: Haikou, Lingshui",
    "research_cities": "locations of national institutes: Haikou, Sanya, Danzhou",
    "platform_cities": "locations of international platforms: Haikou, Sanya, Qionghai",
    "typhoon_coast": "main landfall area of damaging typhoons: Haikou, Qionghai, Wenchang, Ding'an",
    "outside_national_ecology": "units outside the national transfer to key ecological zones in 2015",
}
"""Groups of counties by name, their members in groups.csv; what they mean."""
COAST_REACH = "coast_"
"""Prefix of the name of a county's lumped coastal reach, followed by its code."""


def _range(of: str) -> tuple[Column, Column]:
    return (Column("low", "number", f"least {of} that cannot be ruled out; a judgement"),
            Column("high", "number", f"greatest {of} that cannot be ruled out; a judgement"))


TABLES: dict[str, tuple[Column, ...]] = {
    "counties": (
        Column("adcode", "code", "present six-digit code"),
        _text("adcode_2010", "code in 2010", empty=False),
        _text("name_zh", "Chinese name", empty=False),
        _text("name_en", "English name", empty=False),
        _text("level", "level of the unit", False, ("prefecture", "county_city", "county", "autonomous_county")),
        Column("area_km2", "number", "land area of one consistent table", low=0, high=4e4),
        Column("area_km2_government", "number", "land area usually printed locally", True, 0, 4e4),
        _text("area_km2_government_source", "its source"),
        Column("area_km2_polygon", "number", "area of the simplified polygon", True, 0, 4e4),
        _text("seat_zh", "seat"),
        Column("seat_lon", "number", "longitude of the seat", low=LONGITUDE[0], high=LONGITUDE[1]),
        Column("seat_lat", "number", "latitude of the seat", low=LATITUDE[0], high=LATITUDE[1]),
        Column("coastal", "mark", "on the coast"),
        Column("autonomous_county", "mark", "autonomous county"),
        Column("minority_policy_area", "mark", "under minority policies"),
        Column("key_eco_function_zone", "mark", "key ecological function zone"),
        Column("national_park", "mark", "has a share of the national park"),
        Column("national_park_share_of_county", "number", "share of the county in the park", True, 0, 1),
        Column("poverty_national_2012", "mark", "on the national poverty list of 2012"),
        Column("poverty_exit_year", "year", "year of leaving poverty", empty=True),
        Column("poverty_exit_announced", "year", "year in which this was announced", empty=True),
        _mark("poverty_national_2001", "on the national list of 2001"),
        _mark("poverty_provincial", "on the provincial list (not obtained)"),
        _mark("old_revolutionary_base", "old revolutionary base (not obtained)"),
        Column("hai_cheng_wen", "mark", "Haikou-Chengmai-Wenchang circle"),
        Column("greater_sanya", "mark", "Greater Sanya circle"),
        _text("wing_2019", "wing of the 2019 policy", True, ("east", "west")),
        _text("circle_2022", "circle of the 2022 policy"),
        _text("five_zone", "functional zone", False, ("north", "south", "east", "west", "central", "sea")),
        _text("stat_region", "region of statistical bulletins", False, ("east", "central", "west", "sea")),
        Column("health_centre_city", "mark", "seat of a regional health centre"),
        _text("health_region", "catchment of a health centre (derived)"),
        _text("hsr_line", "railway line"),
        Column("hsr_open_year", "year", "year of its opening", empty=True),
        _text("hsr_stations", "railway stations"),
        _text("expressway_open_year", "year of the first expressway"),
        _text("expressways", "expressways"),
        _text("basins", "river basins"),
    ),
    "adjacency": (
        Column("adcode_a", "code", "county"),
        _text("county_a", "its name", empty=False),
        Column("adcode_b", "code", "neighbour"),
        _text("county_b", "its name", empty=False),
        Column("border_km", "number", "length of the border", low=0, high=1e3),
        Column("border_km_alt", "number", "the same on a second set of polygons", True, 0, 1e3),
        *SOURCED,
        _text("note", "remark"),
    ),
    "travel": (
        Column("origin_adcode", "code", "from"),
        Column("dest_adcode", "code", "to"),
        Column("km", "number", "length", low=0, high=2e3),
        Column("minutes", "number", "travel time; rail: in the train, access not included", True, 0, 2e3),
        Column("year_from", "integer", "first year in which the row holds; 0: always", low=0, high=YEARS[1]),
        *SOURCED,
        _text("mode", "road, rail or great_circle", False, MODES),
    ),
    "basins": (
        _text("river", "river", empty=False),
        _text("river_zh", "Chinese name", empty=False),
        Column("order", "integer", "1 at the source, rising to the mouth; 0: whole river; from 90: tributaries only",
               low=0, high=999),
        Column("adcode", "code", "county, or the province for the whole river"),
        _text("county", "its name", empty=False),
        _mark("main_stem", "on the main stem"),
        _text("segment", "part of the river"),
        Column("basin_km2_in_county", "number", "catchment in the county", True, 0, 4e4),
        Column("basin_share", "number", "share of the basin", True, 0, 1),
        Column("total_length_km", "number", "length of the river", True, 0, 2e3),
        Column("total_basin_km2", "number", "basin", True, 0, 4e4),
        _text("reservoirs", "reservoirs"),
        *SOURCED,
        _text("note", "remark"),
    ),
    "areas": (
        Column("adcode", "code", "code of an area that is no county and has rows"),
        _text("name_en", "its name", empty=False),
        _text("name_zh", "its Chinese name"),
        Column("part_of", "integer", "the county it lies in", True, 0),
        _mark("adds", "1: its rows are added to those of the county where a series is to hold both"),
        _text("says", "what it is", empty=False),
    ),
    "sources": (
        _text("source", "id or text of the column `source`", empty=False),
        _text("says", "what was read, and where", empty=False),
        _text("terms", "the terms under which it may be used", empty=False),
    ),
    "segments": (
        _text("series", "variable of history", empty=False),
        Column("adcode", "integer", "the county it speaks of; empty: every area that has no rows of its own", True, 0),
        Column("first_year", "year", "first year of the segment"),
        Column("last_year", "year", "last year of it; empty: it goes on", empty=True),
        _text("basis", "name of the definition that holds within it", empty=False),
        _text("says", "what that definition is", empty=False),
    ),
    "conflicts": (
        Column("adcode", "code", "county"),
        _text("county", "its name", empty=False),
        Column("year", "year", "calendar year"),
        _text("new_variable", "variable of the later source", empty=False),
        Column("new_value", "number", "its value as printed"),
        _text("new_source", "its source", empty=False),
        _text("stored_variable", "variable of the earlier source", empty=False),
        Column("stored_value", "number", "its value as printed there, before it was mended"),
        _text("stored_source", "its source", empty=False),
        Column("diff", "number", "how far they are apart"),
        _text("diff_kind", "ratio less 1, or difference in points", empty=False),
        _text("holds", "which of the two history takes; both: two quantities", False, HOLDS),
        _text("reason", "why", empty=False),
    ),
    "rejected": (
        Column("panel_year", "year", "year of the table that was read"),
        _text("unit", "county", empty=False),
        _text("column", "quantity", empty=False),
        Column("value", "number", "what is printed; empty: the whole record", True),
        _text("reason", "why it is not believed", empty=False),
    ),
    "groups": (
        _text("name", "group of counties", empty=False),
        Column("adcode", "code", "a member"),
        _text("county", "its name", empty=False),
        *OF_PLACES,
    ),
    "places": (
        Column("adcode", "code", "county"),
        _text("county", "its name", empty=False),
        _text("variable", "quantity", empty=False),
        Column("value", "number", "its value"),
        _text("unit", "unit", empty=False),
        *_range("value"),
        *OF_PLACES,
    ),
    "parks": (
        _text("name", "provincial park, where free-trade-port incentives hold", empty=False),
        _text("name_zh", "Chinese name", empty=False),
        Column("adcode", "code", "county in which it lies"),
        _text("county", "its name", empty=False),
        Column("first_year", "year", "first year of the park"),
        Column("share", "number", "share of the county's industry, marine and high-tech output on its land", low=0,
               high=1),
        *_range("share"),
        *OF_PLACES,
        _text("note", "remark"),
    ),
    "resources": (
        _text("name", "resource taken out of the ground or the sea", empty=False),
        _text("name_zh", "Chinese name", empty=False),
        Column("adcode", "code", "county in which it is booked"),
        _text("county", "its name", empty=False),
        Column("first_year", "integer", "first year in which it is taken", low=1800, high=YEARS[1]),
        Column("share", "number", "share of the county's industrial value added", low=0, high=1),
        *_range("share"),
        *OF_PLACES,
        _text("note", "remark"),
    ),
    "projects": (
        _text("name", "project", empty=False),
        _text("name_zh", "Chinese name", empty=False),
        _text("lever", "lever that carries it out", False, ("hub_projects", "soe_invest")),
        Column("adcode", "code", "county in which it stands"),
        _text("county", "its name", empty=False),
        _text("sector", "industry, tourism, marine or high technology", False, ("I", "T", "M", "H")),
        Column("first_year", "year", "first year of building"),
        Column("last_year", "year", "last year of building"),
        Column("total", "number", "money, million CNY at 2020 prices, spent evenly over its years", low=0),
        *_range("total"),
        *OF_PLACES,
        _text("grade", "how well the total is known", False, GRADES),
    ),
    "gateways": (
        _text("name", "place gateway to the outside", empty=False),
        Column("adcode", "code", "county in which it lies"),
        _text("county", "its name", empty=False),
        _text("kind", "strait, air or port", False, ("strait", "air", "port")),
        Column("minutes", "number", "minutes from the county seat", low=0, high=600),
        *_range("time"),
        *OF_PLACES,
    ),
    "links": (
        _text("name", "planned link between two seats, or a seat and a gateway", empty=False),
        Column("origin_adcode", "code", "county"),
        _text("destination", "code of a county, or name of a gateway", empty=False),
        Column("minutes", "number", "door to door over the new link", low=0, high=600),
        *_range("time"),
        Column("opens", "year", "year of opening"),
        *OF_PLACES,
    ),
    "rivers": (
        _text("river", "river", empty=False),
        Column("runoff", "number", "runoff depth, m a year: mean flow over catchment", low=0, high=5),
        *_range("runoff"),
        Column("great", "mark", "one of the three basins of the Opinions"),
        *OF_PLACES,
    ),
    "reaches": (
        _text("name", "piece of a river inside one county; upper pieces stand first", empty=False),
        _text("name_zh", "Chinese name", empty=False),
        _text("river", "river, of rivers.csv", empty=False),
        Column("adcode", "code", "county; pieces of counties the pack leaves out drop out, their water still comes"),
        _text("county", "its name", empty=False),
        _text("flows_to", f"next piece, or {COAST_REACH} and a code; empty: the sea"),
        Column("km", "number", "length, scaled to that of the river in basins.csv", low=0, high=500),
        Column("towns", "mark", "towns and plants of the county discharge here"),
        _text("section", "where water is tested before the next county"),
        _text("section_zh", "Chinese name"),
        Column("stage", "number", "1 pilot of 2018-19, 2 rivers of 500 km2 and more or drinking water (2020), 3 other",
               True, 1, 3),
        Column("target", "number", "class of water to be kept", True, 1, 5),
        _mark("printed", "the pair of counties is printed, not derived from geography"),
        *OF_PLACES,
    ),
    "drains": (
        _text("reach", "piece of a river", empty=False),
        Column("adcode", "code", "county that drains into it directly"),
        _text("county", "its name", empty=False),
        Column("km2", "number", "area, scaled to that of the basin in basins.csv", low=0, high=2e4),
        *_range("area"),
        *OF_PLACES,
    ),
    "pools": (
        _text("reach", "piece whose section it belongs to", empty=False),
        Column("first_year", "year", "first year of the pool"),
        Column("last_year", "year", "last year of the agreement"),
        Column("province", "number", "million CNY a year from the province", low=0),
        Column("lower", "number", "million CNY a year from the lower county", low=0),
        Column("upper", "number", "million CNY a year from the upper county", low=0),
        *OF_PLACES,
    ),
    **{name: TIDY for name in TIDY_FILES},
}
PLACE_TABLES = ("groups", "places", "parks", "resources", "projects", "gateways", "links", "rivers", "reaches",
                "drains", "pools")
"""Quantities known or judged for single places, with a range."""
OPTIONAL = ("visitors", "environment", "prices", "areas", "sources", "segments", "conflicts", "rejected", *PLACE_TABLES)
"""Optional tables of a pack."""
OVERLAID = (*TIDY_FILES, "sources", "segments")
"""Tables to which a folder of rows may add."""
KEYS = {
    "areas": ("adcode",), "sources": ("source",), "segments": ("series", "adcode", "first_year"),
    "conflicts": ("adcode", "year", "new_variable", "stored_variable"),
    "rejected": ("panel_year", "unit", "column"),
    "counties": ("adcode",), "adjacency": ("adcode_a", "adcode_b"), "basins": ("river", "adcode"),
    "travel": ("origin_adcode", "dest_adcode", "mode", "year_from"),
    "groups": ("name", "adcode"), "places": ("adcode", "variable"), "rivers": ("river",), "drains": ("reach", "adcode"),
    "pools": ("reach", "first_year"),
    **{name: ("name",) for name in ("parks", "resources", "projects", "gateways", "links", "reaches")},
    **{name: ("adcode", "year", "variable", "unit") for name in TIDY_FILES},
}
CODE_NAMES = {**{name: () for name in ("counties", "areas", "sources", "segments", "rejected", "rivers", "reaches",
                                       "drains", "pools")},
              "adjacency": (("adcode_a", "county_a"), ("adcode_b", "county_b")),
              "travel": (("origin_adcode", ""), ("dest_adcode", "")), "links": (("origin_adcode", ""),)}
FILES = (*(f"{name}.csv" for name in TABLES), BOUNDARIES)
REQUIRED_FILES = tuple(name for name in FILES if name.removesuffix(".csv") not in OPTIONAL)

AGE_LABELS = ("0", "1_4", *(f"{a}_{a + 4}" for a in range(5, 85, 5)), "85plus")


class Sum(NamedTuple):
    """Parts of a tidy table that must sum to a total, per area and year, within a relative tolerance."""

    file: str
    total: str
    parts: tuple[str, ...]
    tolerance: float


SUMS = (
    Sum("population", "resident_census", ("male", "female"), 0),
    Sum("population", "male", tuple(f"male_age_{a}" for a in AGE_LABELS), 0),
    Sum("population", "female", tuple(f"female_age_{a}" for a in AGE_LABELS), 0),
    Sum("population", "resident_census", ("age_0_14", "age_15_59", "age_60plus"), 0),
    Sum("population", "resident_census", ("age_0_14", "age_15_64", "age_65plus"), 1e-3),
    Sum("population", "resident_census", ("urban_population", "rural_population"), 0),
    Sum("population", "migrants_hukou_elsewhere_total", (
        "migrants_hukou_same_county", "migrants_hukou_other_county", "migrants_hukou_other_province"), 0),
    Sum("economy", "gdp", ("gdp_primary", "gdp_secondary", "gdp_tertiary"), 5e-4),
    Sum("economy", "gdp_excl_yangpu", (
        "gdp_primary_excl_yangpu", "gdp_secondary_excl_yangpu", "gdp_tertiary_excl_yangpu"), 5e-4),
    Sum("fiscal", "gpb_revenue", ("gpb_rev_tax", "gpb_rev_nontax"), 1e-3),
    Sum("fiscal", "gov_debt_balance_yearend", ("gov_debt_balance_general", "gov_debt_balance_special"), 1e-3),
    Sum("fiscal", "gov_debt_limit", ("gov_debt_limit_general", "gov_debt_limit_special"), 1e-3),
    Sum("fiscal", "transfers_budget_total", (
        "transfers_budget_general", "transfers_budget_special", "transfers_budget_tax_return"), 1e-5),
    Sum("fiscal", "transfers_budget_tax_return", (
        "tax_return_consumption_tax", "tax_return_income_tax_base", "tax_return_vat", "tax_return_vat_5050"), 1e-5),
)
# county values that must sum to the provincial row if every county has one
TOTALS = (
    ("population", "population-province", "resident_census"),
    ("population", "population-province", "urban_population"),
    ("population", "population-province", "rural_population"),
    ("population", "population-province", "male"),
    ("population", "population-province", "female"),
    ("population", "population-province", "hukou_population"),
    ("population", "population-province", "migrants_hukou_same_county"),
    ("population", "population-province", "migrants_hukou_other_county"),
    ("population", "population-province", "migrants_hukou_other_province"),
)
TOTALS_YEARS = frozenset({2000, 2010, 2020})
# required rows: of every county, or of the province
REQUIRED = (
    ("population", "resident_census", (2010, 2020), True),
    ("economy-province", "gdp", (2010,), False),
    ("economy-province", "gdp_deflator_growth", tuple(range(2011, 2021)), False),
)


@functools.cache
def variables() -> tuple[Variable, ...]:
    """The declared variables, one entry per file in which they may occur."""
    with VARIABLES.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return tuple(
        Variable(file, row["variable"], tuple(row["unit"].split("|")), _bound(row["low"]), _bound(row["high"]),
                 row["meaning"])
        for row in rows for file in row["files"].split()
    )


def _bound(text: str) -> float | None:
    return float(text) if text else None


@functools.cache
def _declarations(file: str) -> dict[str, Variable]:
    """The variables and patterns of variables of a file by their names."""
    return {v.name: v for v in reversed(variables()) if v.file == file}


@functools.cache
def declared(file: str, name: str) -> Variable | None:
    """The declaration of a variable of a file: its own, or that of a matching pattern."""
    known = _declarations(file)
    return known.get(name) or next((v for pattern, v in reversed(known.items())
                                    if "*" in pattern and fnmatch.fnmatchcase(name, pattern)), None)


def bounds(variable: Variable, unit: str) -> tuple[float, float]:
    """The plausible range of a value in its unit."""
    low, high = UNITS.get(unit, (-math.inf, math.inf))
    return (low if variable.low is None else variable.low), (high if variable.high is None else variable.high)
