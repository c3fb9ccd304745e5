"""The vocabulary of the house: sectors, zones, skills, services, ages, years and limits, each named once.

A name of a group is its place along the dimension of that kind. No other file defines such a place.
"""

from __future__ import annotations

# --- sectors of the model (dimension `sector`), and the three branches that yearbooks print (`branch`)
FARMING, INDUSTRY, LOCAL_SERVICES, MARINE, HIGH_TECH, PUBLIC_SERVICE = range(6)
SECTORS = 6
MARKET_SECTORS = 5  # all but public service, which stands last
MARKET = slice(0, MARKET_SECTORS)
NON_FARM = slice(INDUSTRY, MARKET_SECTORS)  # market sectors beside farming
PARK_SECTORS = (INDUSTRY, MARINE, HIGH_TECH)  # firms of these may sit in provincial parks
MOVABLE_SECTORS = (INDUSTRY, HIGH_TECH)  # of these, what a rule can send to a park or to an enclave
NO_SECTOR = -1  # of a person who does not work
PRIMARY_BRANCH, SECONDARY_BRANCH, TERTIARY_BRANCH = range(3)

# --- zones of a county (dimension `zone`)
URBAN, RURAL = range(2)

# --- of a rural collective (dimension `member`)
NO_MEMBER, RURAL_MEMBER = range(2)

# --- skills (dimension `skill`); the column `skill` of persons holds one more than the place, and 0 under 18
JUNIOR, SENIOR, COLLEGE = range(3)
SKILLS = 3

# --- public services (dimension `service`)
EDUCATION, HEALTH, CULTURE, SOCIAL = range(4)
SERVICES = 4

# --- ways of load into rivers (dimension `way`)
FROM_LAND, FROM_TOWNS = range(2)

# --- where residents are registered (dimension `home`)
REGISTERED_HERE, IN_OTHER_COUNTY, IN_OTHER_PROVINCE = range(3)

# --- sexes (dimension `sex`)
WOMEN, MEN = range(2)

# --- ages
OLDEST = 100  # and over
AGES = OLDEST + 1
AGE_GROUPS = 18  # 0-4, 5-9, ..., 85 and over, as the census prints them
WORK_AGE, ADULT_AGE = 16, 18

# --- incomes
INCOME_BINS_A_DOUBLING = 32
INCOME_BINS = 28 * INCOME_BINS_A_DOUBLING  # places of incomes among bins (indicators/persons)

# --- lengths of the dimensions that do not depend on the place
SIZES = {"zone": 2, "sector": SECTORS, "market_sector": MARKET_SECTORS, "branch": 3, "skill": SKILLS,
         "service": SERVICES, "sex": 2, "age": AGE_GROUPS, "single_age": AGES, "income_bin": INCOME_BINS, "home": 3,
         "local": 2, "health_age": 3, "member": 2, "level": 4, "mover": SKILLS + 1, "origin_zone": 3,
         "land_held": 2, "minority_kind": 2, "schooling_level": 2, "regime": 2, "tax_group": 2, "way": 2}

# --- years
BASE_YEAR = 2010  # the census of 1 November; the first simulated year is the next one
LAST_YEAR = 2050  # to which outlooks and projects are written
HORIZON = 2035  # the usual last year of a run
LAST_FOLLOWED = 2021  # the last year of which the pack has anything of counties, to which history can be followed
LAST_OF_ROWS = 2024  # the last year of which history holds rows: with rows of one's own it can be followed to it

# --- units
CNY_PER_MILLION = 1e6
QUARTERS = 4  # of a year, in each of which a river section is tested

# --- limits of what may be asked
WEIGHTS = (1, 2000)  # persons a row: above the largest, small counties have too few rows to work, pay and move
USUAL_WEIGHT = 100
LARGEST_SEED = 2**63 - 1
MOST_SEEDS = 100_000
MOST_DRAWS = 1_000_000  # the largest number of a draw, and of an imputation
MOST_RUNS = 200_000  # of one study
MOST_WORKERS = 1_000
