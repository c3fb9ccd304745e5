"""Scenarios: TOML files with inheritance (files), resolved to a frozen Scenario (plan); descriptions (words), schema.

Priority: lever registry < inherited < `[sections]` < `[levers]`, `[parameters]`, `[outlook]` < command line. Under
`since = 2025` the parent's paths apply before that year and this file's from it on, so that a scenario for the future
cannot alter history.
"""

from sim.levers import policy_table
from sim.scenario.files import check, library, load_scenario
from sim.scenario.plan import Now, Scenario, parse_set, with_set
from sim.scenario.schema import json_schema
from sim.scenario.words import describe, diff

__all__ = ["Now", "Scenario", "check", "describe", "diff", "json_schema", "library", "load_scenario", "parse_set",
           "policy_table", "with_set"]
