"""Choice probabilities of the year and values of places, in tables of their own.

Rules over counties write these tables; rules over persons look up their probabilities in them. Weights of places are
factored (agents/place_choice), so that the cost of a year grows with the sum of counties and kinds of persons, not with
their product. A place is a county or, in the last position, outside Hainan (dimensions `registration`, `destination`).
"""

from __future__ import annotations

from collections import namedtuple

from sim.core.declare import column
from sim.core.table import Table

OF_PLACES = "choice_"


class ChoiceTables(Table):
    """Probabilities and weights of the year; movers are the three skill groups and the retired."""

    # schooling and work
    schooling_up_to = column("county", "local", "skill", unit="share", kind="index", says=(
        "Probability of leaving school at 18 with at most that skill, by local or other registration"))
    participation_chance = column("zone", "sex", "single_age", unit="share", says="Participation rate",
                                  kind="index")
    post_seekers = column("county", unit="rows", says="Skilled job seekers not in public service",
                          kind="index", dtype="int64")
    post_holders = column("county", unit="rows", says="Public staff", kind="index", dtype="int64")
    hiring_chance = column("county", unit="share", says="Hiring probability of applicants to public service",
                           kind="index")
    dismissal_chance = column("county", unit="share", says="Dismissal probability of public staff", kind="index")
    sector_up_to = column("county", "zone", "skill", "market_sector", unit="share", kind="index", says=(
        "Cumulative probability of choosing a market sector"))
    rows_expected = column("skill", unit="rows", says="Newcomers from outside this year", kind="flow", dtype="int64")
    inflow_up_to = column("skill", "county", unit="weight", kind="index", says=(
        "Cumulative weight of counties for newcomers"))
    urban_turn = column("county", unit="share", says="Share of rural residents whose place is reclassified as urban",
                        kind="index")

    # moves of the year
    rows_moved = column("destination", "destination", unit="rows", says="Moves by origin and destination", kind="flow",
                        dtype="int64")
    rows_between_zones = column("county", unit="rows", says="Moves from rural to urban inside the county, net",
                                kind="flow", dtype="int64")
    rows_net = column("destination", "zone", unit="rows", says="Net arrivals, over all moves", kind="flow",
                      dtype="int64")

    # values of places
    place_value = column("mover", "county", "zone", unit="utility", says="Value of places (V)", kind="index")
    home_tie = column("registration", "destination", unit="utility", kind="index",
                      says="Value of the place of registration and of people of the same origin")
    way_cost = column("destination", "county", unit="utility", says="Cost of distance by origin", kind="index")
    registration_cost = column("registration", "county", unit="utility", says="Cost of closed registration",
                               kind="index")
    leaving_weight = column("single_age", unit="factor", says="Weight factor of the moving cost, by age", kind="index")
    insurance_weight = column(unit="factor", says="Weight factor of losing contributory insurance", kind="index")
    ethnic_draw = column("county", unit="utility", says="Value of the minority share to minorities", kind="index")
    outside_value = column("mover", "destination", unit="utility", kind="index",
                           says="Value of the world outside by origin, net of distance")

    # weights of the nested logit, all exp(value - top)
    choice_inside = column("mover", "origin_zone", "county", unit="weight", kind="index", says=(
        "Weight of a county for movers from urban or rural zones or from outside"))
    choice_urban = column("mover", "origin_zone", "county", unit="share", says="Urban share within it", kind="index")
    choice_nest = column("mover", "county", "zone", "land_held", unit="weight", kind="index",
                         says="Weight of the own county by zone, without or with land there")
    choice_change = column("mover", "county", "zone", "land_held", unit="share", says="Share of it that changes zone",
                           kind="index")
    choice_outside = column("mover", "destination", unit="weight", says="Weight of the world outside by origin",
                            kind="index")
    choice_own_home = column("registration", "destination", unit="factor", kind="index",
                             says="Factor of registration at the place of residence")
    choice_home = column("registration", "county", unit="factor", says="Factor of registration at a destination",
                         kind="index")
    choice_home_out = column("registration", unit="factor", says="Factor of registration outside", kind="index")
    choice_ethnic = column("minority_kind", "county", unit="factor", says="Factor of the minority share", kind="index")
    choice_distance = column("destination", "county", unit="factor", says="Factor of distance by origin", kind="index")
    choice_land_factor = column(unit="factor", says="Factor of leaving rural land", kind="index")
    choice_total = column("mover", "destination", "origin_zone", "registration", "minority_kind", unit="weight",
                          kind="index", says="Weight of all other counties together")
    choice_inflow = column("skill", "county", unit="weight", says="Weight of counties for newcomers from outside",
                           kind="index")

    def group(self) -> Choices:
        """The weights of places as the group that kernels take."""
        values = {name: getattr(self, OF_PLACES + name) for name in Choices._fields[1:]}
        return Choices(self.sizes["county"], **values | {"land_factor": float(self.choice_land_factor)})


Choices = namedtuple("Choices", ["n", *(name.removeprefix(OF_PLACES) for name in ChoiceTables.columns()
                                        if name.startswith(OF_PLACES))])
"""Weights of places, and n: counties; as origin, registration or destination it stands for outside."""
