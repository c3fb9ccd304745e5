"""What figures, tables and the report say, in English and in Chinese; every sentence once."""

from __future__ import annotations

from outputs.phrases import PHRASES

LANGUAGES = ("en", "zh")
MARKS_ZH = {":": "：", ",": "，", ";": "；"}

TEXT: dict[str, tuple[str, str]] = {
    # figures
    "year": ("year", "年份"),
    "hold_out": ("hold-out", "检验期"),
    "followed_years": ("history followed", "沿用历史"),
    "forecast": ("forecast", "预测"),
    "observed": ("observed", "观测值"),
    "derived": ("derived or recalled", "推算值或待核实的引用值"),
    "imputed": ("rests on imputed values", "含插补值"),
    "between": ("between coast and landlocked", "沿海与内陆之间"),
    "theil_axis": ("Theil index", "泰尔指数"),
    "share_percent": ("% of residents", "占常住人口%"),
    "old_axis": ("residents of 65 and over, %", "65岁及以上人口比重，%"),
    "transfer_axis": ("share of transfers in general budget resources, %", "转移支付占可用财力比重，%"),
    "persons_thousand": ("thousand persons", "万人"),
    "persons_million": ("million persons", "万人"),
    "cny_thousand": ("thousand CNY at 2020 prices", "万元，2020年价格"),
    "billion": ("billion CNY at 2020 prices", "亿元，2020年价格"),
    "gdp_pc": ("GDP per head", "人均地区生产总值"),
    "inc_pc": ("Disposable income per head", "人均可支配收入"),
    "gdp_volume_pc": ("GDP per head in volume", "人均地区生产总值（可比价）"),
    "real_inc_pc": ("Real disposable income per head", "人均实际可支配收入（按当地生活成本）"),
    "svc": ("Public services", "公共服务"),
    "population": ("Residents", "常住人口"),
    "province_population": ("Residents of the province", "全省常住人口"),
    "province_gdp": ("GDP of the province", "全省地区生产总值"),
    "province_gdp_volume": ("GDP of the province in volume", "全省地区生产总值（可比价）"),
    "province_real_inc_pc": ("Real disposable income per head of the province",
                             "全省人均实际可支配收入（按当地生活成本）"),
    "province_inc_pc": ("Disposable income per head of the province", "全省人均可支配收入"),
    "province_urb": ("Urban share of residents", "常住人口城镇化率"),
    "population_change": ("Residents, change {first}-{last}", "常住人口变化{first}-{last}"),
    "percent": ("%", "%"),
    "effect_axis": ("change relative to {reference}, %", "相对{reference}的变化，%"),
    "effect_axis_point": ("{year}: scenario minus {reference}, %", "{year}年：情景减{reference}，%"),
    "screen_head": (
        "{variable}, {year}, %: effect (± standard error), * exceeds interactions of three or more and "
        "chance ({noise} for parts, {pairs} for pairs)",
        "{variable}，{year}年，%：效应（±标准误），*为显著；三项及以上交互与随机性：单项{noise}，两项{pairs}"),
    "screen_complement": ("complements", "互补"),
    "screen_substitute": ("substitutes", "替代"),
    "screen_axis": ("change, %", "变化，%"),
    "screen_parts": ("each provision, mean over all others", "各条款（对其他条款取平均）"),
    "screen_pairs": ("pairs, beyond the sum of the two", "两项之和以外的部分"),
    "screen_note": (
        "{year}: none to full, % (log points x 100). Bars: two standard errors over paired runs. Filled: "
        "beyond the shaded band, three times the size of interactions of three or more provisions and chance.",
        "{year}年：由不实施到充分实施，%（对数点×100）。横线：配对运行的两倍标准误。实心：超出灰色带（三项及以上交互"
        "与随机性的三倍）。"),
    "effects_before": ("before", "修订前"),
    "effects_after": ("after", "修订后"),
    "effects_before_after": (
        "Each provision alone, none to full, % of the run without it; bars: 5-95 % of the pairs. Earlier "
        "output: in value",
        "各条款单独由不实施到充分实施，占不含该条款情景的%；横线：配对的5%-95%。修订前的产出按现价计"),
    "short_province_gdp_volume": ("Output of the\nprovince, volume", "全省地区生产总值\n（可比价）"),
    "short_province_population": ("Residents of the\nprovince", "全省常住人口"),
    "gaps": ("Gaps (left of zero: narrower)", "差距（零线左侧：缩小）"),
    "effects_note": ("dot: median of pairs with the same draw and seed; {ranges}",
                     "点：同一抽样与种子配对的中位数；{ranges}"),
    "sansha": ("Sansha (mark):\nnot compared", "三沙（示意）：\n不参与比较"),
    "by_county": ("by county", "分市县"),
    "seen_2010": ("2010, census", "2010年普查"),
    "seen_2020": ("2020, census", "2020年普查"),
    "run_year": ("{year}, {scenario}", "{year}年，{scenario}"),
    "how_far_title": ("Error of the share of residents, census 2020", "2020年普查常住人口份额的误差"),
    "how_far_scores": ("Error over that of a naive forecast", "误差与朴素预测之比"),
    "ratio_axis": ("ratio, below 1: model closer; grey: range of chance", "比值，小于1模型更接近；灰色：随机范围"),
    "error_axis": ("deviation from the census, %", "相对普查的误差，%"),
    "model": ("model", "模型"),
    "naive_marks": ("naive forecast", "朴素预测"),
    "milestone_axis": ("% of runs that meet the milestone (–: not computed)", "达到目标的运行比例，%（–：未计算）"),
    "lights_note": ("number and colour: the median light of the runs; limits of yellow/orange/red:",
                    "数字与颜色：各次运行的中位灯；黄灯、橙灯、红灯的阈值："),
    "index_100": ("index, 0 to 100", "指数，0-100"),
    "index_1": ("index, 0 to 1", "指数，0-1"),
    "composite_without": ("without {parts}", "未含 {parts}"),
    "split_axis": ("{first}-{last}: change, log points x 100", "{first}-{last}年变化，对数点×100"),
    "split_output": ("output share", "产出份额"),
    "split_people": ("population share, sign reversed", "人口份额（取负）"),
    "split_relative": ("relative GDP per head", "相对人均地区生产总值"),
    "people_axis": ("{scenario}, {first}-{last}: % of residents in {first}",
                    "{scenario}，{first}-{last}年：占{first}年常住人口%"),
    "people_natural": ("natural increase", "自然增长"),
    "people_internal": ("net migration within Hainan", "省内净迁移"),
    "people_outside": ("net migration from outside", "省外净迁移"),
    "people_all": ("total", "合计"),
    "land_axis": ("change since {first}, thousand ha", "较{first}年变化，千公顷"),
    "land_new": ("{first}-{last}: new urban and infrastructure land, ha",
                 "{first}-{last}年新增城镇与交通水利用地，公顷"),
    # names of gap indices in dot plots
    "name_theil": ("Theil", "泰尔指数"),
    "name_cvu": ("unweighted CV", "未加权变异系数"),
    "name_cv": ("weighted CV", "加权变异系数"),
    "name_maxmin": ("highest / lowest", "最高/最低"),
    "name_top3bottom3": ("top 3 / bottom 3", "前三/后三"),
    "name_gini": ("Gini between counties", "市县间基尼"),
    "name_ur_ratio": ("urban / rural income", "城乡收入比"),
    # report
    "title": ("Regional coordination in Hainan to {last}: results of {n} scenarios",
              "海南区域协调发展：至{last}年{n}个情景的模拟结果"),
    "runs_line": ("“{scenario}”: {n} runs", "“{scenario}”：{n}次运行"),
    "missing": ("Missing runs: {missing}", "缺失的运行：{missing}"),
    "story": ("Summary", "要点"),
    "figures": ("Figures", "图"),
    "table_county": ("Counties in {years} under “{scenario}”", "{years}年“{scenario}”下各市县"),
    "table_effects": ("Effects relative to “{reference}” in {year}", "{year}年相对“{reference}”的效应"),
    "how_far": ("Deviation from history", "与历史数据的偏差"),
    "how_far_lead": (
        "Runs of “{scenario}” start from the census of 2010; no later observation enters. Parameters are "
        "central values calibrated to 2010-2017 by hand, not a posterior; from later years, the farm share, "
        "employment and urban share of the province in 2020 and its output to 2023 were seen when five "
        "trends were set. County values after 2010 are used only to impute what was not published for 2010.",
        "“{scenario}”自2010年普查起运行，之后的观测不再代入。参数为中心值，按2010-2017年手工校准，并非后验；2"
        "017年之后的全省数据中，2020年务农比重、就业与城镇化率以及至2023年的产出曾用于确定五个趋势参数。2010"
        "年之后的市县数据仅用于插补2010年未公布的数值。"),
    "skill_reading": (
        "Counties are compared relative to the province: shares of its total, or ratios to its value. From: "
        "the year from whose observed value changes are counted; a free run is the model's own level, run "
        "from 2010. Model and naive: mean absolute error, in % (4 is about 4 % off; of ranks: 1 less the "
        "rank correlation). The naive forecast is the one that was best at earlier origins; the scored years "
        "play no part in the choice. Ratio: score of the model over that of the naive forecast, both as "
        "distributions (CRPS) where past errors of the naive forecast are known, otherwise both as points; "
        "below 1 the model is closer. It is conditional (growth of the nation, visitors, births and central "
        "transfers are observed inputs) or unconditional (the outlook as it stood in 2017; the naive "
        "forecast then uses the same information). Needs: the conditional ratio below which chance alone is "
        "an unlikely explanation (one in twenty). n: values; eff: the number of independent values they "
        "amount to, since units within a year and years within a unit are correlated. 80 %: share of the "
        "values inside the interval of the runs that should hold 80 %; runs that differ by their seed alone "
        "do not form a forecast interval. No comparison crosses a break in a series.",
        "市县数值均相对全省比较（占总量份额或与全省之比）。起点：在该年观测值上叠加模型变化；自由运行为模型自"
        "2010年运行的水平。模型与朴素：平均绝对误差，%（4约为偏差4%；位次：1减秩相关）。朴素预测取在更早起点"
        "上表现最好者，评分年份不参与选择。比值：模型得分与朴素预测得分之比，若历史足以给出朴素预测的误差分布"
        "，则双方均按分布评分（CRPS），否则均按点值；小于1表示模型更接近。有条件：全国增长、游客、出生与中央"
        "转移支付为观测输入；无条件：按2017年末的展望，朴素预测所知亦同。须低于：有条件比值低于该值方非偶然所"
        "致（二十分之一）。个数：数值个数；有效：考虑同年市县间与同一市县各年间相关后的独立个数。80%：落入运"
        "行区间（应含80%）的数值比重；仅随机种子不同的运行不构成预测区间。任何比较均不跨越序列断点。"),
    "how_far_none": (
        "This report contains no comparison with history; the verb `hindcast` makes one.",
        "本报告未含与历史数据的比较，可用 hindcast 命令生成。"),
    "skill_none": (
        "Where no skill is shown, levels are illustrative: use differences between scenarios only.",
        "凡未显示预测能力之处，水平值仅供示意：只应使用情景间差异。"),
    "patterns": ("Patterns the model was not fitted to", "未参与校准的规律"),
    "coverage": ("Coverage of historical data", "历史数据覆盖"),
    "coverage_lead": (
        "Number of values by reliability. Imputed values are never scored and are drawn hollow in figures.",
        "按可信程度统计的数值个数。插补值不参与评分，图中以空心标记。"),
    "assumptions": ("Assumptions", "假设"),
    "assumptions_lead": (
        "Sizes of levers and parameters are assumptions with the range over which they may vary; change them "
        "in a scenario file and rerun.",
        "政策措施与参数的取值均为假设，并列出可变动范围；可在情景文件中修改后重新运行。"),
    "levers": ("Levers ({n})", "政策措施（{n}）"),
    "parameters": ("Parameters ({n})", "参数（{n}）"),
    "provenance": ("Provenance", "数据与代码来源"),
    "reading_text": (
        "An effect is the difference between two scenarios with the same draw of parameters and the same "
        "random numbers, not a comparison of two means. A policy that supports a lagging county may lower its "
        "output, since people can move away. GDP per head and income per head answer different questions.",
        "效应是同一参数抽样、同一组随机数下两个情景之差，而不是两个均值的对比。在人口自由流动的条件下，帮扶欠发达市县的政策"
        "可能降低其产出。人均地区生产总值与人均可支配收入反映不同的问题。"),
    "milestones": ("Milestones of 2020, 2025, 2035", "2020、2025、2035年目标"),
    "milestones_lead": (
        "Testable versions of the aims of chapter 1; thresholds are our choice. The probability is the share of runs "
        "that meet all conditions. Variables missing from the results are not computed and never count as met. The "
        "aims for mid-century are reported without thresholds.",
        "第一章目标的可检验形式，阈值为本项目设定。概率为满足全部条件的运行比例；结果中缺少的变量不计算，也不"
        "视为通过。本世纪中叶目标只作报告，不设阈值。"),
    "probability_met": ("share of runs", "运行比例"), "milestone": ("milestone", "目标"),
    "conditions": ("conditions", "条件"),
    "found": ("median", "中位值"), "reason": ("not computed because", "未计算原因"),
    "story_milestones": (
        "Under “{scenario}”, {met} of {known} milestones that can be computed are met in most runs, {missed} in no "
        "run; {lacking} are not computed.",
        "“{scenario}”下，可计算的{known}项目标中，{met}项在多数运行中达到，{missed}项在所有运行中均未达到；"
        "{lacking}项未计算。"),
    "story_composite": (
        "The composite index of coordination changes from {start} ({first}) to {end} ({last}) under "
        "“{scenario}”: {words}.",
        "“{scenario}”下，区域协调发展指数由{start}（{first}年）变为{end}（{last}年）：{words}。"),
    "story_lights": (
        "Median lights of the runs under “{scenario}” in {year}: of {n} by county and kind, {red} are red, {orange} "
        "orange.",
        "“{scenario}”下，{year}年预警灯（各次运行的中位结果，按市县与类别）共{n}盏，其中红灯{red}盏、橙灯{orange}盏。"),
    # captions
    "caption_output_and_people": (
        "Change of GDP per head relative to the compared counties, {start}-{last}, split into output share and "
        "population share (means over the runs): catch-up through inflow of activity or through outflow of people.",
        "{start}-{last}年相对人均地区生产总值的变化，分解为产出份额与人口份额（均值）：市县的追赶来自经济活动流入，还是人口流出。"),
    "caption_people_by_source": (
        "Components of the change of residents, {start}-{last}, under “{focus}” (means over the runs).",
        "“{focus}”下{start}-{last}年常住人口变化的来源（均值）。"),
    "caption_land_account": (
        "Land of the province by use under “{focus}”, and new construction land by county from {start} to {last}.",
        "“{focus}”下全省各类用地变化，以及{start}-{last}年各市县新增建设用地。"),
    "caption_milestones": (
        "Probability of the milestones of chapter 1 by scenario; thresholds are our choice.",
        "各情景下第一章目标的实现概率；阈值为本项目设定。"),
    "caption_composite": (
        "Composite index of regional coordination, its three areas and the degree of coordinated development.",
        "区域协调发展指数、三个分指数与耦合协调度。"),
    "caption_lights": (
        "Early-warning lights by county under “{focus}”: the median run.", "“{focus}”下各市县预警灯：中位运行。"),
    "caption_effects": (
        "Effects in {last} on gaps between counties and on the province, in % of “{reference}”. Paired runs "
        "share draw and random numbers.",
        "{last}年对市县差距与全省水平的效应，以“{reference}”的百分比表示。每对运行的抽样与随机数相同。"),
    "caption_ranking": (
        "Effects by county in {last}, in % of “{reference}”: under “{told}” income rises in {up} of "
        "{n} counties and falls "
        "in {down}.",
        "{last}年分市县效应，以“{reference}”的百分比表示：“{told}”下，{n}个市县中{up}个收入上升，{down}个下降。"),
    "caption_theil": (
        "Theil index between counties, weighted by residents, and its exact split between and within coast and "
        "landlocked "
        "counties (medians).", "市县间泰尔指数（以常住人口加权）及其在沿海与内陆之间、内部的精确分解（中位数）。"),
    "caption_dispersion": (
        "Coefficient of variation weighted by residents (Williamson) and ratio of the highest to the lowest county.",
        "以常住人口加权的变异系数（威廉森）与最高市县和最低市县之比。"),
    "caption_province": ("Provincial totals and observations.", "全省总量与观测值。"),
    "caption_map_levels": (
        "Counties in {last} under “{focus}”: medians of the runs.", "“{focus}”下{last}年各市县：各次运行的中位数。"),
    "caption_map_effects": (
        "Median paired effects in {last}, in % of “{reference}”; one scale per column, classes with similar "
        "numbers of counties.",
        "{last}年配对效应的中位数，以“{reference}”的百分比表示；每列同一标尺，各级市县数相近。"),
    "caption_population_by_county": (
        "Residents by county with the censuses and the year ends since; each panel has its own scale.",
        "分市县常住人口与普查及其后年末数；各图标尺不同。"),
    "caption_gdp_per_head_by_county": (
        "GDP per head by county; hollow marks use interpolated residents. Each panel has its own scale.",
        "分市县人均地区生产总值；空心标记的分母为内插人口。各图标尺不同。"),
    "caption_income_per_head_by_county": (
        "Disposable income per head by county; each panel has its own scale.", "分市县人均可支配收入；各图标尺不同。"),
    "caption_transfers_by_county": (
        "Share of provincial transfers in general budget resources by county, sorted by “{focus}” in {last}.",
        "省对市县转移支付占各市县可用财力的比重，按“{focus}”{last}年排序。"),
    "caption_ageing_by_county": (
        "Share of residents of 65 and over: censuses and {last}, sorted by “{focus}”.",
        "65岁及以上常住人口比重：普查与{last}年，按“{focus}”排序。"),
    "caption_how_far": (
        "Left: shares of residents by county in 2020, model and naive forecast against the census. Right: "
        "score of the model over that of the best naive forecast; left of the bar the model is better, right "
        "of it worse, beyond chance.",
        "左：2020年分市县常住人口份额，模型与朴素预测对照普查。右：模型得分与最佳朴素预测得分之比；横线左侧为"
        "优，右侧为劣，超出偶然范围。"),
    # the story
    "story_identical": (
        "“{scenario}” and “{reference}” are the same scenario under two names: all {pairs} paired runs are identical.",
        "“{scenario}”与“{reference}”是名称不同的同一情景：全部{pairs}对运行结果完全相同。"),
    "story_later": (
        "Up to {year}, “{scenario}” gives the same results as “{reference}” in all {pairs} paired runs: "
        "their plans differ only after {year}, or the differences have no effect.",
        "截至{year}年，“{scenario}”与“{reference}”的全部{pairs}对运行结果完全相同：两者的差异始于{year}年之后"
        "，或不产生影响。"),
    "story_level": (
        "“{scenario}” changes the {what} in {year} by {gdp} % and its residents by {people} % of “{reference}”.",
        "“{scenario}”使{year}年{what}变化{gdp}%，常住人口变化{people}%（相对“{reference}”）。"),
    "story_growth": (
        "Under “{scenario}” the {what} grows by {growth} % a year from {first} to {last}, the nation by {nation} %: a "
        "difference of {premium} points (runs: {low} to {high}). In value, at the provincial deflator, it grows by "
        "{value} %.",
        "“{scenario}”下，{first}-{last}年{what}年均增长{growth}%，全国为{nation}%，与全国之差为{premium}个百分点"
        "（各次运行：{low}至{high}）；按全省平减指数计价的增长为{value}%。"),
    "story_growth_parts": (
        "Labour contributes {labour} points a year to this growth, private capital {capital}, land {land}, "
        "agglomeration and public capital {nearness}, the productivity trend {trend}, catch-up "
        "{catch_up}, programme premia {policy}, shocks {shock}, and structural change {rest}.",
        "其中劳动贡献{labour}个百分点，民间资本{capital}，土地{land}，集聚与公共资本{nearness}，生产率趋势{tr"
        "end}，追赶{catch_up}，政策加成{policy}，冲击{shock}，结构变动{rest}。"),
    "story_gain": (
        "Under “{scenario}”, {what} gains most in {winners}; least in {losers} (against “{reference}”, {year}).",
        "“{scenario}”下，{what}增幅最大的是{winners}；最小的是{losers}（相对“{reference}”，{year}年）。"),
    "story_people": (
        "Under “{scenario}”, {up} of {n} counties have more residents than under “{reference}”, {down} have fewer.",
        "“{scenario}”下，{n}个市县中{up}个常住人口多于“{reference}”，{down}个较少。"),
    "story_between": (
        "The gap between coastal and landlocked counties accounts for {start} % of the Theil index of GDP "
        "per head in {first} and {end} % in {last} (“{scenario}”).",
        "沿海与内陆之间的差距占人均地区生产总值泰尔指数的比重：{first}年{start}%，{last}年{end}%（“{scenario}"
        "”）。"),
    "story_history": (
        "Against history, runs of “{scenario}” deviate by {own} % from county residents in the 2020 census "
        "(share of the province) on average, the best naive forecast {naive} %: {verdict}.",
        "与历史数据相比，“{scenario}”对2020年普查各市县常住人口（占全省份额）的平均偏差为{own}%，最佳朴素预测为{n"
        "aive}%：{verdict}。"),
    # the table of skill
    "skill_target": ("target", "对象"), "skill_started": ("from", "起点"), "skill_window": ("years", "年份"),
    "skill_own_error": ("model", "模型"), "skill_naive_error": ("naive", "朴素"),
    "skill_naive_name": ("which", "朴素方法"), "skill_ratio": ("conditional", "有条件比值"),
    "skill_needs": ("needs <", "须低于"), "skill_as_of": ("unconditional", "无条件比值"),
    "skill_values": ("n", "个数"), "skill_independent": ("eff", "有效"), "skill_covers": ("80 %", "80%"),
    "skill_verdict": ("verdict", "判断"),
    "skill_free_run": ("free run", "自由运行"),
    "skill_of_province": ("province: {what}", "全省：{what}"),
    "skill_left_out": ("not scored: {what}: {why}", "未评分：{what}（{why}）"),
    "skill_lacking": ("Not scored, and why ({n})", "未评分及原因（{n}）"),
    "skill_counted": (
        "Of {n} lines that can be tested, {better} are better and {worse} worse than naive; by chance alone "
        "about {chance} of each would be expected.",
        "可检验的{n}项中，{better}项优于、{worse}项劣于朴素预测；随机情况下各约{chance}项。"),
    # columns of tables
    "county": ("county", "市县"), "scenario": ("scenario", "情景"), "variable": ("variable", "指标"),
    "unit": ("unit", "单位"), "mean": ("median effect", "效应中位数"), "median_effect": ("median", "中位数"),
    "reference_mean": ("reference", "参照值"), "interval_percent": ("interval, %", "区间，%"),
    "relative": ("% of reference", "占参照%"),
    "probability": ("share of pairs above zero", "大于零的配对比例"), "n_pairs": ("pairs", "配对数"),
    "pattern": ("pattern", "规律"), "asked": ("required", "要求"), "seen": ("observed", "观测"),
    "met": ("met", "是否满足"),
    "name": ("name", "名称"), "says": ("meaning", "含义"), "none": ("none", "不实施"),
    "baseline": ("baseline", "基准"), "full": ("full", "充分实施"), "range": ("range", "范围"),
    "source": ("source", "来源"),
    "kind": ("kind", "类别"), "confidence": ("confidence", "可信度"),
    "default": ("value", "取值"), "section": ("section", "条款"),
    "first": ("first", "起始"), "last": ("last", "截止"), "official": ("official", "官方"),
    "secondary": ("secondary", "二手资料"), "recalled": ("recalled", "待核引用"), "flag_derived": ("derived", "推算"),
    "flag_imputed": ("imputed", "插补"),
}

