"""The variables of history: their cards, their computation from the pack, and remarks for users.

Series with different definitions are separate variables and never joined; changes of definition within a series are
listed in segments.csv of the pack, and `sim.region.segments` refuses to compare across them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sim.agents.county import Counties
from sim.agents.province import PROVINCE_COLUMNS
from sim.core.declare import Card
from sim.indicators.registry import INDICATORS
from sim.region import past_output as output
from sim.region import past_people as people
from sim.region.pack import DERIVED, Pack
from sim.region.panels import LAST_PRINTED_YEAR, Panel, area, counties, million, per_head
from sim.region.past_accounts import (
    FUNCTIONS_FROM,
    budget_gap,
    budget_spending,
    income,
    money,
    number,
    of_province,
    own_revenue,
    province_income,
    province_money,
    province_old,
    province_own_revenue,
    province_population,
    spending_services,
    vital,
    with_zone,
)
from sim.region.past_people import OLD_BASIS_YEARS, REVISED_FROM
from sim.region.schema import PROVINCIAL_TIER


def in_million(make: Callable[[Pack], Panel]) -> Callable[[Pack], Panel]:
    """A panel in 1e8 CNY at current prices, converted to million CNY at base prices."""
    return lambda pack: million(pack, make(pack))


class Series(NamedTuple):
    """A variable of history: its card, its computation, and its breaks."""

    card: Card
    make: Callable[[Pack], Panel]
    comment: str = ""


COLUMNS = Counties.columns()


def _model(name: str, make: Callable[[Pack], Panel], comment: str = "") -> Series:
    """A variable with the card of a result."""
    if name in COLUMNS:
        return Series(COLUMNS[name].card("county"), make, comment)
    if name in PROVINCE_COLUMNS:
        return Series(PROVINCE_COLUMNS[name].card(None), make, comment)
    return Series(INDICATORS[name].card, make, comment)


def _own(name: str, dims: tuple[str, ...], unit: str, says: str, says_zh: str, make, comment: str = "",
         kind: str = "flow", section: str = "") -> Series:
    """A variable that exists only in history."""
    return Series(Card(name, dims, unit, says, says_zh, kind, section), make, comment)


OLD_BASIS = "Year ends of 2011-2019 stand on the basis before the 2020 census: never join them to the censuses."
MONEY = "Deflated with the implicit deflator of provincial GDP, 2020 = 1."
ONE_BASIS = (
    f"{MONEY} One series on the revised basis: from 2018 the yearbook of 2024, before it first-published rows times "
    "the ratio of 2018, tapering to 1 in 2013. Levels jump in Haikou in 2014 (census of the economy) and in Baisha and "
    "Baoting in 2011 (state farms); Sanya before 2009 is not usable. "
)
FIRST = f"{MONEY} As first published: rows to 2018 stand before the census of the economy, later ones after it. "
YANGPU = "Danzhou is with Yangpu here; without Yangpu it is a variable of its own."
INCOME = f"{MONEY} To 2013 the old urban survey, from 2014 the integrated survey."
FUNCTIONS = f"{MONEY} From {FUNCTIONS_FROM}: before, functions are incomplete."
ZONE = "Danzhou with Yangpu, whose accounts are added."
PLAN = f"{MONEY} A plan made early in the year, not what was received: ranks alone."
HOTELS = "Hotels in the tourism statistics, mainly starred ones: not all overnight visitors."
YEARBOOK = "County yearbook where no other source is named; values of low grade are left out."
DISTRICTS = "Haikou and Sanya count moves between their own districts as other county, so this is not known of them."

SERIES = (
    _model("population", people.population,
           f"Censuses (2010 revised), from 2021 year ends on the basis of 2020. {OLD_BASIS}"),
    _own("population_old_basis", ("county",), "persons", "Residents at year end, basis before the 2020 census",
         "常住人口（普查修订前口径）", people.population_old_basis, OLD_BASIS, "stock"),
    _model("population_mid", people.population_mid,
           "Between two counts on a line of constant growth: imputed, near a census derived; a denominator only."),
    _model("population_zone", people.population_zone),
    _model("population_age", people.population_age),
    _model("population_skill", people.population_skill,
           "Only college is comparable to residents of 18 and over; schooling is printed of 6 and over (2010) and "
           "of 3 and over (2020)."),
    _own("population_schooling", ("county", "skill"), "persons", "Residents by schooling, of the ages the census asked",
         "分受教育程度人口（普查口径）", people.schooling,
         "Ages 6 and over in 2010, 3 and over in 2020 (with preschool).", "stock", "7"),
    _own("college_residents", ("county",), "persons", "Residents with junior college or more", "大专及以上人口",
         people.college_residents, "The class of schooling that both censuses ask alike.", "stock", "7"),
    _own("old_residents", ("county",), "persons", "Residents of 65 and over", "65岁及以上人口", people.old_residents,
         "", "stock", "7"),
    _model("registered", people.registered,
           "2010: count of the census; from 2011 police year ends, never joined to 2010."),
    _own("registered_police", ("county",), "persons", "Registered population, police year end", "户籍人口（公安年报）",
         lambda pack: counties(pack, "hukou_population"), "", "stock", "3.2"),
    _own("registered_yearbook", ("county",), "persons", "Registered population of the county yearbook",
         "户籍人口（县域年鉴）", number("population", "hukou_population_ccy"),
         "Rounded to 10 000 (2002: 1 000): shares and ranks, not growth of a year.", "stock", "3.2"),
    _own("registered_absent", ("county",), "persons", "Registered here and living elsewhere", "户籍外出人口（推算）",
         number("population", "registered_absent_est"), "2020 mixes dates; not known of cities with districts.",
         "stock", "3.2"),
    _own("migrants_same_county", ("county",), "persons", "Residents registered in another township of the county",
         "户籍在本县其他乡镇人口", number("population", "migrants_hukou_same_county"), "", "stock", "3.2"),
    _model("residents_local", people.residents_local, f"Registered less absent; 2020 mixes dates. {DISTRICTS}"),
    _model("residents_other_county", people.residents_other_county, f"Residents - local - other province. {DISTRICTS}"),
    _own("residents_other_county_printed", ("county",), "persons",
         "Residents registered in another county or another district of the same city",
         "户籍在省内其他县（市、区）人口", people.printed_other_county,
         "Haikou and Sanya: with moves between own districts.", "stock", "3.2"),
    _model("residents_other_province", people.residents_other_province),
    _model("employed", people.employed,
           "Industries of the long form raised by its share of family households: shares are firmer than levels. "
           "Industries not printed in 2010 are split like those of 2020; the marine sector is a share by "
           "assumption."),
    _own("employed_branch_share", ("county", "branch"), "share", "Share of the branches in employed residents",
         "三次产业就业比重", people.branch_workers, "2010 printed; 2020 from the industries of the long form.",
         "stock"),
    _model("gdp", in_million(output.one_basis), ONE_BASIS + YANGPU),
    _model("gdp_branch", in_million(output.branches_one_basis),
           f"{ONE_BASIS}{YANGPU} From 2018 scaled to the revised total. To 2018 branches stand on the accounts "
           "before the census of the economy, which moved two points from the secondary to the tertiary branch. "
           "Eleven counties have no tertiary branch before their first full table."),
    _own("gdp_first", ("county",), "million CNY", "Gross domestic product as first published",
         "地区生产总值（初次公布）", in_million(output.first_published), FIRST + YANGPU),
    _own("gdp_revised", ("county",), "million CNY", "Gross domestic product of the yearbook of 2024",
         "地区生产总值（2024年年鉴修订）", in_million(output.revised),
         f"{MONEY} From 2018 revised after the census of the economy, 2017 hardly: never compare the two. {YANGPU}"),
    _own("gdp_excl_yangpu", ("county",), "million CNY", "Gross domestic product of Danzhou without Yangpu",
         "儋州地区生产总值（不含洋浦）", money("economy", "gdp_excl_yangpu"), FIRST),
    _own("gdp_branch_excl_yangpu", ("county", "branch"), "million CNY",
         "Value added of Danzhou without Yangpu by branch", "儋州三次产业增加值（不含洋浦）",
         in_million(output.branches_without_zone),
         FIRST + "To 2010 of the county yearbook, without the tertiary branch."),
    _own("gdp_growth", ("county",), "share", "Real growth of gross domestic product as printed", "地区生产总值实际增速",
         number("economy", "gdp_growth_real_yb2024", "gdp_growth_real", factor=0.01),
         "At local comparable prices: not the growth of `gdp`. From 2018 the index of the yearbook of 2024 where "
         "it has the county."),
    _model("inc_u", income("income_urban"), INCOME),
    _model("inc_r", income("income_rural", first=2014),
           f"{MONEY} Disposable income, from 2014; before, see inc_r_net."),
    _own("inc_r_net", ("county",), "CNY", "NET income per rural resident", "农村居民人均纯收入",
         income("income_rural_net", last=2013), f"{MONEY} Another definition than inc_r: never chain the two.", "flow",
         "3.2"),
    _own("wage_average", ("county",), "CNY", "Average wage in urban units", "城镇单位平均工资",
         lambda pack: per_head(pack, counties(pack, "wage_avg", "economy")),
         f"{MONEY} Danzhou includes Yangpu from 2021."),
    _model("own_revenue", own_revenue,
           f"{MONEY} General budget: the provincial yearbook (2018-2021), else the county's own accounts, else the "
           "county yearbook. Some funds moved in in 2015; rules change in 2016 (business tax to VAT) and 2018 "
           "(new sharing). Danzhou is with Yangpu from 2018."),
    _own("budget_spending", ("county",), "million CNY", "General budget spending", "一般公共预算支出", budget_spending,
         f"{MONEY} Sources and breaks as of own_revenue.", "flow", "8.2"),
    _own("budget_gap", ("county",), "million CNY", "Spending less own revenue", "收支差额", budget_gap,
         f"{MONEY} An upper proxy of transfers received: it holds borrowing and carry-over.", "flow", "8.2"),
    _model("spending_services", spending_services, FUNCTIONS),
    _model("spending_ecology", money("fiscal", "gpb_exp_environment", first=FUNCTIONS_FROM), FUNCTIONS),
    _own("gov_fund_revenue", ("county",), "million CNY", "Government-fund revenue", "政府性基金收入",
         money("fiscal", "gov_fund_revenue"),
         f"{MONEY} Gross, mostly land; derived of five counties, with other items.", "flow", "3.2"),
    _model("debt", with_zone("gov_debt_balance_yearend"), f"{MONEY} General and special debt. {ZONE}"),
    _own("debt_general", ("county",), "million CNY", "General debt of the government", "政府一般债务余额",
         with_zone("gov_debt_balance_general"), f"{MONEY} {ZONE}", "stock", "8.3"),
    _own("debt_special", ("county",), "million CNY", "Special debt of the government", "政府专项债务余额",
         with_zone("gov_debt_balance_special"), f"{MONEY} {ZONE}", "stock", "8.3"),
    _own("debt_limit", ("county",), "million CNY", "Limit of government debt", "政府债务限额",
         with_zone("gov_debt_limit"), f"{MONEY} {ZONE}", "stock", "8.3"),
    _own("transfers_budgeted", ("county",), "million CNY", "Transfers of the province budgeted",
         "省对市县转移支付（预算）", with_zone("transfers_budget_total"), f"{PLAN} {ZONE}", "flow", "8.2"),
    _own("transfers_budgeted_general", ("county",), "million CNY", "General transfers budgeted",
         "一般性转移支付（预算）", with_zone("transfers_budget_general"), f"{PLAN} {ZONE}", "flow", "8.2"),
    _own("transfers_budgeted_special", ("county",), "million CNY", "Special transfers budgeted", "专项转移支付（预算）",
         with_zone("transfers_budget_special"), f"{PLAN} {ZONE}", "flow", "8.2"),
    _own("tax_return_budgeted", ("county",), "million CNY", "Tax returns budgeted", "税收返还（预算）",
         with_zone("transfers_budget_tax_return"), f"{PLAN} {ZONE}", "flow", "8.2"),
    _own("fixed_investment", ("county",), "million CNY", "Fixed-asset investment", "固定资产投资",
         money("economy", "fai"), f"{MONEY} Whole society; Danzhou without Yangpu.", "flow", "2.1"),
    _own("fixed_investment_urban", ("county",), "million CNY", "Urban fixed-asset investment", "城镇固定资产投资",
         money("economy", "fai_urban_ccy"), f"{MONEY} To 2010; Danzhou without Yangpu. {YEARBOOK}", "flow", "2.1"),
    _own("fixed_investment_yearbook", ("county",), "million CNY",
         "Fixed-asset investment of the county yearbook from 2011", "固定资产投资（县域年鉴）",
         money("economy", "fai_ex_households_ccy", "fai_ccy"),
         f"{MONEY} 2011 and 2012 without rural households. {YEARBOOK}", "flow", "2.1"),
    _own("household_deposits", ("county",), "million CNY", "Savings deposits of residents", "居民储蓄存款",
         money("economy", "household_deposits", "household_deposits_ccy"), f"{MONEY} {YEARBOOK}", "stock"),
    _own("bank_loans", ("county",), "million CNY", "Loans of banks", "金融机构贷款",
         money("economy", "bank_loans", "bank_loans_ccy"), f"{MONEY} {YEARBOOK}", "stock"),
    _own("visitors_overnight_11m", ("county",), "person-times", "Overnight visitors, January to November",
         "过夜游客（1-11月）", number("visitors", "tourists_overnight_ytd11", factor=1e4), "All lodging; 2010 alone.",
         "flow", "2.1"),
    _own("visitors_hotel_11m", ("county",), "person-times", "Overnight guests of hotels, January to November",
         "宾馆接待过夜游客（1-11月）", number("economy", "tourists_hotel_overnight_ytd11", factor=1e4), HOTELS, "flow",
         "2.1"),
    _own("visitors_hotel", ("county",), "person-times", "Overnight guests of hotels in the year", "宾馆接待过夜游客",
         number("visitors", "tourists_hotel_overnight_year", factor=1e4), HOTELS, "flow", "2.1"),
    _own("hospital_beds", ("county",), "beds", "Hospital beds", "医院床位数",
         number("services", "hospital_beds", "hospital_beds_ccy"), YEARBOOK, "stock", "7"),
    _own("pupils_primary", ("county",), "persons", "Pupils of primary schools", "小学在校学生数",
         number("services", "students_primary", "students_primary_ccy"), YEARBOOK, "stock", "7"),
    _own("pupils_secondary", ("county",), "persons", "Pupils of secondary schools", "普通中学在校学生数",
         number("services", "students_secondary", "students_secondary_ccy"), YEARBOOK, "stock", "7"),
    _own("farm_workers", ("county",), "persons", "Employed in farming, forestry, stock and fishery",
         "农林牧渔业从业人员", number("economy", "agri_employed_ccy"),
         f"State farms are left out in 2006 and 2011. {YEARBOOK}", "stock", "3.2"),
    _own("emissions_modelled", ("county",), "t CO2", "Carbon dioxide of energy use, modelled from night lights",
         "能源碳排放（灯光反演）", number("environment", "co2_energy_model", factor=1e6, least=DERIVED),
         "A proxy: the provincial sum shared out with night lights.", "flow", "6.1"),
    _own("night_lights", ("county",), "radiance sum", "Sum of night lights", "夜间灯光总量",
         lambda pack: counties(pack, "nightlight_sum", "economy"),
         "A proxy: good across units, poor as yearly growth of small units."),
    _model("province_population", province_population, "Year ends, revised series."),
    _own("province_population_old_basis", (), "persons",
         "Residents of the province at year end, before the 2020 census", "全省常住人口（普查修订前）",
         of_province("resident_yearend_prerevision", "population-province"), OLD_BASIS, "stock"),
    _own("province_registered", (), "persons", "Registered population of the province", "全省户籍人口",
         of_province("hukou_population", "population-province"), "", "stock"),
    _model("province_urb",
           of_province("urbanisation_rate", "population-province", 0.01,
                       (2000, 2010, *range(REVISED_FROM, LAST_PRINTED_YEAR + 1))),
           "Census years and the basis of 2020; other years are province_urb_old_basis."),
    _own("province_urb_old_basis", (), "share", "Urban share of the province, before the 2020 census",
         "全省城镇化率（普查修订前）",
         of_province("urbanisation_rate", "population-province", 0.01, (*range(2001, 2010), *OLD_BASIS_YEARS)),
         OLD_BASIS, "stock"),
    _model("province_old", province_old),
    _own("province_births", (), "persons", "Births in the province", "全省出生人数", vital("births", "birth_rate"),
         "Printed from 2021; before, the printed rate on mean residents."),
    _own("province_deaths", (), "persons", "Deaths in the province", "全省死亡人数", vital("deaths", "death_rate"),
         "Printed from 2021; before, the printed rate on mean residents. 2024 is inferred: treat with care."),
    _own("province_net_migration", (), "persons", "Net migration of the province, a residual", "全省净迁移（推算）",
         of_province("net_migration_residual", "population-province"), "Rounding makes 2011-2019 uncertain by 10 000."),
    _model("province_gdp", in_million(output.province_output),
           f"{MONEY} Revised series to 2023; 2024 as first published."),
    _model("province_gdp_branch", in_million(output.province_branches),
           f"{MONEY} First-published shares on the revised total; 2014 between its neighbours (imputed)."),
    _own("province_gdp_first", (), "million CNY", "Gross domestic product of the province as first published",
         "全省地区生产总值（初次公布）", province_money("gdp_prelim", file="economy-province"), FIRST),
    _own("province_gdp_growth", (), "share", "Real growth of the province as printed", "全省地区生产总值实际增速",
         of_province("gdp_growth_real", "economy-province", 0.01), "First-published growth."),
    _own("province_gdp_rest", (), "million CNY", "Gross domestic product of Danzhou with Yangpu and ten thin counties",
         "儋州及十县合计地区生产总值", province_money("gdp_rest_danzhou_and_10_counties", file="economy-province"),
         f"{MONEY} Province less seven complete units; a bound on their sum, with the gap of revision."),
    _model("province_inc_u", province_income("income_urban"), INCOME),
    _model("province_inc_r", province_income("income_rural"), f"{MONEY} From 2014; before, see province_inc_r_net."),
    _own("province_inc_r_net", (), "CNY", "NET income per rural resident of the province", "全省农村居民人均纯收入",
         province_income("income_rural_net"), f"{MONEY} Another definition than province_inc_r: never chain the two."),
    _model("province_revenue", province_money("gpb_revenue"), f"{MONEY} Province and counties together."),
    _model("province_own_revenue", province_own_revenue,
           f"{MONEY} The provincial tier alone: its share in 5 months of 2015 and 8 of 2022 on the year's revenue."),
    _own("province_spending", (), "million CNY", "Local general budget spending, province and counties",
         "全省一般公共预算支出", province_money("gpb_expenditure"), MONEY, "flow", "8.2"),
    _own("province_spending_education", (), "million CNY", "Local spending on education", "全省教育支出",
         province_money("gpb_exp_education"), MONEY, "flow", "7"),
    _own("province_fund_revenue", (), "million CNY", "Government-fund revenue of the province", "全省政府性基金收入",
         province_money("gov_fund_revenue"), MONEY, "flow", "3.2"),
    _own("province_debt", (), "million CNY", "Government debt of the province", "全省政府债务余额",
         province_money("gov_debt_balance_yearend", "gov_debt_balance"),
         f"{MONEY} 2020 and 2021 printed, the others recalled.", "stock", "8.3"),
    _own("province_tier_debt", (), "million CNY", "Government debt of the provincial tier", "省本级政府债务余额",
         lambda pack: million(pack, area(pack, PROVINCIAL_TIER, "gov_debt_balance_yearend", "fiscal")), MONEY, "stock",
         "8.3"),
    _model("province_central_transfer", province_money("transfers_received_central"), MONEY),
    _own("province_visitors", (), "person-times", "Visitors of the province", "全省接待游客",
         of_province("tourists_total", "economy-province", 1e4), "", "flow", "2.1"),
)
HALF_YEAR_SERIES = _own(
    f"gdp_h1_{output.HALF_YEAR}", ("county",), "million CNY", "Gross domestic product of January to June 2018",
    "2018年上半年地区生产总值", output.half_year,
    f"{MONEY} The one full cross-section. Half-year shares are not yearly: the year is 1.9 to 2.6 times the half. "
    f"{YANGPU}",
)
NAMES = (*(series.card.name for series in SERIES), HALF_YEAR_SERIES.card.name)
