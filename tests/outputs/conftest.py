"""The small made-up study that tests of tables and figures look at."""

import pytest

from outputs.view import View
from tests.outputs import synthetic


@pytest.fixture(scope="module")
def view():
    """Two scenarios with a known effect, and a past of its own."""
    results, past, shapes = synthetic.small()
    return View(results, past, polygons=shapes)
