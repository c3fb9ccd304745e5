"""The audit is audited: a leak planted after a step of the year stops the run, and the identity it breaks is named.

Each leak is a mistake someone could make: a flow credited twice, a mover lost, a transfer that nobody pays. The year is
otherwise the model's own.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest

from sim import audit, schedule
from sim.agents import budget, province
from sim.mechanisms import (
    capital,
    carbon,
    compensation,
    demography,
    ecology,
    free_port,
    gdp_by_use,
    housing,
    income,
    labour,
    land,
    land_compensation,
    land_quota,
    local_services,
    migration,
    past,
    production,
    resources,
    revenue,
    sea,
    services,
    skills,
)
from sim.model import HainanModel

WEIGHT = 1000


class Leak(NamedTuple):
    """A mistake: the identity it breaks, what goes wrong, the verb after which it happens, and how."""

    identity: str
    says: str
    after: Callable
    happens: Callable


def scaled(name: str, factor: float) -> Callable:
    """A column of the counties multiplied."""
    def happens(model):
        getattr(model.counties, name)[...] *= factor
    return happens


def shifted(name: str, by: float, at=0) -> Callable:
    """Something added to one cell of a column of the counties."""
    def happens(model):
        getattr(model.counties, name)[at] += by
    return happens


def owed(name: str, by: float) -> Callable:
    """Something added to a number of the province."""
    def happens(model):
        setattr(model.province, name, getattr(model.province, name) + by)
    return happens


def lose(model, row: int):
    stays = np.arange(len(model.persons)) != row
    model.persons.renew(stays, {name: np.zeros(0) for name in model.persons.columns()})


def lose_a_resident(model):
    lose(model, np.argmax(model.persons.res_county < model.n))


def lose_someone_outside(model):
    lose(model, np.argmax(model.persons.res_county == model.n))


def move_without_a_record(model):
    q = model.persons
    q.res_county[np.flatnonzero(q.res_county == 0)[0]] = 1


def twin_a_resident(model):
    q = model.persons
    new = {name: array[:1].copy() for name, array in q.arrays().items()} | {"mother": np.array([-1])}
    q.renew(np.ones(len(q), dtype=bool), new)


def forget_repayment(model):
    model.counties.debt += model.counties.repayment


def keep_interest_as_cash(model):
    model.counties.cash += model.counties.interest


def build_converted_land_twice(model):
    model.counties.land_residential += model.counties.converted


def take_water_for_other_land(model):
    c = model.counties
    gone = c.land_other.max() + 1.0
    c.land_other -= gone
    c.land_wet += gone


def keep_sold_land(model):
    model.counties.land_reserve += model.counties.residential_sold


def keep_old_capital(model):
    model.counties.capital[:, :5] += model.parameters.depreciation_rate * model.start["capital"][:, :5]


def lose_a_number(model):
    model.counties.debt[0] = np.nan


def lend_from_nowhere(model):
    model.counties.cash[1] -= 1e6


def register_without_a_record(model):
    q = model.persons
    q.hukou_county[np.flatnonzero(q.hukou_county == 0)[0]] = 1


def retire_workers(model):
    model.counted.rows_retired[0] = model.counted.rows_adult[0].sum(axis=1)


def borrow_without_bounds(model):
    counties = model.counties
    more = 10.0 * counties.budget_resources
    counties.borrowing += more
    counties.debt += more
    counties.cash += more


def plough_no_more(model):
    model.counties.land_cultivated -= 0.2 * model.counties.land_cultivated


def keep_old_services(model):
    model.counties.service_stock += model.parameters.service_depreciation * model.start["service_stock"]


LEAKS = (
    # people
    Leak("AI1", "births are not recorded", demography.renew, scaled("births", 0)),
    Leak("AI1", "deaths are recorded twice", demography.renew, scaled("deaths", 2)),
    Leak("AI1", "a mover is lost on the way", migration.record_moves, lose_a_resident),
    Leak("AI1", "a resident stands in the table twice", migration.record_moves, twin_a_resident),
    Leak("AI1", "someone moves without a record", migration.record_moves, move_without_a_record),
    Leak("AI1b", "a child's move to town is forgotten", migration.record_moves,
         shifted("zone_migration", -WEIGHT, at=(0, 0))),
    Leak("AI1b", "a birth is written into the other zone", demography.renew, shifted("zone_births", WEIGHT, at=(0, 1))),
    Leak("AI1b", "a place turns urban unseen", migration.reclassify, shifted("reclassified", -WEIGHT)),
    Leak("AI1", "a unit without persons grows without a source", demography.renew,
         shifted("exogenous_change", 1, at=2)),
    Leak("AI2", "an arrival is credited to another county", migration.record_moves,
         shifted("arrivals_internal", WEIGHT)),
    Leak("AI2", "a departure is not counted", migration.record_moves, shifted("departures_internal", -WEIGHT)),
    Leak("AI2", "a cell of the matrix of moves is lost", migration.record_moves, shifted("moved", -WEIGHT, at=(0, 1))),
    Leak("AI3", "someone outside is forgotten", migration.record_moves, lose_someone_outside),
    Leak("AI3", "a death outside is recorded twice", demography.renew, shifted("deaths_outside", WEIGHT)),
    Leak("AI3", "newcomers are taken for people who return", migration.record_moves, owed("newcomers", -WEIGHT)),
    Leak("AI3", "someone else's departure is taken for one's own", migration.record_moves,
         owed("outsiders_left", WEIGHT)),
    Leak("AI4", "an urban resident is not counted", labour.assemble, shifted("population_zone", -WEIGHT, at=(0, 0))),
    Leak("AI4", "an age group is counted twice", labour.assemble, shifted("population_age", WEIGHT, at=(3, 4))),
    Leak("AI4", "residents of other provinces are left out", labour.assemble, scaled("residents_other_province", 0)),
    Leak("AI3b", "a child of the registered is not registered", demography.renew,
         shifted("registered_births", -WEIGHT)),
    Leak("AI3b", "deaths far away are not reported home", demography.renew, scaled("registered_deaths", 0)),
    Leak("AI3b", "who registers elsewhere stays in the books", skills.upgrade, scaled("hukou_out", 0)),
    Leak("AI3b", "a registration changes hands between the years", migration.record_moves, register_without_a_record),
    Leak("AI4c", "someone in retirement is still at work", labour.assemble, retire_workers),
    Leak("AI4c", "a sector counts workers of another county", labour.assemble, shifted("employed", WEIGHT, at=(4, 1))),
    Leak("AI4b", "a registration is kept in two counties", labour.assemble, shifted("registered", WEIGHT)),
    # output and incomes
    Leak("AI5", "wages of townspeople are paid twice", income.expect, shifted("labour_income", 50.0, at=(0, 0))),
    Leak("AI5", "owners are charged for pay that nobody has", income.expect,
         shifted("pay_from_owners", 5.0, at=(3, 1))),
    Leak("AI5b", "land income of villages reaches nobody", income.expect,
         shifted("collective_land_income", 5.0)),
    Leak("AI5b", "townspeople have what they have not received", income.expect,
         shifted("disposable_income", 40.0, at=(2, 0))),
    Leak("AI6", "half the land rent is paid to nobody", production.serve_public, scaled("factor_land", 0.5)),
    Leak("AI6", "taxes on value added are forgotten", production.serve_public, scaled("factor_taxes", 0)),
    Leak("AI6d", "pay above the marginal product is taken from nobody", production.share_out,
         shifted("factor_wages", 5.0, at=(3, 2))),
    Leak("AI6d", "owners lose more than workers gain", production.share_out,
         shifted("factor_capital", -5.0, at=(3, 2))),
    Leak("AI6d", "the wedge is not what is written down", production.share_out, shifted("pay_wedge", 5.0, at=(3, 2))),
    Leak("AI6b", "a sector is left out of output", production.serve_public, scaled("gdp", 0.9)),
    Leak("AI6b", "building is counted in two branches", production.serve_public,
         shifted("gdp_branch", 30.0, at=(0, 1))),
    Leak("AI6c", "the price does not clear the market", production.price_services, scaled("service_price", 1.001)),
    Leak("AI7", "visitors' money is received twice", local_services.demand, scaled("visitor_spending", 2)),
    Leak("AI7d", "the margin of duty-free shops is made of nothing", free_port.sell_duty_free,
         shifted("duty_free_value", 5.0)),
    Leak("AI24c", "visitors buy in duty-free shops and nobody sells", production.price_services,
         shifted("duty_free_value", 5.0)),
    Leak("AI5b", "a relief of tax is announced and not received", income.add_up,
         shifted("talent_relief", 5.0, at=(0, 0))),
    Leak("AI8", "the tax that talent does not pay is collected as well", revenue.collect,
         shifted("talent_relief", 5.0, at=(0, 0))),
    Leak("AI26", "duty is forgone on what nobody brought in", free_port.forgo_duty, shifted("duty_saved", 5.0)),
    Leak("AI19", "equipment without duty buys more than it costs", capital.carry_over,
         shifted("capital", 5.0, at=(1, 1))),
    Leak("AI7c", "households of a county shop twice", local_services.demand, shifted("shopping", 5.0)),
    Leak("AI7c", "what is demanded is not what is sold", production.price_services, scaled("service_demand", 1.01)),
    Leak("AI7b", "a seasonal resident winters in two places", housing.choose_winter_homes,
         shifted("seasonal_residents", 1.0)),
    Leak("AI22", "pensions are paid that nobody funds", income.expect, shifted("pensions", 20.0, at=(0, 0))),
    Leak("AI22", "contributions vanish", income.expect, scaled("social_contributions", 0)),
    Leak("AI5b", "the minimum living allowance is announced and not received", income.add_up,
         scaled("living_allowance", 2)),
    Leak("AI22b", "the province pays subsidies that no farm receives", province.close_account,
         owed("province_farm_support", 5.0)),
    Leak("AI24", "what governments bought is made here and elsewhere", local_services.demand,
         shifted("purchases_local", 5.0)),
    Leak("AI24", "imported purchases are lost on the way", local_services.demand, scaled("purchases_imported", 0.9)),
    Leak("AI24", "more is remembered than was bought", local_services.remember, scaled("last_public_purchases", 1.1)),
    Leak("AI24b", "pay of public staff is bought as well", budget.buy, scaled("public_purchases", 1.2)),
    Leak("AI24b", "works of the province in a county are bought by nobody", budget.buy, scaled("programmes_here", 0.5)),
    Leak("AI24c", "governments buy and nobody sells", production.price_services, scaled("private_demand", 0.99)),
    Leak("AI25", "farm rent of villagers is doubled", income.expect, scaled("farm_rent", 2)),
    Leak("AI25", "rent of those who left is kept by nobody", income.expect, scaled("farm_rent_away", 0)),
    Leak("AI25b", "money sent home is lost on the way", income.expect, scaled("remittances", 0.9)),
    Leak("AI25c", "profits that leave also stay", income.expect, shifted("profit_outside", 30.0)),
    Leak("AI25c", "property income comes from nowhere", income.expect, shifted("property_income", 30.0, at=(6, 0))),
    Leak("AI25c", "owners outside keep the rent they share", income.share_profits, shifted("resource_benefit", 5.0)),
    Leak("AI9", "rent is shared and nobody spends it", budget.build_and_borrow, shifted("resource_benefit", 5.0)),
    Leak("AI10f", "an allocation is asked of nobody", past.recompose, shifted("allocation_asked", 5.0)),
    Leak("AI9", "an allocation is booked and not spent", budget.build_and_borrow, shifted("allocation_asked", 5.0)),
    Leak("AI11", "rent is received that nobody paid", budget.build_and_borrow, shifted("resource_benefit", 5.0)),
    Leak("AI27", "more rent is shared than is earned", resources.earn_rent, scaled("resource_rent", -1.0)),
    Leak("AI27b", "a mine is counted twice", resources.earn_rent, scaled("resource_value", 2.0)),
    Leak("AI21", "the output of a county is lost", gdp_by_use.balance_trade, shifted("gdp", np.nan)),
    Leak("AI23", "what is sold outside is used here too", gdp_by_use.use_output, scaled("net_exports", 2)),
    # public finance
    Leak("AI8", "a group of taxes is not collected", revenue.collect, scaled("tax_base_local", 0)),
    Leak("AI8b", "the tier of the province is missing", revenue.collect, scaled("tax_to_province", 0)),
    Leak("AI8b", "non-tax revenue is counted as tax", revenue.collect, scaled("nontax_revenue", 0)),
    Leak("AI8c", "the province keeps taxes that it does not write down", revenue.collect,
         owed("province_own_revenue", 50.0)),
    Leak("AI8c", "fees of a county are taken for a gift", revenue.collect, shifted("own_revenue", 10.0)),
    Leak("AI8c", "what history asks of a county is booked and not paid", revenue.collect,
         shifted("revenue_asked", 10.0)),
    Leak("AI9", "a transfer is spent and never paid", budget.build_and_borrow, scaled("transfer_equalisation", 0)),
    Leak("AI9", "land is sold twice", budget.build_and_borrow, scaled("land_revenue", 2)),
    Leak("AI9", "interest is kept as cash", budget.build_and_borrow, keep_interest_as_cash),
    Leak("AI9", "spending on ecology comes from nowhere", budget.build_and_borrow, scaled("spending_ecology", 2)),
    Leak("AI9", "land is reclaimed at nobody's cost", budget.build_and_borrow, scaled("spending_reclamation", 0)),
    Leak("AI10", "a pool is paid out twice", province.close_account, scaled("transfer_ecology", 2)),
    Leak("AI9", "the living allowance is paid out of no budget", budget.buy, scaled("living_allowance", 0)),
    Leak("AI10", "farm subsidies are paid out of no budget", province.carry_out_programmes, scaled("farm_support", 0)),
    Leak("AI10d", "a programme is carried out in two counties", province.carry_out_programmes,
         shifted("programmes_here", 10.0)),
    Leak("AI10d", "what no county sees is forgotten", province.carry_out_programmes,
         owed("province_programmes_rest", -10.0)),
    Leak("AI11", "the poor are paid by nobody", budget.buy, scaled("living_allowance", 0)),
    Leak("AI10b", "more is tied to a purpose than is earmarked", province.close_account,
         shifted("earmark_projects", 1e7)),
    Leak("AI10", "central money is lost", province.close_account, owed("province_central_transfer", -100.0)),
    Leak("AI10", "the balance of the province grows by itself", province.close_account, owed("province_balance", 1.0)),
    Leak("AI10", "an emergency is paid by nobody", province.cover_emergencies, shifted("transfer_emergency", 10.0)),
    Leak("AI10c", "a part of a pool is not passed on", province.close_account, scaled("transfer_weak_area", 0.9)),
    Leak("AI10c", "what equalisation leaves is earmarked twice", province.close_account,
         shifted("transfer_earmarked", 10.0)),
    Leak("AI11", "taxes of the centre are also the county's", revenue.collect, scaled("tax_to_centre", 0.5)),
    Leak("AI11", "a programme is paid twice", province.close_account, owed("province_programmes", 50.0)),
    Leak("AI12b", "a county borrows beyond its room", budget.build_and_borrow, borrow_without_bounds),
    Leak("AI12", "debt is not repaid", budget.build_and_borrow, forget_repayment),
    Leak("AI12", "new debt is not written down", budget.build_and_borrow, shifted("borrowing", 10.0)),
    Leak("AI12", "history adds to debt that nobody owes", past.restate_debt, shifted("debt_asked", 5.0)),
    Leak("AI12", "a number is lost", budget.build_and_borrow, lose_a_number),
    Leak("cash", "a county lends what it does not have", budget.build_and_borrow, lend_from_nowhere),
    # rivers and carbon
    Leak("AI16", "a compensation is received that no county pays", compensation.pay,
         shifted("water_received", 1.0)),
    Leak("AI16", "an award comes from nowhere", compensation.pay, shifted("water_award", 1.0)),
    Leak("AI9", "compensation is paid and not missed", budget.build_and_borrow, shifted("water_paid", 1.0)),
    Leak("AI9", "help of partners is announced and not spent", budget.build_and_borrow, shifted("transfer_aid", 5.0)),
    Leak("AI10", "help of partners is kept by the province", province.close_account,
         owed("province_aid_received", 5.0)),
    Leak("AI11", "help comes from nowhere", province.close_account, owed("province_aid_received", 5.0)),
    Leak("AI10e", "schools are brought in and nobody pays", province.close_account,
         owed("province_service_aid", 5.0)),
    Leak("AI19h", "an enterprise outside owns what it did not build", capital.own_from_outside,
         shifted("capital_outside", 5.0, at=(1, 1))),
    Leak("AI10", "awards are charged to nobody", province.close_account, owed("province_awards", 5.0)),
    Leak("AI17", "an offset is bought that nobody sold", carbon.offset, shifted("offsets_bought", 1000.0)),
    Leak("AI17", "sinks are paid for twice", carbon.offset, shifted("carbon_budget", 1.0)),
    Leak("AI17b", "a forest sells what is not certified", carbon.offset, shifted("offsets_sold", 1000.0)),
    Leak("AI20", "a county's load never reaches a river", ecology.drain, scaled("water_load", 0.9)),
    # land and capital
    Leak("AI13", "land is converted twice", land.open_up, build_converted_land_twice),
    Leak("AI13", "rural building land appears", land.open_up, shifted("land_rural", 1.0)),
    Leak("AI13b", "quota is used and nothing built", land.open_up, scaled("converted", 1.1)),
    Leak("land_other", "more land is taken than there is", land.open_up, take_water_for_other_land),
    Leak("AI14", "more quota is handed out than there is", province.allot_quota, scaled("quota", 1.01)),
    Leak("AI13c", "the sea gives land that is not written down", sea.reclaim, shifted("sea_reclaimed", 1.0)),
    Leak("AI13d", "more farmland is reclaimed on paper than ploughed", land_compensation.plough,
         shifted("cultivated_reclaimed", 1.0)),
    Leak("AI14b", "quota is sold and paid by nobody", land_quota.trade, shifted("horizontal_quota", 5.0)),
    Leak("AI14b", "quota is passed on and kept", land_quota.pass_on, shifted("quota_enclave", 1.0)),
    Leak("AI14c", "more is carried over than was left", land.open_up, shifted("quota_balance", 1.0)),
    Leak("AI15", "compensation is sold and paid by nobody", land_compensation.plough,
         shifted("horizontal_compensation", 5.0)),
    Leak("AI15b", "farmland is converted that nobody has compensated", land.open_up,
         shifted("cultivated_converted", 1.0)),
    Leak("AI15c", "farmland is lost to other uses", land.open_up, plough_no_more),
    Leak("AI18", "an enclave grows without quota", land.open_up, shifted("enclave_land", 1.0, at=(1, 0))),
    Leak("AI18b", "taxes of an enclave are received and not given", land_quota.share_taxes,
         shifted("horizontal_enclave", 5.0)),
    Leak("AI19b", "homes are finished twice", housing.complete, scaled("homes_completed", 2)),
    Leak("AI19b", "a storm spares what it destroyed", capital.carry_over, shifted("typhoon_damage", 0.01)),
    Leak("AI19c", "land is sold and kept", housing.offer_land, keep_sold_land),
    Leak("AI19", "a storm is felt after capital was counted", capital.carry_over, shifted("typhoon_damage", 0.01)),
    Leak("AI19e", "works are built without money", capital.carry_over, scaled("public_capital", 1.01)),
    Leak("AI19e", "more is spent on works than counties spend on building", budget.build_and_borrow,
         scaled("spending_public_works", 1.3)),
    Leak("AI19f", "schools do not wear out", services.renew, keep_old_services),
    Leak("AI19f", "help in kind is counted and never comes", services.renew, shifted("service_aid", 1.0, at=(3, 0))),
    Leak("AI19f", "money for services is spent and builds nothing", services.renew, scaled("spending_services", 1.1)),
    Leak("AI19g", "homes are left out of investment", gdp_by_use.use_output, scaled("capital_formation", 0.8)),
    Leak("AI19d", "a named project is built that nobody listed", capital.carry_over,
         shifted("project_investment", 9.0, (5, 1))),
    Leak("AI19", "capital does not wear out", capital.carry_over, keep_old_capital),
    Leak("AI19", "investment is counted twice", capital.carry_over, scaled("investment", 2)),
)


def planted(leak: Leak) -> tuple:
    """The schedule with the leak after its rule."""
    def leaking(model):
        leak.happens(model)

    steps = tuple(
        step._replace(rules=tuple(one for rule in step.each() for one in ((rule, leaking) if rule is leak.after
                                                                         else (rule,))))
        for step in schedule.SCHEDULE)
    assert any(leaking in step.each() for step in steps), "the rule is in no step of the year"
    return steps


@pytest.fixture
def model():
    """A model some years on its way, so that stocks and flows are there to leak."""
    model = HainanModel("baseline", seed=0, weight=WEIGHT, until=2020)
    for _ in range(3):
        model.step()
    return model


def names_of(message: str) -> list[str]:
    """Identities that a message names: the first word of its lines."""
    return [line.replace(":", " ").split()[0] for line in message.splitlines()[1:]]


@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: f"{leak.identity}-{leak.says.replace(' ', '-')}")
def test_a_leak_is_found_under_the_name_of_its_identity(model, monkeypatch, leak):
    monkeypatch.setattr(schedule, "SCHEDULE", planted(leak))
    with pytest.raises(audit.BrokenAccount) as found, np.errstate(all="ignore"):
        model.step()
    assert str(found.value).startswith("accounts of 2014 do not close:")
    assert leak.identity in names_of(str(found.value))


def test_the_year_without_a_leak_closes(model):
    model.step()
    assert audit.differences(model) == []


def test_a_leak_of_one_person_or_of_a_millionth_is_found(model):
    """People are exact; money to a billionth."""
    model.step()
    model.counties.births[0] += 1
    assert names_of("\n" + "\n".join(audit.differences(model))) == ["AI1"]
    model.counties.births[0] -= 1
    model.counties.debt[0] *= 1 + 1e-7
    assert names_of("\n" + "\n".join(audit.differences(model))) == ["AI12"]


def test_what_rounding_leaves_of_an_emptied_pool_is_no_leak(model):
    """Equalisation may take the whole of what is passed on; what is left of the earmarked pool is then a rounding."""
    model.step()
    for name in ("transfer_earmarked", "earmark_repair", "earmark_projects"):
        getattr(model.counties, name)[:] = 0.0
    model.counties.transfer_earmarked[0] = -3e-12
    assert "AI10b" not in names_of("\n" + "\n".join(audit.differences(model)))


def test_every_identity_has_a_leak_that_it_alone_is_there_for():
    assert {identity.id for identity in audit.IDENTITIES} <= {leak.identity for leak in LEAKS}
    assert len({identity.id for identity in audit.IDENTITIES}) == len(audit.IDENTITIES)


def test_a_broken_account_says_which_where_and_by_how_much(model, monkeypatch):
    leak = Leak("AI12", "new debt is not written down", budget.build_and_borrow, shifted("borrowing", 10.0))
    monkeypatch.setattr(schedule, "SCHEDULE", planted(leak))
    with pytest.raises(audit.BrokenAccount, match=r"AI12: debt changes by borrowing, repayment .*: Haikou .*\(-10\)"):
        model.step()
