"""Shared fixtures: a few persons on a page, and the settled model that many tests start from."""

import signal

import numpy as np
import pytest

# A shell that starts the tests in the background has them ignore Ctrl-C, and what they start would inherit that.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

WEIGHT = 1000  # persons a row stands for where the whole model is run: about nine thousand rows


@pytest.fixture(scope="session")
def make_persons():
    """A function that writes persons down: `make_persons(3, res_county=[0, 0, 1])`; what is not said is ordinary.

    An ordinary person is a woman of 1980 with junior school, registered where she lives, urban, without work.
    """
    from sim.agents.persons import Persons

    def made(rows: int, **said):
        columns = dict(
            uid=np.arange(1, rows + 1), born=1980, sex=0, skill=1, minority=0, res_county=0, hukou_rural=0, res_zone=0,
            sector=-1, arrived=2000, mother=-1, productivity=1.0, participation=0.5, low_income=0)
        unknown = said.keys() - columns.keys() - {"hukou_county"}
        assert not unknown, f"no such columns: {unknown}"
        columns |= said
        columns.setdefault("hukou_county", columns["res_county"])
        return Persons({name: np.broadcast_to(np.asarray(value), rows).copy() for name, value in columns.items()})

    return made


@pytest.fixture(scope="session")
def run():
    """A function that runs the whole model: `run(plan, seed=0, until=2016)`; the base year is settled once."""
    from sim.model import HainanModel

    def finished(plan="baseline", seed=0, until=2016):
        model = HainanModel(plan, seed=seed, weight=WEIGHT, until=until)
        while model.running:
            model.step()
        return model

    return finished
