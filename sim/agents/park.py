"""Provincial parks, where free-trade-port incentives apply and other counties may open an enclave (A.3, L10)."""

from __future__ import annotations

from typing import Any

from sim.agents.table_agent import TableAgent
from sim.core.declare import column
from sim.core.table import Table


class Parks(Table):
    """One row per park, in the order of `sim.region.parks`."""

    row_dim = "park"

    host = column(unit="row of the county", says="County in which the park lies", dtype="int64")
    start = column(unit="year", says="First year of the park", dtype="int64")
    output_share = column(unit="share",
                          says="Share of the host's industry, marine and high technology in the base year")
    area = column(unit="ha", says="Land in production in the park, enclaves included")


class Park(TableAgent):
    """A park as an agent; attributes read and write its row, e.g. `park.area`; `contracts` are its enclaves."""

    def __init__(self, model, row: int, name: str):
        super().__init__(model, model.parks, row)
        self.name = name

    @property
    def county(self) -> Any:
        """The county that hosts the park."""
        return self.model.county[int(self.model.codes[self.host])]

    @property
    def contracts(self) -> dict[int, float]:
        """Hectares held by other counties in the parks of this host, by county code."""
        enclaves = self.model.counties.enclave_land[:, self.host]
        return {int(code): float(area) for code, area in zip(self.model.codes, enclaves) if area > 0.0}

    def __repr__(self) -> str:
        return f"Park({self.name})"
