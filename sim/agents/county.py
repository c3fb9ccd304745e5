"""Counties: their state in arrays, and the agent that views one row of it.

Stocks are those at the end of the year, flows those of the year; money in million CNY at 2020 prices.
"""

from __future__ import annotations

from sim.agents.table_agent import TableAgent
from sim.core.declare import column
from sim.core.table import Table


class Counties(Table):
    """One row per county, in the order of the data pack."""

    row_dim = "county"

    # people
    population = column(unit="persons", says="Residents", says_zh="常住人口", keep="headline", dtype="int64")
    population_mid = column(unit="persons", says="Residents, mean of start and end of year", says_zh="年平均常住人口",
                            kind="flow", keep="headline")
    population_zone = column("zone", unit="persons", says="Residents by zone", says_zh="城乡常住人口", keep="headline",
                             section="3.2", dtype="int64")
    population_age = column("age", unit="persons", says="Residents by age group", says_zh="分年龄常住人口",
                            keep="county", dtype="int64")
    population_skill = column("skill", unit="persons", says="Residents of 18 and over by skill",
                              says_zh="分受教育程度人口", keep="county", section="7", dtype="int64")
    registered = column(unit="persons", says="Registered population", says_zh="户籍人口", keep="county", section="3.2",
                        dtype="int64")
    residents_local = column(unit="persons", says="Residents registered here", says_zh="本地户籍常住人口",
                             keep="county", section="3.2", dtype="int64")
    residents_other_county = column(unit="persons", says="Residents registered in another county",
                                    says_zh="省内其他市县户籍常住人口", keep="county", section="3.2", dtype="int64")
    residents_other_province = column(unit="persons", says="Residents registered in another province",
                                      says_zh="外省户籍常住人口", keep="county", section="3.2", dtype="int64")
    registered_outside = column(unit="persons", says="Registered here, living outside Hainan",
                                says_zh="本地户籍省外居住人口", keep="county", section="5", dtype="int64")
    births = column(unit="persons", says="Births", says_zh="出生人数", kind="flow", keep="county", dtype="int64")
    deaths = column(unit="persons", says="Deaths of residents", says_zh="死亡人数", kind="flow", keep="county",
                    dtype="int64")
    deaths_outside = column(unit="persons", says="Deaths of registered persons outside Hainan",
                            says_zh="省外户籍人口死亡数", kind="flow", keep="all", dtype="int64")
    arrivals_internal = column(unit="persons", says="Arrivals from other counties", says_zh="省内迁入", kind="flow",
                               keep="county", section="3.2", dtype="int64")
    departures_internal = column(unit="persons", says="Departures to other counties", says_zh="省内迁出", kind="flow",
                                 keep="county", section="3.2", dtype="int64")
    arrivals_outside = column(unit="persons", says="Arrivals from outside Hainan", says_zh="省外迁入", kind="flow",
                              keep="county", section="5", dtype="int64")
    departures_outside = column(unit="persons", says="Departures to outside Hainan", says_zh="迁往省外", kind="flow",
                                keep="county", section="5", dtype="int64")
    exogenous_change = column(unit="persons", says="Change of residents taken from data (units without persons)",
                              says_zh="外生人口变动", kind="flow", keep="all", dtype="int64")
    zone_moves = column(unit="persons", says="Moves from rural to urban inside the county, net",
                        says_zh="县内农转城净迁移", kind="flow", keep="county", section="3.2", dtype="int64")
    zone_births = column("zone", unit="persons", says="Births by zone", says_zh="分城乡出生人数", kind="flow",
                         keep="all", section="3.2", dtype="int64")
    zone_deaths = column("zone", unit="persons", says="Deaths of residents by zone", says_zh="分城乡死亡人数",
                         kind="flow", keep="all", section="3.2", dtype="int64")
    zone_migration = column("zone", unit="persons", says="Net arrivals of residents by zone, over all moves",
                            says_zh="分城乡净迁移", kind="flow", keep="all", section="3.2", dtype="int64")
    reclassified = column(unit="persons", says="Persons whose place was reclassified as urban",
                          says_zh="就地城镇化人口", kind="flow", keep="county", section="3.2", dtype="int64")
    hukou_in = column(unit="persons", says="Persons who transferred their registration here this year",
                      says_zh="户籍迁入", kind="flow", keep="county", section="3.2", dtype="int64")
    hukou_out = column(unit="persons", says="Persons who transferred their registration elsewhere this year",
                       says_zh="户籍迁出", kind="flow", keep="county", section="3.2", dtype="int64")
    registered_births = column(unit="persons", says="Births registered here", says_zh="户籍出生人数", kind="flow",
                               keep="all", section="3.2", dtype="int64")
    registered_deaths = column(unit="persons", says="Deaths of persons registered here, wherever resident",
                               says_zh="户籍死亡人数", kind="flow", keep="all", section="3.2", dtype="int64")
    moved = column("destination", unit="persons", says="Moves by origin and destination", says_zh="迁移矩阵",
                   kind="flow", keep="county", section="3.2", dtype="int64")
    trained = column(unit="persons", says="Persons trained this year", says_zh="技能培训人数", kind="flow", keep="all",
                     section="2.2", dtype="int64")
    employed = column("sector", unit="persons", says="Employed residents by sector", says_zh="分部门就业人口",
                      keep="county", dtype="int64")
    users = column("service", unit="persons", says="Users of public services, weighted by age and entitlement",
                   says_zh="公共服务使用人数", kind="flow", section="7")

    # production and incomes
    labour = column("sector", "skill", unit="efficiency units", says="Efficiency labour", kind="flow")
    capital = column("sector", unit="million CNY", says="Capital", says_zh="资本存量", keep="county")
    productivity = column("sector", unit="index", says="Total factor productivity", says_zh="全要素生产率", keep="all")
    output_residual = column("branch", unit="log", says="Historical residual of output",
                             says_zh="产出历史残差", keep="county", section="1")
    revenue_residual = column(unit="log", says="Historical residual of own revenue",
                              says_zh="财政收入历史残差", keep="county", section="8.2")
    spending_residual = column(unit="log",
                               says="Historical residual of a county's share in the spending of all counties",
                               says_zh="财政支出历史残差", keep="county", section="8.2")
    pay_residual = column("zone", unit="log", says="Historical residual of pay over the yield of labour",
                          says_zh="劳动报酬历史残差", keep="county", section="1")
    people_residual = column(unit="utility", says="Historical residual of the attractiveness of a place",
                             says_zh="人口吸引力历史残差", keep="county", section="3.2")
    capital_residual = column("market_sector", unit="log",
                              says="Residual that history leaves on desired capital after its last year",
                              says_zh="资本需求历史残差", keep="all", section="1")
    revenue_asked = column(unit="million CNY",
                           says="Own revenue due to the historical residual, beyond taxes and fees collected here",
                           says_zh="历史残差对应的财政收入", kind="flow", keep="county", section="8.2")
    allocation_asked = column(unit="million CNY", kind="flow", keep="county", section="8.2",
                              says="Reallocation between counties due to the historical residual, received less given",
                              says_zh="历史残差对应的市县间财力调整")
    debt_asked = column(unit="million CNY", kind="flow", keep="county", section="8.3",
                        says="Adjustment of debt beyond borrowing, in the first year with published debt",
                        says_zh="历史数据对应的债务存量调整")
    collection_effort = column(unit="ratio", says="Collection effort of a county relative to the common rates",
                               kind="index", section="8.2")
    sector_residual = column("market_sector", unit="log", says="Part of the output residual that falls on a sector")
    land_input = column("sector", unit="ha", says="Land in production", says_zh="生产用地")
    urban_access = column(unit="persons", says="Urban non-farm jobs, discounted by travel time", kind="flow",
                          section="4.2")
    quantity = column("sector", unit="million CNY", says="Value added at base-year relative prices", kind="flow")
    value_added = column("sector", unit="million CNY", says="Value added by sector", says_zh="分部门增加值",
                         kind="flow", keep="county")
    gdp = column(unit="million CNY", says="Gross domestic product", says_zh="地区生产总值", kind="flow",
                 keep="headline", section="1")
    gdp_volume = column(unit="million CNY", says="Gross domestic product, chained volume at base-year prices",
                        says_zh="地区生产总值（可比价）", kind="flow", keep="headline", section="1")
    volume_quantity = column("sector", unit="million CNY", says="Quantities produced last year", kind="flow")
    volume_price = column("sector", unit="base year = 1", says="Price of last year's output, by sector", kind="index")
    capital_used = column("market_sector", unit="million CNY", says="Capital used in last year's output")
    labour_nested = column("market_sector", unit="efficiency units", says="Nested labour used in this year's output",
                           kind="flow")
    goods_price = column(unit="base year = 1",
                         says="Price of goods brought in by the route on which goods are shipped out",
                         kind="index")
    labour_used = column("market_sector", unit="efficiency units", says="Nested labour used in last year's output",
                         kind="flow")
    land_used = column("market_sector", unit="ha", says="Land used in last year's output")
    residual_used = column("market_sector", unit="log", says="Historical residual in last year's output")
    productivity_used = column("market_sector", unit="index", says="Productivity in last year's output")
    living_rent = column(unit="CNY per m2", says="Rent in last year's cost of living")
    living_service_price = column(unit="index", says="Price of local services in last year's cost of living")
    living_goods_price = column(unit="index", says="Price of goods in last year's cost of living")
    living_cost = column("zone", unit="base-year mean = 1", says="Cost of living: rents, local services and goods",
                         says_zh="生活成本指数", kind="index", keep="headline", section="1")
    gdp_branch = column("branch", unit="million CNY", says="Value added of the three published branches",
                        says_zh="三次产业增加值", kind="flow", keep="county")
    service_price = column(unit="index", says="Price of local services, base year = 1", says_zh="本地服务价格",
                           kind="flow", keep="county")
    visitor_spending = column(unit="million CNY", says="Spending of visitors", says_zh="旅游消费", kind="flow",
                              keep="county", section="2.1")
    wage = column("sector", "skill", unit="CNY per efficiency unit", says="Wage per efficiency unit", kind="flow")
    wage_offer = column("sector", "skill", unit="CNY per efficiency unit", says="Wage offered to a newcomer",
                        kind="flow")
    public_wage = column(unit="CNY per efficiency unit", says="Wage of public service", kind="flow")
    service_demand = column(unit="million CNY", says="Demand for local services", kind="flow")
    private_demand = column(unit="million CNY", kind="flow",
                            says="Demand for local services, excluding governments")
    shopping = column(unit="million CNY", says="Household demand for local services here, from any county",
                      says_zh="居民本地消费需求", kind="flow", keep="all")
    construction = column(unit="million CNY", says="Value added of construction", says_zh="建筑业增加值", kind="flow",
                          keep="all")
    last_disposable_income = column(unit="million CNY", says="Disposable income of last year", kind="flow")
    programmes_here = column(unit="million CNY", says="Purchases for the county in the province's own programmes",
                             says_zh="省本级支出（按市县）", kind="flow", keep="all", section="8.2")
    public_purchases = column(unit="million CNY", kind="flow", keep="all", section="7", says_zh="政府购买",
                              says="Public purchases: spending other than pay, public works and payments to persons")
    last_public_purchases = column(unit="million CNY", says="Public purchases of last year", kind="flow")
    duty_free_sales = column(unit="million CNY", kind="flow", keep="county", section="2.1", says_zh="离岛免税销售增量",
                             says="Duty-free sales beyond those under the 2018 allowance")
    duty_free_goods = column(unit="million CNY", kind="flow", section="2.1",
                             says="Goods from outside in these sales")
    duty_free_value = column(unit="million CNY", kind="flow", keep="county", section="2.1", says_zh="离岛免税增加值",
                             says="Value added of duty-free retailers in these sales")
    purchases_local = column(unit="million CNY", kind="flow", keep="county", section="8.2", says_zh="本地政府购买",
                             says="Last year's public purchases supplied by local services, as value added")
    purchases_imported = column(unit="million CNY", kind="flow", keep="county", section="8.2", says_zh="外购政府购买",
                                says="Last year's public purchases supplied from elsewhere")
    last_investment = column(unit="million CNY", says="Investment of last year, private and public", kind="flow")
    factor_taxes = column("sector", unit="million CNY", says="Taxes on value added", kind="flow")
    factor_wages = column("sector", unit="million CNY", says="Wages paid", says_zh="劳动报酬", kind="flow", keep="all")
    factor_capital = column("sector", unit="million CNY", says="Return to capital", kind="flow")
    factor_land = column("sector", unit="million CNY", says="Rent of land in production", kind="flow")
    pay_wedge = column("market_sector", unit="million CNY", kind="flow",
                       says="Pay above the marginal product of labour, borne by owners of capital")
    visitor_part = column(unit="share", says="Share of the province's visitors", says_zh="游客份额", kind="index",
                          keep="county", section="2.1")
    investment = column("sector", unit="million CNY", says="Private investment", says_zh="民间投资", kind="flow",
                        keep="county")
    capital_cost = column("market_sector", unit="share per year", says="User cost of capital", kind="index",
                          section="2.1")
    productivity_gap = column("market_sector", unit="log", says="Log gap of productivity to the frontier",
                              kind="index", section="5")
    productivity_premium = column("market_sector", unit="1/year", says="Productivity growth added by policies",
                                  kind="index", section="2.1")
    project_investment = column("sector", unit="million CNY", says="Private investment in named projects",
                                says_zh="重大项目投资", kind="flow", keep="all", section="4.1")
    labour_income = column("zone", unit="million CNY", says="Labour income of residents before contributions",
                           kind="flow")
    pay_over_yield = column("zone", unit="log", says="Pay of residents over the yield of their labour", kind="index")
    work_yield = column("zone", unit="CNY", says="Yield of residents' labour at market wages, per resident")
    pay_behind = column("zone", unit="log", says="Gap that pay has accumulated against the yield of labour",
                        kind="index")
    pay_from_owners = column("zone", unit="million CNY", kind="flow",
                             says="Pay above the yield of residents' labour, borne by owners outside")
    social_contributions = column("zone", unit="million CNY", says="Social contributions of employees", kind="flow")
    farm_rent_away = column(unit="million CNY", says="Farm rent paid to rights holders outside Hainan", kind="flow")
    farm_rent_per_right = column(unit="CNY", says="Farm rent of a rights holder residing at home", kind="flow")
    farm_rent = column("zone", unit="million CNY", says="Farm rent received by residents", kind="flow")
    property_income = column("zone", unit="million CNY", says="Property income received by residents", kind="flow")
    capital_outside = column("sector", unit="million CNY", keep="county", section="5", says_zh="省外所有资本", says=(
        "Capital built by central enterprises and institutes with outside funds"))
    investment_outside = column(
        "sector", unit="million CNY", kind="flow", keep="all", section="5", says_zh="省外资金投资",
        says="Investment financed from outside, within named projects")
    talent_relief_share = column("zone", unit="share", kind="index", section="2.1",
                                 says="Income tax above the cap in the pay of college-educated workers")
    talent_relief = column("zone", unit="million CNY", kind="flow", keep="county", section="2.1",
                           says_zh="高端紧缺人才个人所得税减免", says="Income tax relief for talent")
    duty_saved = column(unit="million CNY", kind="flow", keep="county", section="2.1", says_zh="免征关税额",
                        says="Import duty forgone by the centre on equipment and inputs of firms")
    profit_outside = column(unit="million CNY", says="Net profits of owners elsewhere",
                            says_zh="流出的资本净收益", kind="flow", keep="all", section="1")
    pensions = column("zone", unit="million CNY", kind="flow", keep="all", section="7", says_zh="养老金",
                      says="Pensions received: employees' scheme in urban zones, residents' scheme in rural zones")
    living_allowance = column(unit="million CNY", says="Minimum living allowance and relief of rural residents",
                              says_zh="农村低保与救助", kind="flow", keep="county", section="7")
    farm_support = column(unit="million CNY", says="Farm and forest subsidies of rural residents", says_zh="农林补贴",
                          kind="flow", keep="county", section="7")
    remittances = column("zone", unit="million CNY", says="Remittances received from outside Hainan", kind="flow",
                         section="5")
    disposable_income = column("zone", unit="million CNY", says="Disposable income of residents by zone",
                               says_zh="居民可支配收入", kind="flow", keep="headline", section="1")
    poorest_income = column(unit="CNY", says="Income per head of the poorest fifth of residents",
                            says_zh="最低收入五分之一居民人均收入", kind="flow", keep="county", section="1")
    basic_living = column(unit="ratio", says="Income of the poorest fifth of residents over the provincial median",
                          says_zh="最低收入五分之一居民收入与全省中位数之比", kind="flow", keep="headline", section="1")
    poverty = column("zone", unit="share", says="Residents below the poverty line", says_zh="贫困发生率", kind="flow",
                     keep="county", section="1")
    income_beside = column("zone", unit="CNY", says="Other income of an adult, besides wage, farm rent and pension",
                           kind="flow")
    income_skill = column("zone", "skill", unit="CNY", says="Mean income of a resident worker, by zone and skill",
                          kind="flow")
    pension_level = column("zone", unit="CNY", says="Pension of a retired resident", kind="flow")
    expected_income = column("zone", "skill", unit="CNY", says="Expected income of a mover")

    # output by use, and warnings
    consumption = column(unit="million CNY", says="Consumption of households", says_zh="居民消费", kind="flow",
                         keep="county", section="1")
    government = column(unit="million CNY", says="Consumption of the county government", says_zh="政府消费",
                        kind="flow", keep="county", section="7")
    capital_formation = column(unit="million CNY", says="Investment, private, public and in homes",
                               says_zh="资本形成总额", kind="flow", keep="county", section="1")
    net_exports = column(unit="million CNY", says="Net exports of the county: output less its use here",
                         says_zh="市县外净流出", kind="flow", keep="county", section="1")
    warnings = column(unit="lights", says="Orange and red warning lights published", says_zh="已发布橙红预警灯数",
                      kind="flow", keep="county", section="9.2", dtype="int64")

    # public finance
    tax_base_general = column(unit="million CNY", says="Shared taxes collected", says_zh="共享税", kind="flow",
                              section="8.2")
    tax_base_property = column(unit="million CNY", says="Real-estate taxes collected", says_zh="房地产相关税收",
                               kind="flow", keep="county", section="8.2")
    tax_base_local = column(unit="million CNY", says="County-fixed taxes collected", says_zh="市县固定税收",
                            kind="flow", section="6.2")
    nontax_revenue = column(unit="million CNY", says="Non-tax revenue of the general budget", says_zh="非税收入",
                            kind="flow", section="8.2")
    tax_rate = column("sector", unit="share of value added", says="Taxes per value added, all tiers", kind="index",
                      section="6.2")
    tax_parks = column(unit="million CNY", says="Taxes on what industry, marine and high-tech firms make on park land",
                       says_zh="重点园区税收（工业、海洋、高新技术）", kind="flow", keep="county", section="2.1")
    tax_collected = column(unit="million CNY", says="Taxes collected in the county, all tiers", says_zh="辖区税收总额",
                           kind="flow", keep="county", section="8.2")
    tax_to_centre = column(unit="million CNY", says="Taxes to the centre", says_zh="上划中央税收", kind="flow",
                           keep="county", section="8.2")
    tax_to_province = column(unit="million CNY", says="Taxes to the province", says_zh="上划省级税收", kind="flow",
                             keep="county", section="8.2")
    own_revenue = column(unit="million CNY", says="Own general budget revenue", says_zh="一般公共预算收入", kind="flow",
                         keep="county", section="8.2")
    standard_heads = column(unit="persons", says="Standard users: residents weighted by the cost of serving them",
                            kind="flow", section="8.2")
    cost_factor = column(unit="ratio", kind="index", section="8.2",
                         says="Cost of serving a standard user relative to a coastal county of mean size")
    standard_need = column(unit="million CNY", says="Standard expenditure", says_zh="标准财政支出", kind="flow",
                           keep="county", section="8.2")
    standard_capacity = column(unit="million CNY", says="Standard revenue", says_zh="标准财政收入", kind="flow",
                               keep="county", section="8.2")
    transfer_base = column(unit="million CNY", says="Hold-harmless base, rewards and other fixed transfers",
                           says_zh="体制补助与返还", kind="flow", keep="county", section="8.2")
    transfer_equalisation = column(unit="million CNY", says="Equalisation transfer", says_zh="均衡性转移支付",
                                   kind="flow", keep="county", section="8.2")
    transfer_ecology = column(unit="million CNY", says="Ecology transfer", says_zh="重点生态功能区转移支付",
                              kind="flow", keep="county", section="8.2")
    transfer_weak_area = column(unit="million CNY", says="Transfer to weak areas", says_zh="民族老区贫困地区转移支付",
                                kind="flow", keep="county", section="8.2")
    transfers = column(unit="million CNY",
                       says="Transfers of the province except emergency transfers: the sum of the five",
                       kind="flow", section="8.2")
    counted_transfers = column(unit="million CNY", kind="flow", section="8.2", says=(
        "Other transfers counted as capacity in next year's equalisation"))
    hold_harmless = column(unit="million CNY", says="Loss from the tax reform, at 2017 accounts", kind="stock")
    last_tax_general = column(unit="million CNY", says="Shared taxes of last year", kind="flow")
    transfer_earmarked = column(unit="million CNY", says="Earmarked transfer", says_zh="专项转移支付", kind="flow",
                                keep="county", section="7")
    earmark_repair = column(unit="million CNY", says="Earmarked for coastal restoration, part of earmarked transfers",
                            says_zh="专项：海岸带整治修复", kind="flow", keep="all", section="2.3")
    earmark_projects = column(unit="million CNY", says="Earmarked for major projects, part of earmarked transfers",
                              says_zh="专项：重大项目", kind="flow", keep="all", section="6.2")
    transfer_emergency = column(unit="million CNY", says="Emergency transfer of the province", says_zh="应急转移支付",
                                kind="flow", keep="county", section="8.3")
    transfer_aid = column(unit="million CNY", kind="flow", keep="county", section="5", says_zh="对口帮扶资金",
                          says="Paired assistance from outside Hainan for public services of the county")
    social_subsidy = column(unit="million CNY", says="Subsidy to social insurance, paid by the province",
                            says_zh="社会保险补助", kind="flow", keep="all", section="7")
    land_price = column(unit="million CNY per ha", says="Price of urban land", says_zh="土地价格", kind="flow",
                        keep="county", section="3.2")
    land_revenue = column(unit="million CNY", says="Net land revenue (fund account), before reclamation",
                          says_zh="土地出让净收入", kind="flow",
                          keep="county", section="3.2")
    fund_resources = column(unit="million CNY", says="Fund account resources available for public works",
                            says_zh="政府性基金可用财力", kind="flow", keep="county", section="8.2")
    sea_use_fees = column(unit="million CNY", says="Fees for the use of the sea", says_zh="海域使用金", kind="flow",
                          keep="county", section="2.3")
    resource_value = column(unit="million CNY", kind="flow", keep="county", section="6.2", says_zh="资源开采业增加值",
                            says="Value added of oil, gas and ore extraction, part of industry")
    resource_rent = column(unit="million CNY", kind="flow", keep="county", section="6.2", says_zh="资源租金",
                           says="Rent of oil, gas and ore, part of the profit of industry")
    resource_due = column(unit="million CNY", kind="flow", section="6.2",
                          says="Share of that rent due to the county under the sharing rule")
    resource_benefit = column(unit="million CNY", kind="flow", keep="county", section="6.2", says_zh="资源利益共享收入",
                              says="Resource rent paid to the county by owners outside")
    land_rent_county = column(unit="million CNY", says="County share of rents of collective and state-farm land",
                              says_zh="集体和农垦用地市县收益", kind="flow", keep="county", section="3.2")
    land_rent_paid = column(unit="million CNY", says="Rent paid for collective, homestead and state-farm land",
                            kind="flow", section="3.2")
    collective_land_income = column(unit="million CNY", says="Land income of villages that reaches rural residents",
                                    says_zh="集体土地收益", kind="flow", keep="county", section="3.2")
    horizontal_quota = column(unit="million CNY", says="Net receipts from quota trade",
                              says_zh="指标交易净收入", kind="flow", keep="county", section="3.2")
    horizontal_compensation = column(unit="million CNY",
                                     says="Net receipts from farmland compensation between counties",
                                     says_zh="占补平衡交易净收入", kind="flow", keep="county", section="3.2")
    horizontal_enclave = column(unit="million CNY", says="Net receipts from sharing the taxes of enclaves",
                                says_zh="飞地税收分享净收入", kind="flow", keep="county", section="3.2")
    spending_reclamation = column(unit="million CNY", says="Spending on reclaiming land", says_zh="土地复垦支出",
                                  kind="flow", keep="county", section="3.2")
    quota_proceeds_paid = column(unit="million CNY", says="Proceeds of reclaimed quota paid to villages and farms",
                                 says_zh="返还农户、集体和农场的指标收益", kind="flow", keep="county", section="3.2")
    spending_current = column(unit="million CNY", says="Current spending: guarantees and services", kind="flow",
                              section="7")
    budget_resources = column(unit="million CNY", says="Resources of the general budget", says_zh="可用财力",
                              kind="flow", keep="county", section="8.2")
    guarantees_due = column(unit="million CNY", says="Spending required for the three guarantees", kind="flow",
                            section="8.2")
    money_for_works = column(unit="million CNY", says="General budget resources available for public works",
                             kind="flow", section="8.2")
    money_lacking = column(unit="million CNY", says="Shortfall on debt service and guarantees", kind="flow",
                           section="8.3")
    spending_floor = column(unit="million CNY", says="Spending on the three guarantees", says_zh="三保支出",
                            kind="flow", keep="county", section="8.2")
    spending_services = column("service", unit="million CNY", says="Spending on public services",
                               says_zh="公共服务支出", kind="flow", keep="county", section="7")
    spending_training = column(unit="million CNY", says="Spending on training", says_zh="培训支出", kind="flow",
                               keep="all", section="2.2")
    spending_ecology = column(unit="million CNY", says="Spending on ecology", says_zh="节能环保支出", kind="flow",
                              keep="county", section="6.1")
    spending_public_works = column(unit="million CNY",
                                   says="Capital spending on public works (the rest goes to services)",
                                   kind="flow")
    spending_capital = column(unit="million CNY", says="Capital spending", says_zh="基本建设支出", kind="flow",
                              keep="county", section="8.2")
    interest = column(unit="million CNY", says="Interest on debt", says_zh="债务付息", kind="flow", keep="county",
                      section="8.3")
    capital_plan = column(unit="million CNY", says="Planned capital spending of a county, special bonds included",
                          says_zh="政府投资计划", kind="flow", keep="all", section="8.3")
    borrowing = column(unit="million CNY", says="New debt", says_zh="新增债务", kind="flow", keep="county",
                       section="8.3")
    repayment = column(unit="million CNY", says="Debt repaid", says_zh="债务还本", kind="flow", keep="county",
                       section="8.3")
    debt = column(unit="million CNY", says="Debt", says_zh="政府债务余额", keep="county", section="8.3")
    leverage_light = column(unit="0 green, 1 yellow, 2 orange, 3 red", says="Debt light", says_zh="债务预警灯",
                            kind="index", keep="county", section="8.3", dtype="int64")
    cash = column(unit="million CNY", says="Cash balance", says_zh="财政结余", keep="all", section="8.3")
    public_capital = column(unit="million CNY", says="Public capital", says_zh="公共资本存量", keep="county",
                            section="2.1")
    public_capital_held = column(unit="million CNY", kind="flow", says=(
        "Public capital withheld where its stock is held fixed; zero in all other runs"))

    # homes, seasonal residents, storms
    seasonal_residents = column(unit="persons", says="Seasonal residents from the north", says_zh="候鸟人口",
                                kind="flow", keep="county", section="2.1")
    seasonal_budget = column(unit="million CNY", says="Spending power of seasonal residents while here",
                             says_zh="候鸟人口在琼消费能力", kind="flow", keep="all", section="2.1")
    outside_home_budget = column(unit="million CNY", says="Income of outside home owners", kind="stock")
    outside_home_wanted = column(unit="million CNY", kind="flow",
                                 says="Income of outside home owners in the absence of purchase rules")
    homes_absorbed = column(unit="share", says="Share of homes and land for sale that finds a buyer", kind="flow")
    house_rent = column(unit="CNY per m2", says="Yearly rent of urban homes", says_zh="住房年租金", kind="flow",
                        keep="county", section="3.2")
    house_price = column(unit="CNY per m2", says="Price of urban homes", says_zh="住房价格", kind="flow", keep="county",
                         section="3.2")
    rent_growth_expected = column(unit="share per year", says="Growth of rents that buyers expect", kind="index")
    housing_stock = column(unit="m2", says="Urban homes, those of outside owners included", says_zh="城镇住房存量",
                           keep="county", section="3.2")
    homes_completed = column(unit="m2", says="Urban homes finished", says_zh="城镇住房竣工面积",
                             kind="flow", keep="county", section="3.2")
    homes_brought = column(unit="m2", says="Homes in places reclassified as urban", says_zh="就地城镇化住房",
                           kind="flow", keep="all", section="3.2")
    homes_sold = column(unit="m2", says="Homes sold, new and used", says_zh="住房销售面积", kind="flow", keep="county",
                        section="3.2")
    housing_investment = column(unit="million CNY", says="Investment in homes", says_zh="住房投资", kind="flow",
                                keep="county", section="3.2")
    housing_income = column(unit="million CNY", says="Net rents received by residents next year", kind="flow")
    land_reserve = column(unit="ha", says="Unsold residential land", says_zh="待出让住宅用地",
                          keep="all", section="3.2")
    residential_sold = column(unit="ha", says="Residential land sold", says_zh="住宅用地出让面积", kind="flow",
                              keep="all", section="3.2")
    land_price_residential = column(unit="million CNY per ha", says="Price of residential land", says_zh="住宅用地价格",
                                    kind="flow", keep="all", section="3.2")
    land_price_industrial = column(unit="million CNY per ha", says="Price of industrial land", says_zh="产业用地价格",
                                   kind="flow", keep="all", section="3.2")
    property_base = column(unit="million CNY", says="Base of property taxes: sales of homes and appreciation of land",
                           says_zh="房地产税基", kind="flow", keep="all", section="8.2")
    typhoon_damage = column(unit="share", says="Capital destroyed by typhoons", says_zh="台风损毁资本比例", kind="flow",
                            keep="county")
    damage_value = column(unit="million CNY", says="Value of capital and homes destroyed", says_zh="台风损失",
                          kind="flow", keep="county")
    productivity_shock = column(unit="log", says="Productivity shock of the year", says_zh="生产率冲击", kind="flow",
                                keep="all")

    # services and access
    service_aid = column("service", unit="million CNY", kind="flow",
                         says="Services provided in kind, billed to the province a year later",
                         keep="all", section="5")
    service_held = column("service", unit="million CNY", kind="flow", says=(
        "Service stocks withheld where they are held fixed; zero in all other runs"))
    service_stock = column("service", unit="million CNY", says="Stock of public services", says_zh="公共服务存量",
                           keep="county", section="7")
    service_level = column("service", unit="base-year mean = 1", says="Accessible service level per user",
                           says_zh="公共服务水平", kind="flow", keep="county", section="7")
    service_index = column(unit="base-year mean = 1", says="Service index of a fully entitled resident",
                           says_zh="公共服务指数", kind="flow", keep="headline", section="7")
    entitlement = column(unit="share", says="Mean entitlement of residents to local services", says_zh="服务享有度",
                         kind="flow", keep="headline", section="7")
    service_zone = column("zone", unit="base-year mean = 1", says="Service index by zone", says_zh="城乡公共服务指数",
                          kind="flow", keep="county", section="8.2")
    hukou_open_reached = column(unit="share", kind="index", section="3.2",
                                says="Openness of registration: initial openness plus the lever's effect")
    minutes = column("destination", unit="minutes", says="Travel time to each county and to the outside", kind="index")
    minutes_effective = column("destination", unit="minutes", says="Travel time including administrative border time",
                               kind="index")
    minutes_goods = column(unit="minutes", says="Travel time of goods to the mainland, by strait or port", kind="index",
                           section="4.2")
    border_minutes = column(unit="minutes", says="Mean border time on the way to another county",
                            says_zh="行政边界时间成本", kind="index", keep="county", section="9.1")
    business_env = column(unit="share", says="Business environment", says_zh="营商环境", keep="county", section="3.1")
    helped = column(unit="0 or 1",
                    says="Among the third of counties with the lowest income per head, which receive help",
                    says_zh="受帮扶市县", kind="index", keep="all", section="5", dtype="int64")
    cooperation = column(unit="ratio", says="Catch-up speed with cooperation relative to none",
                         says_zh="区域合作追赶系数", kind="index", keep="county", section="5")
    market_inside = column(unit="persons", says="Residents of the island discounted by travel time", kind="index",
                           section="2.1")
    market_outside = column(unit="population of Hainan", says="Market outside Hainan discounted by travel time",
                            kind="index", section="2.1")
    access = column(unit="base-year mean = 1", says="Market access by travel time", says_zh="交通可达性", kind="flow",
                    keep="county", section="2.1")
    outside_access = column(unit="own base year = 1", says="Access to markets outside Hainan", says_zh="省外市场可达性",
                            kind="index", keep="county", section="4.2")
    network_coverage = column("zone", unit="share", says="Households with the five networks", says_zh="五网覆盖率",
                              kind="index", keep="county", section="3.2")
    market_link = column(unit="ratio", says="Market access relative to that without closer links to the mainland",
                         says_zh="对接国家区域战略带来的市场可达性倍数", kind="index", keep="all", section="2.1")

    # land, hectares
    land_cultivated = column(unit="ha", says="Cultivated land", says_zh="耕地", keep="county", section="3.2")
    land_garden = column(unit="ha", says="Garden and rubber land", says_zh="园地", keep="county", section="3.2")
    land_forest_park = column(unit="ha", says="Forest in the national park", says_zh="国家公园林地", keep="all",
                              section="2.2")
    land_forest = column(unit="ha", says="Other forest", says_zh="其他林地", keep="county", section="6.2")
    land_residential = column(unit="ha", says="Urban residential land", says_zh="城镇住宅用地", keep="county",
                              section="3.2")
    land_industrial = column(unit="ha", says="Industrial, commercial and park land", says_zh="产业用地", keep="county",
                             section="3.2")
    land_rural = column(unit="ha", says="Rural construction land", says_zh="农村建设用地", keep="county", section="3.2")
    land_infrastructure = column(unit="ha", says="Infrastructure land", says_zh="交通水利用地", keep="county",
                                 section="2.1")
    land_wet = column(unit="ha", says="Wetland and water", says_zh="水域湿地", keep="all", section="6.2")
    land_other = column(unit="ha", says="Other land", says_zh="其他土地", keep="all", section="3.2")
    quota = column(unit="ha", says="Construction-land quota allotted", says_zh="新增建设用地指标", kind="flow",
                   keep="county", section="8.1")
    converted = column(unit="ha", says="Land converted to construction, sea included", says_zh="新增建设用地",
                       kind="flow", keep="county", section="3.2")
    new_urban = column(unit="ha", says="New residential and industrial land", kind="flow")
    urban_density = column(unit="persons per ha", says="Urban residents per urban hectare", kind="index")
    quota_balance = column(unit="ha", says="Quota carried over", says_zh="结转指标", keep="all", section="3.2")
    quota_infrastructure = column(unit="ha",
                                  says="Quota reserved for cross-county infrastructure and livelihood projects",
                                  says_zh="跨区域基础设施和民生用地保障指标", kind="flow", keep="all", section="8.1")
    quota_reclaimed = column(unit="ha", says="Quota gained by reclaiming idle rural and state-farm construction land",
                             says_zh="复垦腾退指标", kind="flow", keep="county", section="3.2")
    quota_state_farm = column(unit="ha", says="Reclaimed quota gained by state farms", kind="flow",
                              section="3.2")
    quota_enclave = column(unit="ha", says="Quota received for hosting enclaves, less quota passed to hosts",
                           says_zh="飞地指标净流入", kind="flow", keep="county", section="3.2")
    quota_traded = column(unit="ha", says="Quota bought less quota sold", says_zh="指标净购入", kind="flow",
                          keep="county", section="3.2")
    quota_offered = column(unit="ha", says="Quota offered on the market", kind="flow", section="3.2")
    quota_demand = column(unit="ha", says="Quota demanded at a price of 1 million CNY per ha", kind="flow",
                          section="3.2")
    quota_kept = column(unit="ha", says="Quota a county keeps", kind="flow", section="3.2")
    land_convertible = column(unit="ha", says="Land available for conversion in a year", kind="flow",
                              section="3.2")
    quota_linked = column(unit="ha", says="Quota that comes with its own reclaimed farmland", kind="flow",
                          section="3.2")
    enclave_right = column("destination", unit="ha", says="Quota passed to the host of an enclave", kind="flow",
                           section="3.2")
    land_use_right = column(unit="ha", says="Land a county may convert: quota of all kinds within its caps",
                            says_zh="可用建设用地指标", kind="flow", keep="all", section="3.2")
    land_value = column(unit="million CNY per ha", says="Value of a converted hectare to the county",
                        says_zh="新增建设用地边际价值", kind="flow", keep="county", section="3.2")
    land_barred = column(unit="share", says="Share of conversion barred by ecological and land control",
                         says_zh="禁止或管控的新增建设用地比例", kind="index", keep="all", section="8.1")
    quota_in_all = column(unit="ha", says="Quota of all kinds held by a county", kind="flow", section="3.2")
    new_industry = column(unit="ha", says="New industrial land, enclaves apart", kind="flow", section="3.2")
    new_enclave = column(unit="ha", says="New industrial land of enclaves hosted", kind="flow",
                         section="3.2")
    cultivated_planned = column(unit="ha", says="Cultivated land to be converted", kind="flow", section="3.2")
    land_reclaimable = column(unit="ha", says="Land that can be turned into cultivated land", kind="flow",
                              section="3.2")
    cultivated_to_match = column(unit="ha", says="Conversion within the red line that requires compensation",
                                 kind="flow", section="3.2")
    cultivated_matched = column(unit="ha", says="Compensated conversion of cultivated land",
                                says_zh="落实占补平衡的占用耕地", kind="flow", keep="all", section="3.2")
    cultivated_linked = column(unit="ha", says="Conversion compensated by the land that was reclaimed for the quota",
                               kind="flow", section="3.2")
    cultivated_converted = column(unit="ha", says="Cultivated land converted to construction", says_zh="占用耕地",
                                  kind="flow", keep="county", section="3.2")
    cultivated_reclaimed = column(unit="ha", says="Cultivated land reclaimed to compensate conversion",
                                  says_zh="补充耕地", kind="flow", keep="county", section="3.2")
    compensation_price = column(unit="million CNY per ha", says="Price of compensating a hectare of cultivated land",
                                says_zh="占补平衡成本", kind="flow", keep="county", section="3.2")
    land_reclaimed = column(unit="ha", says="Reclaimed part of cultivated land", says_zh="补充耕地累计", keep="all",
                            section="3.2")
    redline_ratio = column(unit="ratio", says="Quality-adjusted cultivated land over the red line",
                           says_zh="耕地与红线之比", kind="index", keep="county", section="3.2")
    land_collective = column(unit="ha", says="Idle rural land brought into use as collective operating land",
                             says_zh="入市集体经营性建设用地", keep="county", section="3.2")
    land_homestead = column(unit="ha", says="Idle homesteads leased to local services", says_zh="盘活闲置宅基地",
                            keep="county", section="3.2")
    land_state_farm = column(unit="ha", says="Idle state-farm land brought into use", says_zh="盘活农垦存量用地",
                             keep="county", section="3.2")
    park_share = column(unit="share", says="Share of industrial, marine and high-technology land in provincial parks",
                        says_zh="省级园区用地占比", keep="county", section="3.2")
    enclave_land = column("destination", unit="ha", says="Enclave land of a county in the parks of others",
                          says_zh="飞地园区用地", keep="all", section="3.2")
    enclave_output = column(unit="million CNY",
                            says="Value added on a county's enclave land, recorded in the host counties",
                            says_zh="飞地增加值", kind="flow", keep="county", section="3.2")
    enclave_tax = column(unit="million CNY", says="County-level revenue from the output of a county's enclaves",
                         says_zh="飞地市县级收入", kind="flow", keep="all", section="3.2")
    land_sea = column(unit="ha", says="Land reclaimed from the sea since the base year", says_zh="填海造地累计",
                      keep="county", section="2.3")
    sea_reclaimed = column(unit="ha", says="Land reclaimed from the sea this year", says_zh="填海造地", kind="flow",
                           keep="county", section="2.3")

    # ecology
    load_people = column("way", unit="t/year", says="Load of residents and fields before abatement, by pathway",
                         kind="flow", section="6.1")
    load_sectors = column("way", unit="t/year", says="Load of sectors before abatement, by pathway",
                          kind="flow", section="6.1")
    load_made = column(unit="t/year", says="Load to rivers before abatement", kind="flow", section="6.1")
    water_load = column(unit="t/year", says="Load discharged to rivers, ammonia-nitrogen equivalent",
                        says_zh="入河污染负荷（氨氮当量）", kind="flow", keep="county", section="6.1")
    water_index = column(unit="class III limit = 1", says="Mean river quality where people live",
                         says_zh="河流水质指数", kind="flow", keep="county", section="6.1")
    water_worst = column(unit="class III limit = 1", says="Quality at the worst section", says_zh="最差断面水质指数",
                         kind="flow", keep="county", section="6.1")
    water_good = column(unit="share", says="Sections at class III or better", says_zh="优良断面比例", kind="flow",
                        keep="county", section="6.1")
    treatment = column(unit="share", says="Urban load removed by sewage works", says_zh="城镇污水处理率",
                       kind="index", keep="all", section="6.1")
    treatment_cost = column(unit="million CNY", says="Ecology spending on new sewage works", says_zh="污水设施投入",
                            kind="flow", keep="all", section="6.1")
    abatement = column(unit="share", says="Load abated by ecology spending", says_zh="污染减排率", keep="county",
                       section="6.1")
    cost_of_fold = column(unit="million CNY", says="Cost of reducing the county's load by a factor of e", kind="flow",
                          section="6.1")
    load_folds = column(unit="e-folds", says="Log reduction of load from this year's ecology spending", kind="flow",
                        section="6.1")
    water_received = column(unit="million CNY", says="Horizontal compensation received from other counties",
                                   says_zh="横向生态补偿收入", kind="flow", keep="county", section="6.1")
    water_paid = column(unit="million CNY", says="Horizontal compensation paid to other counties",
                               says_zh="横向生态补偿支出", kind="flow", keep="county", section="6.1")
    water_award = column(unit="million CNY", says="Provincial awards for clean sections, net",
                                says_zh="省级生态补偿奖补", kind="flow", keep="county", section="6.1")
    water_stake = column(unit="million CNY", says="Payments at stake in the county's water tests", kind="flow",
                                section="6.1")
    national_park_cost = column(unit="million CNY", says="County share of the cost of the national park",
                                says_zh="国家公园市县支出", kind="flow", keep="county", section="6.2")
    resettlement_planned = column(unit="persons", says="Persons to be resettled from the core of the park", kind="flow",
                                  section="2.2")
    resettled = column(unit="persons", says="Persons resettled from the park", says_zh="生态搬迁人口", kind="flow",
                       keep="all", section="2.2", dtype="int64")
    industry_open = column(unit="share", says="Share of desired industrial growth that the park permits",
                           kind="index", section="2.2")
    industry_reference = column(unit="million CNY",
                                says="Industrial capital of 2019 (before 2019: of the current year)",
                                kind="index", section="6.1")
    industry_limit = column(unit="million CNY", says="Industrial capital allowed by an environmental cap",
                            kind="index", section="6.1")
    emissions = column(unit="t CO2", says="Carbon dioxide emissions", says_zh="二氧化碳排放", kind="flow",
                       keep="county", section="6.1")
    emissions_industry = column(unit="t CO2", says="Carbon dioxide emissions of industry", says_zh="工业二氧化碳排放",
                                kind="flow", keep="all", section="6.1")
    net_emissions = column(unit="t CO2", says="Emissions less offsets bought", says_zh="净排放", kind="flow",
                           keep="county", section="6.1")
    offsets_bought = column(unit="t CO2", says="Offsets bought", says_zh="购入碳汇", kind="flow", keep="county",
                            section="6.1")
    offsets_sold = column(unit="t CO2", says="Certified sinks sold", says_zh="售出碳汇", kind="flow", keep="county",
                          section="3.3")
    offset_cost = column(unit="million CNY", says="Cost of offsets, borne by industry",
                         says_zh="碳抵消支出", kind="flow", keep="all", section="6.1")
    carbon_budget = column(unit="million CNY", says="Sink revenue of the county budget", says_zh="碳汇财政收入",
                           kind="flow", keep="county", section="3.3")
    carbon_income = column(unit="million CNY", says="Sink revenue of rural residents", says_zh="农村碳汇收入",
                           kind="flow", keep="county", section="3.3")


class County(TableAgent):
    """A county as an agent; attributes read and write its row, e.g. `county.debt`."""

    def __init__(self, model, row: int, code: int, name_en: str, name_zh: str):
        super().__init__(model, model.counties, row)
        self.code, self.name_en, self.name_zh = code, name_en, name_zh
        self.unique_id = code  # the key used by Mesa's data collector

    def __repr__(self) -> str:
        return f"County({self.code} {self.name_en})"
