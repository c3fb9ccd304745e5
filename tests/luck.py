"""The luck of a year for persons that a test wrote down."""

from sim.agents.persons import draw_random_numbers


def luck_falls(persons, year, seed=0):
    """Persons, with the luck of that year and seed."""
    draw_random_numbers(persons=persons, seed=seed, year=year, threads=1)
    return persons
