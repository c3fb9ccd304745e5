"""Shared vocabulary: sectors, zones, skills, services, ages, years and limits, each defined once.

The name of a group is its index along the corresponding dimension. No other file defines such indices.
"""

from __future__ import annotations

# --- sectors of the model (dimension `sector`), and the three published branches (`branch`)
FARMING, INDUSTRY, LOCAL_SERVICES, MARINE, HIGH_TECH, PUBLIC_SERVICE = range(6)
SECTORS = 6
MARKET_SECTORS = 5  # all but public service, which comes last
MARKET = slice(0, MARKET_SECTORS)
NON_FARM = slice(INDUSTRY, MARKET_SECTORS)  # non-farm market sectors
PARK_SECTORS = (INDUSTRY, MARINE, HIGH_TECH)  # sectors whose firms may be located in provincial parks
MOVABLE_SECTORS = (INDUSTRY, HIGH_TECH)  # of these, sectors that can be directed to a park or an enclave
NO_SECTOR = -1  # for persons not at work
PRIMARY_BRANCH, SECONDARY_BRANCH, TERTIARY_BRANCH = range(3)

# --- zones of a county (dimension `zone`)
URBAN, RURAL = range(2)

# --- of a rural collective (dimension `member`)
NO_MEMBER, RURAL_MEMBER = range(2)

# --- skills (dimension `skill`); the column `skill` of persons is the index plus one, and 0 under 18
JUNIOR, SENIOR, COLLEGE = range(3)
SKILLS = 3

# --- public services (dimension `service`)
EDUCATION, HEALTH, CULTURE, SOCIAL = range(4)
SERVICES = 4

# --- pathways of load into rivers (dimension `way`)
FROM_LAND, FROM_TOWNS = range(2)

# --- place of registration of residents (dimension `home`)
REGISTERED_HERE, IN_OTHER_COUNTY, IN_OTHER_PROVINCE = range(3)

# --- sexes (dimension `sex`)
WOMEN, MEN = range(2)

# --- ages
OLDEST = 100  # and over
AGES = OLDEST + 1
AGE_GROUPS = 18  # 0-4, 5-9, ..., 85 and over, as in the census
WORK_AGE, ADULT_AGE = 16, 18

# --- incomes
INCOME_BINS_A_DOUBLING = 32
INCOME_BINS = 28 * INCOME_BINS_A_DOUBLING  # number of income bins (indicators/persons)

# --- lengths of the dimensions that do not depend on the region
SIZES = {"zone": 2, "sector": SECTORS, "market_sector": MARKET_SECTORS, "branch": 3, "skill": SKILLS,
         "service": SERVICES, "sex": 2, "age": AGE_GROUPS, "single_age": AGES, "income_bin": INCOME_BINS, "home": 3,
         "local": 2, "health_age": 3, "member": 2, "level": 4, "mover": SKILLS + 1, "origin_zone": 3,
         "land_held": 2, "minority_kind": 2, "schooling_level": 2, "regime": 2, "tax_group": 2, "way": 2}

# --- years
BASE_YEAR = 2010  # the census of 1 November; the first simulated year is the next one
LAST_YEAR = 2050  # last year of outlooks and projects
HORIZON = 2035  # default last year of a run
LAST_FOLLOWED = 2021  # last year with county data in the pack, up to which history can be followed
LAST_OF_ROWS = 2024  # last year with any rows of history: with additional rows, history can be followed up to it

# --- units
CNY_PER_MILLION = 1e6
QUARTERS = 4  # quarters of a year, in each of which a river section is tested

# --- limits of requests
WEIGHTS = (1, 2000)  # persons per row: above the maximum, small counties have too few rows
USUAL_WEIGHT = 100
LARGEST_SEED = 2**63 - 1
MOST_SEEDS = 100_000
MOST_DRAWS = 1_000_000  # the largest number of a draw, and of an imputation
MOST_RUNS = 200_000  # of one study
MOST_WORKERS = 1_000
