"""What can be run in a study: the model of Hainan and the small one of the tests offer all of it."""

import inspect
import pickle

import pytest

from sim.simulate import HAINAN
from sim.study.runnable import Runnable
from tests.small_model import SMALL

METHODS = [name for name, value in vars(Runnable).items() if inspect.isfunction(value) and not name.startswith("_")]


@pytest.mark.parametrize("model", [HAINAN, SMALL])
def test_a_model_offers_what_studies_ask_of_it_under_the_same_arguments(model):
    assert isinstance(model, Runnable)
    for name in METHODS:
        asked = list(inspect.signature(getattr(Runnable, name)).parameters)[1:]
        offered = list(inspect.signature(getattr(model, name)).parameters)
        assert offered[:len(asked)] == asked or len(asked) == 1, name


@pytest.mark.parametrize("model", [HAINAN, SMALL])
def test_a_model_travels_to_workers_by_the_name_of_its_class(model):
    sent = pickle.dumps(model)
    assert len(sent) < 200
    assert type(pickle.loads(sent)) is type(model)


def test_an_object_without_a_method_is_not_runnable():
    assert not isinstance(object(), Runnable)
