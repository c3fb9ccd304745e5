"""Rows of a user's own: what a calibration says that they moved."""

import csv

import numpy as np

from calibration.posterior import calibrate as whole
from calibration.posterior.choice import Choice
from calibration.posterior.design import LAST, TO_2017
from calibration.posterior.statistics import Past, values
from sim.region.history import history
from sim.region.pack import laid_over, load_pack
from tests.small_calibration import SmallEpisodes


def test_the_report_names_the_statistics_that_rows_moved(tmp_path):
    """Haikou collects a tenth more in 2017: its own share moves, that of nobody else, and the size of residuals does
    not, for residuals of these runs were made before."""
    pack = load_pack()
    value = 1.1 * pack.values("fiscal", "gpb_revenue", 2017)[0]
    with (tmp_path / "fiscal.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["adcode", "county", "year", "variable", "value", "unit", "source", "confidence", "note"])
        writer.writerow([460100, "Haikou", 2017, "gpb_revenue", round(value, 4), "1e8_yuan", "mine", "official", ""])
    model = SmallEpisodes(tmp_path, LAST[TO_2017])
    made = {name: array[None, None].astype(float) for name, array in model.made({}, 0).items()}
    with laid_over(tmp_path):
        table = values(made, Past(history(), LAST[TO_2017]), TO_2017, Choice().statistics(TO_2017), model.origins)
    wave = whole.Wave(np.zeros((1, 1)), made, 0)
    moved = whole._moved(model, [wave], TO_2017, Choice(), table)
    assert [name for name, _, _ in moved] == ["revenue_haikou"]
    assert moved[0][2] < moved[0][1]  # what was collected grew faster, so the run falls behind it
    assert whole._moved(SmallEpisodes(None, LAST[TO_2017]), [wave], TO_2017, Choice(), table) == ()
