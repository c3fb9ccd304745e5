"""A data pack of three counties whose numbers can be counted by hand, for tests of everything that reads a pack.

Haikou (coast), Sanya (coast) and Qiongzhong (central mountains) with 15 000, 9 000 and 6 000 residents in 2010, 30 000
in all: 300 persons at weight 100. Half of them are men; of a hundred, 1 is under one, 4 are 1-4, 7 stand in each
five-year group from 5 to 64, and 4, 3, 2, 1, 1 in those above. Every county is complete in every year; money grows by
2 % in prices and 8 % in volume a year. The schedules of China are those of the shipped pack.

    pack = load_pack(write_tiny_pack(tmp_path / "pack"))
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

from sim.region import schema
from sim.region.pack import DEFAULT_PATH

HAIKOU, SANYA, QIONGZHONG = CODES = (460100, 460200, 469030)
PROVINCE = 460000
NAMES = {HAIKOU: "Haikou", SANYA: "Sanya", QIONGZHONG: "Qiongzhong", PROVINCE: "Hainan"}
NAMES_ZH = {HAIKOU: "海口市", SANYA: "三亚市", QIONGZHONG: "琼中黎族苗族自治县"}
SEATS = {HAIKOU: (110.0, 20.0), SANYA: (109.5, 18.0), QIONGZHONG: (110.0, 19.0)}

RESIDENTS = {2000: (12_000, 8_000, 6_400), 2010: (15_000, 9_000, 6_000), 2020: (18_000, 11_000, 5_600)}
PERCENT_OF_AGE = dict(zip(schema.AGE_LABELS, (1, 4, *[7] * 12, 4, 3, 2, 1, 1), strict=True))
PERCENT_URBAN = {2010: (70, 60, 30), 2020: (80, 70, 40)}
PERCENT_OTHER_COUNTY, PERCENT_OTHER_PROVINCE = (10, 10, 2), (15, 20, 2)
PERCENT_ABSENT = (5, 5, 15)  # of residents registered here
PERCENT_SCHOOLING = {"none": 4, "primary": 20, "junior_secondary": 40, "senior_secondary": 20, "junior_college": 6,
                     "bachelor_plus": 4}
PERCENT_EMPLOYED = 50
PERCENT_OF_INDUSTRY = {  # of employed residents, city and mountain
    "agriculture": (20, 70), "mining": (1, 1), "manufacturing": (10, 2), "utilities": (1, 1), "construction": (8, 6),
    "trade": (15, 5), "transport": (6, 2), "hospitality": (8, 2), "real_estate": (3, 1), "personal_services": (4, 1),
    "finance": (3, 1), "it": (2, 0), "science": (1, 0), "business_services": (3, 0), "education": (5, 3),
    "health": (3, 2), "culture": (1, 0), "public_admin": (5, 3), "public_facilities": (1, 0),
}
SECONDARY = ("mining", "manufacturing", "utilities", "construction")
PRINTED_2010 = ("agriculture", "mining", "manufacturing", "construction", "hospitality", "real_estate", "finance",
                "education", "public_admin")
PERCENT_OF_BRANCH = {"primary": (10, 10, 50), "secondary": (20, 20, 10), "tertiary": (70, 70, 40)}
GDP_2010 = (6.0, 3.6, 0.9)  # 1e8 yuan: 40 000, 40 000 and 15 000 yuan a head
GROWTH, INFLATION = 0.08, 0.02
MONEY_YEARS = range(2005, 2024)
INCOME_2010 = {"income_urban": (16_000, 16_000, 12_000), "income_rural": (6_000, 6_000, 4_000)}
ROADS = {(HAIKOU, SANYA): ((2010, 200),), (HAIKOU, QIONGZHONG): ((2010, 150), (2015, 100)),
         (SANYA, QIONGZHONG): ((2010, 120),)}
TRAIN = ((2011, 90),)  # Haikou to Sanya
RIVER_TABLES = ("rivers", "reaches", "drains", "pools")
SPENDING = {"education": 0.16, "health": 0.06, "culture": 0.02, "social_security": 0.08, "environment": 0.03}


def write_tiny_pack(folder: str | Path, edit: Callable[[dict[str, list[dict]]], None] | None = None) -> Path:
    """Write the pack into a folder; `edit` may change the rows (file -> list of rows) before they are written."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tables: dict[str, list[dict]] = {name: [] for name in schema.TABLES}
    for fill in (_counties, _links, _rivers, _people, _schedules, _economy, _money, _land, _places):
        fill(tables)
    if edit:
        edit(tables)
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, [c.name for c in schema.TABLES[name]], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    (folder / schema.BOUNDARIES).write_text(json.dumps(_squares()), encoding="utf-8", newline="\n")
    return folder


