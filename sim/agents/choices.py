"""What persons meet when they decide: chances of the year, and what places are worth, in tables of their own.

Rules over counties write these tables; rules over persons look their chances up in them, one cell a person. Weights of
places are factored (agents/place_choice), so that a year costs what counties and kinds of persons are, not their
product. A place is a county or, in the last place, outside Hainan (dimensions `registration` and `destination`).
"""

from __future__ import annotations

from collections import namedtuple

from sim.core.declare import column
from sim.core.table import Table

OF_PLACES = "choice_"


class ChoiceTables(Table):
    """Chances and weights of the year; movers are the three skills and the retired."""

    # schooling and work
    schooling_up_to = column("county", "local", "skill", unit="share", kind="index", says=(
        "Chance of leaving school at 18 with at most that skill, registered where one lives or elsewhere"))
    participation_chance = column("zone", "sex", "single_age", unit="share", says="Chance of taking part in work",
                                  kind="index")
    post_seekers = column("county", unit="rows", says="Skilled who look for work and are in no public post",
                          kind="index", dtype="int64")
    post_holders = column("county", unit="rows", says="In a public post", kind="index", dtype="int64")
    hiring_chance = column("county", unit="share", says="Chance of those who seek a public post", kind="index")
    dismissal_chance = column("county", unit="share", says="Chance that a public post is lost", kind="index")
    sector_up_to = column("county", "zone", "skill", "market_sector", unit="share", kind="index", says=(
        "Chance of choosing that market sector or one before it"))
    rows_expected = column("skill", unit="rows", says="Newcomers from outside this year", kind="flow", dtype="int64")
    inflow_up_to = column("skill", "county", unit="weight", kind="index", says=(
        "Weight to newcomers of that county and those before it"))
    urban_turn = column("county", unit="share", says="Share of rural residents whose place becomes urban", kind="index")

    # moves of the year
    rows_moved = column("destination", "destination", unit="rows", says="Moves by origin and destination", kind="flow",
                        dtype="int64")
    rows_between_zones = column("county", unit="rows", says="Moves from rural to urban inside the county, net",
                                kind="flow", dtype="int64")
    rows_net = column("destination", "zone", unit="rows", says="Come less gone, by moves of any distance", kind="flow",
                      dtype="int64")

    # what places are worth
    place_value = column("mover", "county", "zone", unit="utility", says="Worth of places (V)", kind="index")
    home_tie = column("registration", "destination", unit="utility", kind="index",
                      says="Worth of the place of registration and of people of the same origin")
    way_cost = column("destination", "county", unit="utility", says="Cost of the way by origin", kind="index")
    registration_cost = column("registration", "county", unit="utility", says="Cost of closed registration",
                               kind="index")
    leaving_weight = column("single_age", unit="factor", says="What the cost of a move leaves, by age", kind="index")
    insurance_weight = column(unit="factor", says="What leaving contributory insurance behind leaves", kind="index")
    ethnic_draw = column("county", unit="utility", says="Worth of one's own kind to minorities", kind="index")
    outside_value = column("mover", "destination", unit="utility", kind="index",
                           says="Worth of the world outside by origin, less the way there")

    # weights of the nested logit, all exp(value - top)
    choice_inside = column("mover", "origin_zone", "county", unit="weight", kind="index", says=(
        "Of a county to who comes from town, country or outside"))
    choice_urban = column("mover", "origin_zone", "county", unit="share", says="Of its towns in it", kind="index")
    choice_nest = column("mover", "county", "zone", "land_held", unit="weight", kind="index",
                         says="Of the own county by zone, without or with land there")
    choice_change = column("mover", "county", "zone", "land_held", unit="share", says="Of that which changes zone",
                           kind="index")
    choice_outside = column("mover", "destination", unit="weight", says="Of the world outside by origin", kind="index")
    choice_own_home = column("registration", "destination", unit="factor", kind="index",
                             says="What registration adds where one is")
    choice_home = column("registration", "county", unit="factor", says="What it adds where one may go", kind="index")
    choice_home_out = column("registration", unit="factor", says="What it adds outside", kind="index")
    choice_ethnic = column("minority_kind", "county", unit="factor", says="What one's own kind adds", kind="index")
    choice_distance = column("destination", "county", unit="factor", says="What the way takes by origin", kind="index")
    choice_land_factor = column(unit="factor", says="What leaving one's land takes", kind="index")
    choice_total = column("mover", "destination", "origin_zone", "registration", "minority_kind", unit="weight",
                          kind="index", says="Of all other counties together")
    choice_inflow = column("skill", "county", unit="weight", says="Of counties to newcomers from outside", kind="index")

    def group(self) -> Choices:
        """The weights of places as the group that kernels take."""
        values = {name: getattr(self, OF_PLACES + name) for name in Choices._fields[1:]}
        return Choices(self.sizes["county"], **values | {"land_factor": float(self.choice_land_factor)})


Choices = namedtuple("Choices", ["n", *(name.removeprefix(OF_PLACES) for name in ChoiceTables.columns()
                                        if name.startswith(OF_PLACES))])
"""Weights of places, and n: counties; as origin, registration or destination it stands for outside."""
