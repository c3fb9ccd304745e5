"""What the answers of the report say, in English and in Chinese; every sentence once. `words` joins them to its own."""

from __future__ import annotations

PHRASES: dict[str, tuple[str, str]] = {
    # the verdict
    "ask_gaps": ("Do the gaps between counties narrow?", "市县差距是否缩小？"),
    "word_narrower": ("They narrow by every measure", "各项指标均显示差距缩小"),
    "word_mostly_narrower": ("They narrow by {k} of {n} measures and widen by none",
                             "{n}项指标中{k}项显示差距缩小，无指标显示扩大"),
    "word_wider": ("They widen by every measure", "各项指标均显示差距扩大"),
    "word_mostly_wider": ("They widen by {k} of {n} measures and narrow by none",
                          "{n}项指标中{k}项显示差距扩大，无指标显示缩小"),
    "word_disagree": ("The measures disagree", "各项指标结论不一致"),
    "word_undecided": ("Undecided", "尚无定论"),
    "word_same": ("No difference", "没有差异"),
    "word_unknown": ("Not computed", "未计算"),
    "word_by_chance": (" (seeds only: uncertainty is not included)", "（仅反映随机波动，未计入不确定性）"),
    "word_by_alone": (" (one run)", "（仅一次运行）"),
    "word_by_few": (" (few draws)", "（抽样偏少）"),
    "verdict_policy": (
        "In {year}, “{scenario}” against “{reference}”: {clauses}.",
        "与“{reference}”相比，{year}年“{scenario}”下，{clauses}。"),
    "verdict_time": (
        "From {start} to {year} under “{scenario}”: {clauses}.",
        "{start}—{year}年，“{scenario}”下，{clauses}。"),
    "clause": ("in {what} the gap is {parts}", "{what}差距：{parts}"),
    "clause_same": ("in {what} the gap is the same in every pair", "{what}差距在每对运行中均相同"),
    "clause_all": ("{verdict} by all {n} measures ({first})", "{n}项指标均显示{verdict}（{first}）"),
    "clause_some": ("{verdict} by {names}", "{names}显示{verdict}"),
    "clause_valued": ("{name} ({value})", "{name}（{value}）"),
    "clause_first": ("{name} {value}", "{name}{value}"),
    "clause_undecided": ("undecided by {k} of {n} measures", "{n}项指标中{k}项尚无定论"),
    "clause_undecided_all": ("undecided by all {n} measures ({first})", "{n}项指标均无定论（{first}）"),
    "clause_none_decided": (
        "none of the {n} measures tells whether gaps are narrower or wider – {values}",
        "{n}项指标均不能判定差距缩小还是扩大——{values}"),
    "clause_value": ("{what} ({first})", "{what}（{first}）"),
    "value_join": (", ", "、"),
    "since": (
        " Over time, {start} to {year}, by Theil index: {values}.",
        "{start}—{year}年按泰尔指数的变化：{values}。"),
    "since_value": ("{what} {verdict} ({value})", "{what}{verdict}（{value}）"),
    "clause_equal": ("the same by {k} of {n} measures", "{n}项指标中{k}项无差异"),
    "clause_join": ("; ", "；"),
    "part_join": (", ", "，"),
    "no_gap": ("The results hold no measure of the gaps.", "结果中没有衡量差距的指标。"),
    "is_narrower": ("narrower", "缩小"),
    "is_wider": ("wider", "扩大"),
    "is_undecided": ("undecided", "尚无定论"),
    "is_same": ("the same", "相同"),
    "is_unknown": ("not computed", "未计算"),
    "gap_income": ("income at local living costs", "按当地生活成本计的实际收入"),
    "gap_output": ("output per head", "可比价人均地区生产总值"),
    "gap_services": ("public services", "公共服务"),
    "gap_title_income": ("Income at local living costs", "实际收入（按当地生活成本）"),
    "gap_title_output": ("Output per head in volume", "人均地区生产总值（可比价）"),
    "gap_title_services": ("Public services", "公共服务"),
    "measure_theil": ("Theil index", "泰尔指数"),
    "measure_cvu": ("unweighted variation", "未加权变异系数"),
    "measure_landcoast": ("coast over landlocked", "沿海/内陆"),
    "measure_top3bottom3": ("top three over bottom three", "前三/后三"),
    "measure_poorest": ("mean over the poorest fifth", "均值/最低五分之一"),
    "measure_theil_without": ("Theil index without {county}", "剔除{county}的泰尔指数"),
    "measure_theil_without_any": ("Theil without the largest contributor", "剔除最大贡献市县的泰尔指数"),
    "value_range": ("{middle}, {range}", "{middle}，{range}"),
    # the four lines
    "ask_sure": ("How certain, and why", "结论把握程度及依据"),
    "ask_thanks": ("Which provisions contribute", "哪些条款发挥了作用"),
    "ask_who": ("Who gains, who loses", "谁受益，谁受损"),
    "ask_trust": ("How far to trust the model", "模型可信程度"),
    "sure_interval": (
        "{pairs} pairs of runs over {draws} draws of {varied}; ranges contain {share} % of them.{between} The "
        "ranges do not cover what no draw varies, such as the structure of the model.",
        "{draws}次抽样（{varied}）、{pairs}对运行；区间包含其中{share}%。{between}模型结构本身的不确定性不在区间内"
        "。"),
    "sure_few": (
        "{pairs} pairs of runs over only {draws} draws of {varied}: too few for an interval, and the ranges say "
        "little. `python3 run.py batch STUDY --draws 19` gives an interval.",
        "仅{draws}次抽样（{varied}）、{pairs}对运行：抽样过少，所示范围仅供参考。`python3 run.py batch STUDY --"
        "draws 19` 可得到区间。"),
    "sure_chance": (
        "Not yet known: {pairs} seeds of one set of assumptions show random variation only, not uncertainty. "
        "`python3 run.py batch STUDY --draws 19` gives an interval.",
        "目前尚无法判断：同一组假设下的{pairs}个随机种子只反映随机波动，不构成不确定性区间。`python3 run.py b"
        "atch STUDY --draws 19` 可得到区间。"),
    "sure_alone": (
        "There is one run per scenario: differences may be due to chance, and no interval can be given.",
        "每个情景仅有一次运行：差异可能出于偶然，无法给出区间。"),
    "sure_nothing": (
        "No two runs share their draw and seed: no effect can be computed.",
        "没有可配对的运行，无法计算效应。"),
    "sure_overturned": (
        " A change of one or two assumptions overturns {n} of the verdicts; the nearest: {names}.",
        "改变一个或两个假设可推翻{n}项结论，最易被推翻的为：{names}。"),
    "sure_leaning_overturned": (
        " A change of one or two assumptions reverses the mean effect on {n} of the gaps (undecided, but mostly of one "
        "sign); the nearest: {names}.",
        "改变一个或两个假设可使{n}项差距的平均效应反向（这些效应尚不能判定，但多数运行同号），最易反向的为：{names}。"),
    "sure_not_overturned": (
        " No change of one or two assumptions within their ranges was confirmed to overturn it.",
        "在取值范围内改变一个或两个假设，均未证实能推翻结论。"),
    "sure_leans_on": (
        " The effect on the gap in {what} varies with {names} (rank correlation).",
        "{what}差距的效应主要随{names}变化（秩相关）。"),
    "sure_leans_on_none": (
        " None of the {n} parameters has an influence on the effect beyond what chance produces among so many.",
        "{n}个参数中，没有一个对效应的影响超出偶然范围。"),
    "followed": ("In {year}, the last year followed, the median run is off by {parts}. ",
                 "沿用历史至{year}年，当年中位运行与观测值之差：{parts}。"),
    "followed_part": ("{middle} % in {what} (median of {n} counties; at most {most} %, {county})",
                      "{n}个市县的{what}误差中位数{middle}%，最大{most}%（{county}）"),
    "followed_output": ("output", "地区生产总值"),
    "followed_residents": ("residents", "常住人口"),
    "sure_between": (
        " Of the variance of the effect on the Theil index of {what}, {share} % is between draws, the rest random "
        "variation.",
        "{what}泰尔指数效应的方差中，{share}%来自抽样间差异，其余为随机波动。"),
    "varied_data": ("base data", "基期数据"),
    "varied_numbers": ("{n} parameters", "{n}个参数"),
    "varied_nothing": ("unrecorded inputs", "未记录的输入"),
    "varied_and": (" and ", "与"),
    "sure_missing": (
        " {missing} runs are missing; only complete pairs are used.",
        "缺失{missing}次运行；只使用完整的配对。"),
    "thanks_measured": (
        "Measured separately{version}, each provision alone from none to full, on the Theil index of nominal income "
        "({seeds} seeds, chance only): {narrow}; {wide}; {rest} of {n} indistinguishable from zero. ",
        "另行测算{version}：各条款单独实施（由“无”到“充分”）对名义收入泰尔指数的影响（{seeds}个种子，仅反映随机波动）：{narrow}"
        "；{wide}；{n}项中{rest}项与零无法区分。"),
    "thanks_over_draws": (
        "Attribution over draws: `python3 run.py batch STUDY --attribute`.",
        "如需在多次抽样下分摊，可运行 `python3 run.py batch STUDY --attribute`。"),
    "thanks_other_code": (" by another version of the code", "（代码版本不同）"),
    "measured_title": (
        "All {n} effects of provisions measured separately, none to full",
        "另行测算的全部{n}项条款效应（由无到充分）"),
    "mean_cell": ("mean", "均值"),
    "thanks_none": (
        "This study does not run provisions separately. `python3 run.py batch STUDY --attribute` attributes the "
        "effect to the provisions: 40 short runs per draw, in the same folder.",
        "本研究没有单独运行各条款。`python3 run.py batch STUDY --attribute` 将效应分摊到各条款：每次抽样另需4"
        "0次运行，存于同一文件夹。"),
    "to_explorer": ("Explore by map, year and county", "按地图、年份、市县查询"),
    "thanks_shared": (
        "Theil index of {what}, {whole} in total (mean of {pairs} pairs{median}), decomposed over {n} provisions: "
        "{narrow}; {wide}; {rest} undecided or without effect.",
        "{what}泰尔指数，合计{whole}（{pairs}对的均值{median}），分摊到{n}项条款：{narrow}；{wide}；{rest}项尚无定论或无作用。"),
    "thanks_shared_next": (
        "Theil index of {what}, {whole} in total{median}: {narrow}; {wide}.",
        "{what}泰尔指数，合计{whole}{median}：{narrow}；{wide}。"),
    "thanks_median": ("; the median is {median}", "；中位数为{median}"),
    "thanks_part_short": ("{part} ({value})", "{part}（{value}）"),
    "thanks_shared_same": (
        "No provision: “{high}” and “{low}” give the same results.",
        "没有条款起作用：“{high}”与“{low}”结果相同。"),
    "thanks_shared_interval": (
        "Contributions add up; ranges contain {share} % of {pairs} pairs over {draws} draws, each with its own orders.",
        "各项贡献之和等于总效应；区间包含{draws}次抽样、{pairs}对运行的{share}%，每对运行的条款次序分别随机抽取。"),
    "thanks_shared_few": (
        "Contributions add up; ranges are those of {pairs} pairs over only {draws} draws and their orders, too few for "
        "an interval.",
        "各项贡献之和等于总效应；仅{draws}次抽样、{pairs}对运行及其次序，不足以构成区间。"),
    "thanks_shared_chance": (
        "Contributions add up; ranges reflect {pairs} seeds and orders under one set of assumptions, not uncertainty.",
        "各项贡献之和等于总效应；范围仅反映同一组假设下的{pairs}个种子与次序，不代表不确定性。"),
    "thanks_shared_alone": (
        "Contributions add up; a single pair of runs and its orders, so no range.",
        "各项贡献之和等于总效应；仅一对运行及其次序，无区间。"),
    "attribution_ranges_interval": (
        "bars: means, which add up; lines: {share} % of {n} pairs over {m} draws, each with its own {orders} orders "
        "(draws, orders and random variation together)",
        "横条：均值，各项之和等于合计；细线：{m}次抽样、{n}对运行的{share}%区间，每对各有{orders}种次序（含抽样、次序与随机"
        "波动）"),
    "attribution_ranges_few": (
        "bars: means, which add up; lines: {n} pairs over {m} draws (too few for an interval), each with its own "
        "{orders} orders",
        "横条：均值，各项之和等于合计；细线：{m}次抽样、{n}对运行（抽样偏少，不构成区间），每对各有{orders}种次序"),
    "attribution_ranges_chance": (
        "bars: means, which add up; lines: {n} seeds and their orders under one set of assumptions, not "
        "uncertainty",
        "横条：均值，各项之和等于合计；细线：同一组假设下{n}个种子及其次序，不代表不确定性"),
    "attribution_ranges_alone": (
        "bars: contributions, which add up; a single pair of runs with {orders} orders, so no range",
        "横条：各项贡献，其和等于合计；仅一对运行、{orders}种次序，无区间"),
    "attribution_axis": (
        "contribution to the change of the gap in {year} ({measure}), % (left: narrower)",
        "对{year}年差距变化的贡献（{measure}），%（左：缩小）"),
    "attribution_axis_levels": ("contribution to the change in {year}, %", "对{year}年变化的贡献，%"),
    "attribution_all": ("total", "合计"),
    "attribution_causal": ("causal levers only", "均为因果机制"),
    "attribution_assumed_size": ("some levers of assumed size", "部分措施的效应大小为假定"),
    "attribution_governance_scalar": ("governance: scales the others", "治理调节系数：影响其他条款的实施力度"),
    "attribution_monitored": ("monitored in part", "部分为监测"),
    "attribution_note": (
        "Provisions are switched from “{low}” to “{high}” one after another, in {orders} orders drawn for each pair of "
        "draw and seed (an order and its reverse). The contribution of a provision is the change when it is switched, "
        "averaged over the orders, so a joint effect is shared by the provisions that produce it. In every pair the "
        "contributions add up to the whole effect.",
        "按随机抽取的次序将各条款由“{low}”逐项改为“{high}”，每对抽样与种子各用{orders}种次序（一种及其反序）。某条款的贡献为其"
        "加入时的变化在各次序上的平均值，共同作用由相关条款分摊；每对运行中各项贡献之和等于总效应。"),
    "attribution_table": (
        "Contribution of every provision in {year}, % of “{low}” (mean; range in brackets)",
        "{year}年各条款的贡献，占“{low}”的%（均值；括号内为区间）"),
    "attribution_missing": (
        "{missing} runs of the attribution are missing; incomplete pairs are excluded.",
        "贡献分解所需的运行缺失{missing}次；不完整的配对未计入。"),
    "thanks_alone": (
        "Each part alone, on the Theil index of {what}: {narrow}; {wide}; {rest} of {n} undecided or without "
        "effect. Separate effects do not add up to the total effect.",
        "各部分单独实施对{what}泰尔指数的作用：{narrow}；{wide}；{n}项中{rest}项尚无定论或无作用。单独作用之"
        "和不等于总效应。"),
    "thanks_left_out": (
        "By omitting each part, on the Theil index of {what}: {narrow}; {wide}; {rest} of {n} undecided or "
        "without effect. These do not add up to the total effect.",
        "逐项剔除，对{what}泰尔指数的作用：{narrow}；{wide}；{n}项中{rest}项尚无定论或无作用。各项之和不等于总效应。"),
    "thanks_part": ("{part} ({value}; {kinds})", "{part}（{value}；{kinds}）"),
    "thanks_no_kind": ("several provisions", "多项条款"),
    "thanks_narrow": ("narrowed by {parts}", "缩小差距的有{parts}"),
    "thanks_wide": ("widened by {parts}", "扩大差距的有{parts}"),
    "thanks_no_narrow": ("narrowed by none", "没有条款缩小差距"),
    "thanks_no_wide": ("widened by none", "没有条款扩大差距"),
    "who_lead": (
        "Effects of “{scenario}” relative to “{reference}” in {year}.",
        "{year}年“{scenario}”相对“{reference}”的效应："),
    "who_line": ("{what}: {parts}.", "{what}，{parts}。"),
    "who_counties": (
        "{what} rises in {up} of {n} counties and falls in {down}.",
        "{n}个市县中，{up}个{what}上升，{down}个下降。"),
    "who_same": (
        "None: the two scenarios give the same results in every pair.",
        "无受益或受损方：两个情景的结果完全相同。"),
    "who_none": ("There is no second scenario to compare with.", "没有可比较的第二个情景。"),
    "who_undecided": (" (sign undetermined)", "（方向未定）"),
    "group_poor": ("poorest third of counties", "收入最低的三分之一市县"),
    "group_rich": ("richest third of counties", "收入最高的三分之一市县"),
    "group_landlocked": ("landlocked counties", "内陆市县"),
    "group_coast": ("coastal counties", "沿海市县"),
    "who_income": ("Income at local living costs", "实际收入"),
    "who_output": ("Output per head in volume", "人均地区生产总值（可比价）"),
    "who_population": ("Residents", "常住人口"),
    "trust_line": (
        "{word}. In {n} tests against history it outperforms a naive forecast in {better} and underperforms in "
        "{worse} (expected by chance: about {chance} each). Use differences between scenarios rather than "
        "levels.",
        "{word}。在{n}项历史检验中，{better}项优于、{worse}项劣于朴素预测（纯属偶然时各约{chance}项）。宜比较情"
        "景间差异，水平值仅供参考。"),
    "trust_origins": (
        "{word}: in forecasts from earlier years, 1-4 years ahead, it outperforms the best naive forecast in {better} "
        "of {series} series, underperforms in {worse} and is indistinguishable in {even}; {skilled} series meet the "
        "stated criterion of skill (docs/origins.md). Use differences between scenarios rather than levels.",
        "{word}：自更早年份起预测、提前1—4年，在{series}项序列中，{better}项优于、{worse}项劣于最佳朴素预测（简单外推），{even}项无法区分；"
        "达到既定预测能力标准的有{skilled}项（见docs/origins.md）。宜比较情景间差异，水平值仅供参考。"),
    "taken_back": (
        "The residuals of 2019-2021 cancel half or more of the assumed effect of {sections} (of {n} provisions under "
        "way by then). The pandemic falls in the same years, so this calls for caution but disproves nothing.",
        "在截至2021年已实施的{n}项条款中，2019—2021年的历史残差抵消了{sections}假定效果的一半以上；同期恰逢疫情，"
        "因此只提示应审慎解读，不足以否定其效果。"),
    "taken_back_none": (
        "Of the {n} provisions under way by 2021, none has half or more of its assumed effect cancelled by the "
        "residuals of 2019-2021.",
        "截至2021年已实施的{n}项条款中，没有一项的假定效果被2019—2021年的历史残差抵消一半以上。"),
    "trust_none": (
        "Not compared with history here; run `python3 run.py hindcast DIR`. Use differences rather than "
        "levels.",
        "此处未与历史比较；可运行 `python3 run.py hindcast DIR`。宜比较情景间差异，水平值仅供参考。"),
    "trust_word_better": ("Better than naive", "优于朴素预测"),
    "trust_word_worse": ("Worse than naive", "劣于朴素预测"),
    "trust_word_mostly_even": ("Mostly no better than naive", "大多不优于朴素预测"),
    "trust_word_even": ("Indistinguishable from naive", "与朴素预测难分优劣"),
    "two_made": ("{name} differs: {first} / {second}", "{name}不同：{first} / {second}"),
    "two_same_making": ("both studies were made in the same way", "两项研究的生成方式相同"),
    "two_nothing": (
        "the studies share no scenario with a measure of the gaps",
        "两项研究没有共同的、含差距指标的情景"),
    "two_counted": ("{differ} of {n} verdicts differ (marked *)", "{n}项结论中{differ}项不同（以*标记）"),
    "two_line": (
        "{mark} {scenario}, {what}, {name}: {first} {one} / {second} {other}",
        "{mark} {scenario}，{what}，{name}：{first} {one} / {second} {other}"),
    # chapters
    "money_whole": (
        "In {year}, under “{scenario}”, the province transfers {value} billion CNY to the counties, at 2020 prices.",
        "“{scenario}”下，{year}年省对市县转移支付为{value}亿元（2020年价格）。"),
    "money_apart": (
        "The difference from “{reference}” is {apart} billion{range}; the largest changes: {kinds}.",
        "较“{reference}”变化{apart}亿元{range}，变化最大的为{kinds}。"),
    "money_range": (" ({range})", "（{range}）"),
    "money_kind": ("{what} {apart}", "{what}{apart}"),
    "money_between": (
        "Counties pay each other {value} billion for clean water.", "市县间流域横向生态补偿{value}亿元。"),
    "skill_table": ("All {n} scores relative to naive forecasts", "全部{n}项得分与朴素预测"),
    "coverage_counted": (
        "{n} series contain {official} official, {secondary} secondary, {derived} derived, {recalled} "
        "recalled and {imputed} imputed values.",
        "{n}个序列含官方值{official}个、二手资料值{secondary}个、推算值{derived}个、待核实的引用值{recalled}"
        "个、插补值{imputed}个。"),
    "chapter_gaps": ("The gaps in detail", "各项差距"),
    "chapter_who": ("Who gains, who loses", "谁受益、谁受损"),
    "chapter_thanks": ("Which provisions contribute", "哪些条款发挥了作用"),
    "chapter_province": ("The province as a whole", "全省"),
    "chapter_causes": ("People, money, land", "人口、资金与土地"),
    "chapter_watched": ("Milestones and warnings", "目标与预警"),
    "chapter_counties": ("Results by county", "分市县结果"),
    "chapter_how": ("How to reproduce this", "如何复现"),
    "chapter_method": ("Method", "方法说明"),
    "measures_title": (
        "Change of every gap in {year} relative to “{reference}”, % (positive: wider; range in brackets)",
        "{year}年各项差距相对“{reference}”的变化，%（正值：扩大；括号内为区间）"),
    "measures_time": (
        "Change of every gap from {start} to {year}, % (positive: wider)",
        "{start}—{year}年各项差距的变化，%（正值：扩大）"),
    "measure": ("measure", "指标"),
    "quantity": ("gap in", "差距"),
    "verdict": ("verdict", "结论"),
    "group": ("group", "组别"),
    "part": ("part", "部分"),
    "how_run": ("how it was run", "运行方式"),
    "kind_alone": ("alone", "单独实施"),
    "kind_left_out": ("omitted, sign reversed", "剔除（符号取反）"),
    "range_cell": ("range", "区间"),
    "median_cell": ("median", "中位数"),
    "words_of_ranges_interval": (
        "ranges: {share} % of {n} runs over {m} draws",
        "区间：{m}次抽样、{n}次运行的{share}%"),
    "words_of_ranges_few": (
        "ranges: {n} runs over {m} draws (too few for an interval)",
        "范围：{m}次抽样、{n}次运行（抽样偏少，不构成区间）"),
    "words_of_ranges_chance": (
        "ranges: {n} seeds of one set of assumptions, random variation only",
        "范围：同一组假设下{n}个种子，仅反映随机波动"),
    "words_of_ranges_alone": ("one run per scenario: no range", "每个情景仅一次运行：无区间"),
    "words_of_ranges_nothing": ("no two runs share draw and seed", "没有可配对的运行"),
    "turned_note": (
        "left of zero: narrower; ratios that fall when a gap widens are inverted",
        "零线左侧：缩小；凡差距扩大时数值下降的比值已取倒数"),
    "gap_axis": ("{year}: change of the gap relative to {reference}, %", "{year}年：差距相对{reference}的变化，%"),
    "gap_axis_time": ("{start}-{year}: change of the gap, %", "{start}—{year}年：差距的变化，%"),
    "marks_note": ("solid: the whole range on one side; hollow: undecided; arrow: beyond the axis",
                   "实心：整个区间在一侧；空心：尚无定论；箭头：超出坐标范围"),
    "leaning_axis": (
        "rank correlation with the effect (grey: chance alone; diamond: sign changes)",
        "与效应的秩相关（灰色：随机范围；菱形：方向改变）"),
    "over_years_axis": ("effect on the Theil index, %", "对泰尔指数的效应，%"),
    "coast_axis": ("landlocked over coast, ratio", "内陆/沿海，比值"),
    "some_scenarios": ("{k} of {n} scenarios", "{n}个情景中的{k}个"),
    "no_observation": ("not observed in history", "历史数据中无此项观测"),
    "leaning_nothing": (
        "Over {draws} draws, none of the {n} parameters alone has a discernible influence on the effect on the Theil "
        "index of {what}: the largest rank correlation is that of {names}, while with so many parameters chance alone "
        "produces up to ±{chance}. More draws would be more informative.",
        "在{draws}次抽样中，未见{n}个参数中任何一个单独影响对{what}泰尔指数的效应：秩相关最大的是{names}，而参数如此之多时，"
        "仅随机波动即可达到±{chance}。增加抽样可作进一步判断。"),
    "leaning_turns": (
        "Its sign differs between the lower and the upper half of: {names}.",
        "下列参数取值偏低与偏高时，效应方向相反：{names}。"),
    "leaning_none_turns": (
        "For none of these does its sign differ between low and high values.",
        "其中没有一个会因取值偏低或偏高而改变效应方向。"),
    "leaning_beyond": (
        "Over {draws} draws, the effect on the Theil index of {what} varies with {names} (rank correlation; with {n} "
        "parameters chance alone produces up to ±{chance}).",
        "在{draws}次抽样中，对{what}泰尔指数的效应随{names}变化（秩相关；参数共{n}个，仅随机波动即可达±{chance}）。"),
    "overturn_lead": (
        "The smallest changes of assumptions that reverse the mean effect, one or two at a time within their "
        "ranges, all others at the median of their draws; found with an emulator and confirmed by pairs of runs:",
        "下列为在取值范围内、每次改变一个或两个假设（其余取抽样的中位数）即可使平均效应反向的最小变动；由代理模型搜索，"
        "并经配对运行验证："),
    "overturn_nothing": (
        "No gap narrows or widens in two thirds of the runs, so there is nothing to overturn.",
        "没有任何差距在三分之二的运行中缩小或扩大，因此无可推翻的结论。"),
    "is_leans_narrower": ("narrower in most runs", "在多数运行中缩小"),
    "is_leans_wider": ("wider in most runs", "在多数运行中扩大"),
    "overturn_none": (
        "No change of one or two assumptions within their ranges was confirmed to overturn a verdict.",
        "在取值范围内改变一个或两个假设，未证实有任何结论被推翻。"),
    "overturn_row": (
        "{what}: no longer {verdict} with {changes} ({distance} standard deviations of the prior away; {seeds} pairs).",
        "{what}：若{changes}，则不再{verdict}（距中心{distance}个先验标准差；{seeds}对运行）。"),
    "overturn_named": ("{what}, with {changes}", "{what}，若{changes}"),
    "overturn_change": ("{name} at {value} instead of {central}", "{name}由{central}变为{value}"),
    "overturn_what": ("{quantity} by the {measure}", "{quantity}（{measure}）"),
    "overturn_holds": (
        "No change of one or two of the assumptions searched overturns: {names}.",
        "在所搜索的范围内，改变任何一个或两个假设都不能推翻：{names}。"),
    "overturn_not_confirmed": (
        "The changes suggested by the emulator were not confirmed by runs for: {names}.",
        "代理模型给出的变动未获运行验证：{names}。"),
    "overturn_not_at_central_values": (
        "With every parameter at the median of its draws the mean effect already has the other sign: {names}.",
        "各参数均取抽样中位数时，平均效应的方向已经相反：{names}。"),
    "overturn_not_told": (
        "The emulator is too inaccurate for a search on: {names}.", "代理模型预测精度不足，未作搜索：{names}。"),
    "leaning_none": (
        "This study has too few draws with varying parameters to show which assumptions overturn the "
        "verdict. Run `python3 run.py batch scenarios/studies/uncertain.toml`.",
        "本研究没有以足够的抽样改变参数，无法说明哪些假设会推翻结论。可运行 `python3 run.py batch scenarios/s"
        "tudies/uncertain.toml`。"),
    "lowest": ("lowest", "最低"),
    "highest": ("highest", "最高"),
    "rank_correlation": ("rank correlation", "秩相关"),
    "when_low": ("effect, lower half, %", "取值偏低时的效应，%"),
    "when_high": ("effect, upper half, %", "取值偏高时的效应，%"),
    "turns": ("sign changes", "方向改变"),
    "yes": ("yes", "是"),
    "no": ("no", "否"),
    "how_lead": (
        "The folder of the study contains its scenarios, draws and results; the same code, data and packages "
        "reproduce them byte for byte.",
        "研究文件夹包含情景、抽样与结果；代码、数据与软件包相同时，结果逐字节一致。"),
    "how_commands": (
        "python3 run.py batch DIR/study.toml --out AGAIN\npython3 run.py reproduce DIR\npython3 run.py compare "
        "DIR --lang {language}",
        "python3 run.py batch DIR/study.toml --out AGAIN\npython3 run.py reproduce DIR\npython3 run.py compare "
        "DIR --lang {language}"),
    "method": (
        "An agent-based model of {counties} counties runs {scenarios} scenarios from {first} to {last}; each "
        "simulated person represents {weight} residents. {parameters} {history} {runs} runs share draws and seeds "
        "across scenarios, so an effect is the difference between two runs with the same people, assumptions and "
        "random numbers; each number of “{scenario}” is based on {pairs} such pairs. Medians are shown with order "
        "statistics as ranges. Gaps are measured by {measures} measures, each between {compared} counties. Effects are "
        "those of the model: history tests its levels, not its effects.",
        "基于智能体的模型含{counties}个市县，{scenarios}个情景自{first}年运行至{last}年；模型中一人代表{weigh"
        "t}名常住人口。{parameters}{history}共{runs}次运行，各情景共用抽样与种子，效应即同一批人、同一假设、同一组随机数下两次运行之"
        "差；“{scenario}”的每个数值以{pairs}对运行为依据。数值为中位数，区间为次序统计量。差距以{measures}项"
        "指标衡量，比较{compared}个市县。效应由模型给出：历史数据检验的是水平值，而非效应。"),
    "method_one_set": (
        "All runs use the same parameters and base data.", "各次运行的参数与基期数据相同。"),
    "method_posterior": (
        "Parameters and base data vary over {n} draws of the posterior “{table}”, conditioned on {seen}; which "
        "of them history identifies, and which remain assumptions, is reported in docs/posterior.md.",
        "参数与基期数据取后验分布“{table}”的{n}次抽样，该分布已利用{seen}；历史数据能识别哪些参数、哪些仍属假设，"
        "见 docs/posterior.md。"),
    "method_production": (
        "figures of 2010-2021 and the census of 2020", "2010—2021年统计数据和2020年人口普查"),
    "method_to2017": ("figures of 2010-2017", "2010—2017年统计数据"),
    "method_own_draws": (
        "{names} assumed numbers vary over {n} draws, listed in the study's draws.csv.",
        "{names}个假设数值在{n}次抽样中变动（见研究文件夹中的 draws.csv）。"),
    "method_followed": (
        "Up to {year} the runs follow history: residuals are solved so that the runs reproduce the observed output, "
        "revenue, spending, incomes and residents of the counties; after {year} the residuals continue by a law "
        "estimated from their own past.",
        "截至{year}年，各次运行沿用历史：通过求解残差，使模型重现各市县已观测的产出、收入与支出、居民收入和常住人口；{year}年之后，"
        "残差按其自身历史规律延续。"),
    "method_chosen": (
        " Not followed as observed: {series} (the study's follow.toml).",
        "未完全按观测值沿用的序列：{series}（见研究文件夹中的 follow.toml）。"),
    "method_free": (
        "The runs are free from {first} on and use no later observations of the counties.",
        "各次运行自{first}年起自由演进，不再使用此后的市县观测值。"),
    "citation": (
        "To cite: The hainan2035 contributors, {title}, version {version}; study “{study}”, code {code}, data {data}.",
        "引用格式：The hainan2035 contributors，{title}，{version}版；研究“{study}”，代码 {code}，数据 {data}。"),
    "caption_gaps": (
        "Change of every gap in {last} relative to “{reference}”, by measure; left of zero: narrower.",
        "{last}年各项差距相对“{reference}”的变化，按指标；零线左侧为缩小。"),
    "caption_gap_paths": (
        "Theil index with observations (top), paired effect on it over the years (middle), ratio of landlocked to "
        "coastal counties (bottom).",
        "泰尔指数与观测值（上），历年配对效应（中），内陆与沿海之比（下）。"),
    "caption_who": (
        "Effects in {last} on groups of counties, in % of “{reference}”.",
        "{last}年对各组市县的效应，以“{reference}”的百分比表示。"),
    "caption_provisions": (
        "Effect of each part on the Theil index of each gap in {last}; left of zero: narrower.",
        "{last}年各部分对各项差距泰尔指数的作用；零线左侧为缩小。"),
    "caption_attribution": (
        "Contribution of each provision to the change of the gaps in {last}, by Theil index; left of zero: "
        "narrower.",
        "{last}年各条款对差距变化（泰尔指数）的贡献；零线左侧为缩小。"),
    "caption_attribution_levels": (
        "Contribution of each provision to the change of provincial output, real income and residents in {last}.",
        "{last}年各条款对全省产出、实际收入与常住人口变化的贡献。"),
    "caption_leaning": (
        "Rank correlation of the effect with each number that differs between draws.",
        "效应与各抽样参数的秩相关。"),
}