def _put(tables, file: str, code: int, year: int, variable: str, value, unit: str, confidence="official") -> None:
    tables[file].append({"adcode": code, "county": NAMES[code], "year": year, "variable": variable, "value": value,
                         "unit": unit, "source": "made for tests", "confidence": confidence, "note": ""})


def _counted(tables, variable: str, year: int, values, unit: str = "persons") -> None:
    """A count of the counties, and their sum for the province."""
    for code, value in zip(CODES, values, strict=True):
        _put(tables, "population", code, year, variable, value, unit)
    if schema.declared("population-province", variable):
        _put(tables, "population-province", PROVINCE, year, variable, sum(values), unit)


def _percent(values, percent) -> list[int]:
    """Percent of counts that come out whole."""
    percents = percent if isinstance(percent, tuple) else (percent,) * len(values)
    products = [value * p for value, p in zip(values, percents, strict=True)]
    assert all(product % 100 == 0 for product in products), (values, percents)
    return [product // 100 for product in products]


def _counties(tables) -> None:
    for code in CODES:
        centre = code == QIONGZHONG
        row = {c.name: 0 if c.kind == "mark" else "" for c in schema.TABLES["counties"]}
        row |= {"adcode": code, "adcode_2010": code, "name_zh": NAMES_ZH[code], "name_en": NAMES[code],
                "level": "autonomous_county" if centre else "prefecture", "area_km2": 1000, "seat_zh": "城",
                "seat_lon": SEATS[code][0], "seat_lat": SEATS[code][1], "coastal": int(not centre),
                "five_zone": {HAIKOU: "north", SANYA: "south", QIONGZHONG: "central"}[code],
                "stat_region": "central" if centre else "east", "hai_cheng_wen": int(code == HAIKOU),
                "greater_sanya": int(code == SANYA)}
        if centre:
            row |= dict.fromkeys(("autonomous_county", "minority_policy_area", "key_eco_function_zone",
                                  "national_park", "poverty_national_2012"), 1)
            row |= {"poverty_exit_year": 2018, "poverty_exit_announced": 2019}
        tables["counties"].append(row)


def _links(tables) -> None:
    about = {"source": "made for tests", "confidence": "derived"}
    for (a, b), road in ROADS.items():
        rows = [("great_circle", 0, 100, "")] + [("road", year, 120, minutes) for year, minutes in road]
        rows += [("rail", year, 300, minutes) for year, minutes in TRAIN if (a, b) == (HAIKOU, SANYA)]
        for mode, year, km, minutes in rows:
            for origin, destination in ((a, b), (b, a)):
                tables["travel"].append({"origin_adcode": origin, "dest_adcode": destination, "km": km,
                                         "minutes": minutes, "year_from": year, "mode": mode, **about})
    for a, b in ((HAIKOU, QIONGZHONG), (SANYA, QIONGZHONG)):
        tables["adjacency"].append({"adcode_a": a, "county_a": NAMES[a], "adcode_b": b, "county_b": NAMES[b],
                                    "border_km": 30, "border_km_alt": 30, "note": "", **about})


def _rivers(tables) -> None:
    about = {"source": "made for tests", "confidence": "official", "note": "", "reservoirs": "", "segment": ""}
    whole = {"order": 0, "adcode": PROVINCE, "total_length_km": 300, "total_basin_km2": 1000}
    upper, mouth = ({"order": n, "adcode": code, "main_stem": 1} for n, code in ((1, QIONGZHONG), (2, HAIKOU)))
    for row in (whole, upper, mouth):
        county = NAMES[row["adcode"]]
        tables["basins"].append({"river": "Nandu", "river_zh": "南渡江", "county": county, **about, **row})


def _people(tables) -> None:
    for year, residents in RESIDENTS.items():
        _counted(tables, "resident_census", year, residents)
        if year != 2000:
            _census(tables, year, residents)
    for year in range(2005, 2025):
        total = round(24_000 + 600 * (year - 2000))  # 30 000 in 2010
        _put(tables, "population-province", PROVINCE, year, "resident_yearend", total, "persons")
        _put(tables, "population-province", PROVINCE, year, "birth_rate", 14, "per mille")
        _put(tables, "population-province", PROVINCE, year, "death_rate", 6, "per mille")
        if year > 2010:
            moved = 600 - total * 8 // 1000
            _put(tables, "population-province", PROVINCE, year, "net_migration_residual", moved, "persons", "derived")


def _census(tables, year: int, residents) -> None:
    half = [count // 2 for count in residents]
    for sex in ("male", "female"):
        _counted(tables, sex, year, half)
        for age, percent in PERCENT_OF_AGE.items():
            _counted(tables, f"{sex}_age_{age}", year, _percent(half, percent))
        for level, percent in PERCENT_SCHOOLING.items():
            _counted(tables, f"education_{level}_{sex}", year, _percent(half, percent))
    for level, percent in PERCENT_SCHOOLING.items():
        _counted(tables, f"education_{level}", year, _percent(residents, percent))
    for name, percent in {"age_0_14": 19, "age_15_59": 63, "age_60plus": 18, "age_65plus": 11}.items():
        _counted(tables, name, year, _percent(residents, percent))
    urban = _percent(residents, PERCENT_URBAN[year])
    _counted(tables, "urban_population", year, urban)
    _counted(tables, "rural_population", year, [a - b for a, b in zip(residents, urban, strict=True)])
    other_county, other_province = (_percent(residents, p) for p in (PERCENT_OTHER_COUNTY, PERCENT_OTHER_PROVINCE))
    same = [0, 0, 0]
    _counted(tables, "migrants_hukou_other_county", year, other_county)
    _counted(tables, "migrants_hukou_other_province", year, other_province)
    _counted(tables, "migrants_hukou_same_county", year, same)
    elsewhere = [sum(classes) for classes in zip(other_county, other_province, strict=True)]
    _counted(tables, "migrants_hukou_elsewhere_total", year, elsewhere)
    local = [r - c - p for r, c, p in zip(residents, other_county, other_province, strict=True)]
    absent = _percent(residents, PERCENT_ABSENT)
    registered = [here + gone for here, gone in zip(local, absent, strict=True)]
    _counted(tables, "hukou_population_census" if year == 2010 else "hukou_population", year, registered)
    _long_form(tables, year, residents)
    for code, minority, gone in zip(CODES, (10, 10, 60), absent, strict=True):
        _put(tables, "population", code, year, "ethnic_minority_share", minority, "percent")
        _put(tables, "population", code, year, "registered_absent_est", gone, "persons", "derived")
        _put(tables, "population", code, year, "children_ever_born_15_64", 1.5, "children per woman")
        if year == 2010:
            _put(tables, "population", code, year, "nonagricultural_hukou_share", 40, "percent")
            _put(tables, "population", code, year, "birth_rate", 14, "per mille")
            _put(tables, "population", code, year, "death_rate", 6, "per mille")


def _long_form(tables, year: int, residents) -> None:
    """A tenth of the households; a third of the residents are households."""
    employed = _percent(_percent(residents, PERCENT_EMPLOYED), 10)
    for code, people, sample in zip(CODES, residents, employed, strict=True):
        place = int(code == QIONGZHONG)
        households = people // 3 // 10 * 10
        _put(tables, "population", code, year, "households_family", households, "households")
        _put(tables, "population", code, year, "lf_households", households // 10, "households in sample")
        _put(tables, "population", code, year, "lf_employed_by_industry", sample, "persons in sample")
        for name, percents in PERCENT_OF_INDUSTRY.items():
            if year == 2020 or name in PRINTED_2010:
                count = sample * percents[place] / 100
                _put(tables, "population", code, year, f"lf_ind_{name}", count, "persons in sample")
        if year == 2010:
            secondary = sum(PERCENT_OF_INDUSTRY[name][place] for name in SECONDARY)
            primary = PERCENT_OF_INDUSTRY["agriculture"][place]
            shares = {"primary": primary, "secondary": secondary, "tertiary": 100 - primary - secondary}
            for branch, share in shares.items():
                _put(tables, "population", code, year, f"employed_{branch}_share", share, "percent")


def _schedules(tables) -> None:
    """Births and deaths by age of China, and the world outside, from the shipped pack."""
    with (DEFAULT_PATH / "population-province.csv").open(encoding="utf-8", newline="") as stream:
        tables["population-province"] += [row for row in csv.DictReader(stream) if row["adcode"] == str(schema.CHINA)]
    with (DEFAULT_PATH / "outlook.csv").open(encoding="utf-8", newline="") as stream:
        tables["outlook"] += list(csv.DictReader(stream))


def _economy(tables) -> None:
    for year in MONEY_YEARS:
        volume, prices = (1 + GROWTH) ** (year - 2010), (1 + INFLATION) ** (year - 2010)
        branches = {b: [round(g * p / 100 * volume * prices, 6) for g, p in zip(GDP_2010, percents, strict=True)]
                    for b, percents in PERCENT_OF_BRANCH.items()}
        gdp = [round(sum(parts), 6) for parts in zip(*branches.values(), strict=True)]
        for name, values in {"gdp": gdp, **{f"gdp_{b}": v for b, v in branches.items()}}.items():
            for code, value in zip(CODES, values, strict=True):
                _put(tables, "economy", code, year, name, value, "1e8 yuan", "secondary")
            first = name if name == "gdp" else f"{name}_prelim"
            _put(tables, "economy-province", PROVINCE, year, first, round(sum(values), 6), "1e8 yuan")
        _put(tables, "economy-province", PROVINCE, year, "gdp_prelim", round(sum(gdp), 6), "1e8 yuan")
        _put(tables, "economy-province", PROVINCE, year, "gdp_growth_real", 100 * GROWTH, "%")
        _put(tables, "economy-province", PROVINCE, year, "cpi_index", 100 + 100 * INFLATION, "previous year = 100")
        if year > MONEY_YEARS[0]:
            _put(tables, "economy-province", PROVINCE, year, "gdp_deflator_growth", 100 * INFLATION, "%", "derived")
        if year >= 2015:
            _put(tables, "economy-province", PROVINCE, year, "tourists_total", 1.0, "1e4 person-times")
        for income, levels in INCOME_2010.items():
            name = f"{income}_net" if income == "income_rural" and year < 2014 else income
            values = [round(level * volume * prices) for level in levels]
            for code, value in zip(CODES, values, strict=True):
                _put(tables, "economy", code, year, name, value, "yuan/person", "secondary")
            _put(tables, "economy-province", PROVINCE, year, name, values[0], "yuan/person")
    for code, half in zip(CODES, (5.0, 3.0, 0.8), strict=True):
        _put(tables, "economy", code, 2018, "gdp_h1", half, "1e8 yuan", "secondary")
    for year in range(2001, 2021):
        for code, lights in zip(CODES, (300, 200, 20), strict=True):
            _put(tables, "economy", code, year, "nightlight_sum", lights, "radiance sum", "secondary")


def _money(tables) -> None:
    """Own revenue is a tenth of output, three quarters of it taxes; the province has half as much again."""
    for year in range(2008, 2024):
        scale = ((1 + GROWTH) * (1 + INFLATION)) ** (year - 2010)
        for code, gdp in zip((*CODES, PROVINCE), (*GDP_2010, 1.5 * sum(GDP_2010)), strict=True):
            tax, other = round(0.075 * gdp * scale, 6), round(0.025 * gdp * scale, 6)
            spending = round(0.30 * gdp * scale, 6)
            values = {"gpb_rev_tax": tax, "gpb_rev_nontax": other, "gpb_revenue": round(tax + other, 6),
                      "gpb_expenditure": spending, "gov_fund_revenue": round(0.05 * gdp * scale, 6)}
            values |= {f"gpb_exp_{name}": round(share * spending, 6) for name, share in SPENDING.items()}
            for name, value in values.items():
                _put(tables, "fiscal", code, year, name, value, "1e8_yuan", "secondary")
        _put(tables, "fiscal", PROVINCE, year, "transfers_received_central", round(2.0 * scale, 6), "1e8_yuan")
    _put(tables, "fiscal", PROVINCE, 2015, "province_level_share_of_local_revenue", 0.34, "ratio", "derived")
    _put(tables, "services", PROVINCE, 2013, "livelihood_share_of_gpb_expenditure", 70, "percent")


def _land(tables) -> None:
    for code in CODES:
        _put(tables, "land", code, 2020, "land_area", 1000, "km2")
        _put(tables, "land", code, 2020, "terrain_relief_rdls", 1.0 if code == QIONGZHONG else 0.1, "index")
    for name, value in {"plan_land_area_total": 3000, "plan_development_zone_area": 300}.items():
        year = 2015 if name == "plan_land_area_total" else 2030
        _put(tables, "land", PROVINCE, year, name, value, "km2")


def _places(tables) -> None:
    """What the shipped pack says of these places; of rivers all of it, whose pieces elsewhere drop out."""
    for name in schema.PLACE_TABLES:
        with (DEFAULT_PATH / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
            tables[name] += [row for row in csv.DictReader(stream) if name in RIVER_TABLES or _here(row)]


def _here(row: dict) -> bool:
    """Whether every county that a row names is one of these."""
    ends = [row[name] for name in ("adcode", "origin_adcode", "destination") if row.get(name, "").isdecimal()]
    return set(map(int, ends)) <= set(CODES) and row.get("destination") != "port_yangpu"


def _squares() -> dict:
    """A square of a tenth of a degree around each seat."""
    features = []
    for code in CODES:
        x, y = SEATS[code]
        ring = [[x - 0.1, y - 0.1], [x + 0.1, y - 0.1], [x + 0.1, y + 0.1], [x - 0.1, y + 0.1], [x - 0.1, y - 0.1]]
        features.append({"type": "Feature", "properties": {"adcode": code, "name_en": NAMES[code], "schematic": False},
                         "geometry": {"type": "Polygon", "coordinates": [ring]}})
    return {"type": "FeatureCollection", "features": features}
