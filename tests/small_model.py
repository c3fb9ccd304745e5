"""A model that fits on a page and stands for the real one where batches are tested: three counties, numbers one can
count. Its class stands here by itself, so that spawned workers can import it.
"""

import os
import signal
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.core.dataset import LABELS
from sim.core.declare import Card, Limits, UserError

CODES = (460100, 460200, 469001)
CARDS = {
    "gdp": Card("gdp", ("county",), "million CNY", "Gross domestic product", "地区生产总值", "flow", "1", "headline"),
    "population": Card("population", ("county",), "persons", "Residents", "常住人口", "stock", "", "headline", "int64"),
    "spending": Card("spending", ("county", "service"), "million CNY", "Spending", "支出", "flow", "7", "county"),
    "moved": Card("moved", ("county", "destination"), "persons", "Moves", "迁移", "flow", "3.2", "all", "int64"),
}


@dataclass(frozen=True)
class Plan:
    """A scenario with one lever, and with what a test wants to happen."""

    name: str
    lever: float = 0.0
    fails_at_seed: int = -1
    dies_at_seed: int = -1
    seconds: float = 0.0
    noise: float = 0.0
    deaf: bool = False
    title: str = "a small scenario"
    title_zh: str = "小情景"

    @property
    def hash(self) -> str:
        return f"{self.name}:{self.lever}:{self.noise}"

    def to_toml(self) -> str:
        return f'name = "{self.name}"\nlever = {self.lever}\nnoise = {self.noise}\n'


class SmallModel:
    """The model as studies run it."""

    horizon, horizons = 2035, Limits(2011, 2050, whole=True)
    weight, weights = 100, Limits(1, 2000, whole=True)
    history_until = follow = pack = None

    def load_plan(self, what) -> Plan:
        if isinstance(what, Plan):
            return what
        if isinstance(what, Path):
            return Plan(**tomllib.loads(what.read_text(encoding="utf-8")))
        return Plan(what)

    def cards(self) -> dict[str, Card]:
        return CARDS

    def coordinates(self, until: int) -> dict:
        return {
            "year": list(range(2010, until + 1)), "county": list(CODES), "destination": [*CODES, 0], **LABELS,
            "name_zh": ("county", np.array(["海口市", "三亚市", "五指山市"])),
        }

    def hashes(self) -> dict[str, str]:
        code = os.environ.get("SMALL_MODEL_CODE", "1")
        return {"code_hash": code, "data_hash": "data", "lock_hash": "lock"}

    def prepare(self, weight: int) -> None:
        pass

    def draw_limits(self, header):
        return {"beta": Limits(0.0, 1.0), "age": Limits(50, 60, whole=True)}

    def draw_of(self, row):
        return dict(row)

    def remark_on(self, rows):
        return ""

    def solving(self, plan, draw, until):
        return None if self.history_until is None else (f"{draw['draw']}", 32, 6.0)

    def seconds(self, weight, until):
        return 1.0

    def on_pack(self, pack):
        return self

    def following(self, history_until, follow=None):
        return self if history_until is None else FollowingModel(history_until)

    def attributes(self):
        return {"prices": "at prices of 2020"}

    def run_arrays(self, plan, seed, draw, weight, until, keep="all") -> dict[str, np.ndarray]:
        """gdp = lever + 10 seed + 100 draw + year counted from 2010, in the first county; times 2 and 3 in the others.

        The noise of a plan is added where the seed is even and taken away where it is odd.
        """
        if plan.deaf:  # as a kernel that runs for minutes without a look at signals
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
        if plan.seconds:
            time.sleep(plan.seconds)
        if seed == plan.fails_at_seed:
            raise UserError(f"money is lost in {until}")
        if seed == plan.dies_at_seed:
            os._exit(9)
        year = np.arange(until - 2009, dtype=float)
        luck = plan.noise * (-1) ** seed
        gdp = (plan.lever + luck + 10 * seed + 100 * draw["draw"] + year)[:, None] * [1.0, 2.0, 3.0]
        made = {
            "gdp": gdp, "population": (gdp * 7).astype(np.int64), "spending": gdp[..., None] / [1, 2, 3, 4],
            "moved": np.ones((year.size, 3, 4), dtype=np.int64) * seed,
        }
        return {name: values.astype(CARDS[name].dtype) for name, values in made.items() if CARDS[name].kept(keep)}

    def sources(self, indicator):
        return {"gdp", "population"} if indicator == "gdp_pc" else set()

    def with_indicators(self, dataset):
        if not {"gdp", "population"} <= set(dataset):
            return dataset
        per_head = dataset["gdp"] / dataset["population"]
        return dataset.assign(gdp_pc=per_head.astype(np.float32).assign_attrs(units="million CNY per person"))


class FollowingModel(SmallModel):
    """The small model where it follows history: the first county makes what the year counts."""

    def __init__(self, history_until: int):
        self.history_until = history_until

    def run_arrays(self, plan, seed, draw, weight, until, keep="all") -> dict[str, np.ndarray]:
        made = super().run_arrays(plan, seed, draw, weight, until, keep)
        made["gdp"][: self.history_until - 2009, 0] = range(2010, self.history_until + 1)
        return made


SMALL = SmallModel()