TEXT |= PHRASES

# by what a number of the results (persons, CNY, million CNY, shares) is multiplied for readers of a language
FACTORS: dict[str, tuple[float, float]] = {
    "persons_thousand": (1e-3, 1e-4), "persons_million": (1e-6, 1e-4), "cny_thousand": (1e-3, 1e-4),
    "billion": (1e-3, 1e-2), "share_percent": (100.0, 100.0), "percent": (100.0, 100.0),
}


def factor(unit: str, lang: str) -> float:
    """By what a number is multiplied to stand in a unit as readers of a language write it."""
    return FACTORS[unit][LANGUAGES.index(lang)]


# words of the comparison with history, as its tables hold them
TERMS_ZH = {
    "better than naive": "优于朴素预测", "worse than naive": "劣于朴素预测", "not told apart": "无法区分",
    "nothing to compare": "无可比较", "no test possible": "无法检验", "seen in fitting": "拟合时已用",
    "yes": "是", "no": "否", "not testable": "无法检验",
}


def term(words: str, lang: str) -> str:
    """A word of the comparison with history in a language; unknown ones stay as they are."""
    return TERMS_ZH.get(words, words) if lang == "zh" else words


def bracketed(words: str, inside: str, lang: str) -> str:
    """Words with a remark in brackets, as the language sets them."""
    return f"{words}（{inside}）" if lang == "zh" else f"{words} ({inside})"


def followed_by(words: str, more: str, lang: str, mark: str = ":") -> str:
    """Words, a colon, comma or semicolon, and more words, as the language sets them."""
    return f"{words}{MARKS_ZH[mark]}{more}" if lang == "zh" else f"{words}{mark} {more}"


def say(key: str, lang: str = "en", **values: object) -> str:
    """A text of figures, tables or the report in a language."""
    return TEXT[key][LANGUAGES.index(lang)].format(**values)
