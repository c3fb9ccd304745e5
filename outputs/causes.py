"""Why counties changed: contributions of the list of causes as table, figures and sentences.

What is read is a Dataset `contribution` [scenario, draw, seed, term, measure, county] in log points x 100 that adds up
over terms to the change of a window (`calibration.causes`); nothing is run here. A difference of two scenarios is a
Dataset of the same shape.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from outputs import spread, style
from outputs.documentation import table as markdown
from outputs.numbers import listed, number, signed
from outputs.tables import write_csv
from sim import holds
from sim.core.declare import Fault, UserError
from sim.core.files import write_whole

PAGE = Path(__file__).resolve().parents[1] / "docs" / "causes.md"
PICTURE = "causes_2010_2021"  # in docs/figures
FOLDER, HASH = "causes", 12
OTHER = "other"
AGAIN = "run explain again, or take the file away"
MEASURES = ("output", "income", "residents", "services")
LEAST, MOST_TERMS = 1.0, 4  # log points x 100 below which a term is not named; how many are
ERRORS = 2.0  # standard errors above which a term is named
LARGEST = 5  # residuals that are told
Floats = NDArray[np.float64]

COLOURS: Mapping[str, str] = {
    "people": style.ORANGE, "capital": style.BLUE, "land": "#8C564B", "services": style.GREEN,
    "transfers": style.AMBER, "world": style.SKY, "projects": style.PINK, "residual_output": "#4D4D4D",
    "residual_revenue": "#7A7A7A", "residual_spending": "#949494", "residual_pay": "#ADADAD",
    "residual_people": "#C4C4C4", OTHER: "#E9E9E9"}
HATCH: Mapping[str, str] = {"residual_output": "////", "residual_revenue": "....", "residual_spending": r"\\\\",
                            "residual_pay": "----", "residual_people": "xxxx"}

TEXT: Mapping[str, tuple[str, str]] = {
    "output": ("output", "地区生产总值"), "income": ("income per resident", "居民人均可支配收入"),
    "residents": ("residents", "常住人口"), "services": ("service level", "公共服务水平"),
    OTHER: ("other", "其他"), "whole": ("change of the window", "期间变化"),
    "axis": ("log points × 100 (10 is about 10 %)", "对数点×100（10约为10%）"),
    "history": ("Change of every county {first}–{last} by causes; history is followed, the residuals are what it asks "
                "beyond the mechanisms",
                "各市县{first}—{last}年变化的原因分解；模型逐年复现历史，残差为机制未能解释的部分"),
    "future": ("{county}, {first}–{last}, {scenario}: change by causes",
               "{county}{first}—{last}年变化的原因（{scenario}）"),
    "less": ("{one} less {other}", "“{one}”减“{other}”"),
    "lines": ("lines: {share} % of {n} draws", "横线：{n}组抽样的{share}%区间"),
    "lines_few": ("lines: range of {n} draws", "横线：{n}组抽样的范围"),
    "lines_chance": ("lines: two standard errors by orders and chance", "横线：排序抽样与随机性的两倍标准误"),
    "rose": ("rose by {x} ({percent} %)", "上升{x}（{percent}%）"),
    "fell": ("fell by {x} ({percent} %)", "下降{x}（{percent}%）"),
    "higher": ("higher by {x} ({percent} %)", "高出{x}（{percent}%）"),
    "lower": ("lower by {x} ({percent} %)", "低{x}（{percent}%）"),
    "rest": ("all else {x}", "其余合计{x}"),
    "nothing": ("no single cause stands out", "没有突出的单项原因"),
}


def say(key: str, lang: str, **values: object) -> str:
    """A text of this page in a language."""
    return TEXT[key][lang == "zh"].format(**values)


def named(term: str, lang: str) -> str:
    """What a term is called."""
    if term == OTHER:
        return say(OTHER, lang)
    return holds.TERMS[term].says_zh if lang == "zh" else holds.TERMS[term].says


# ---- numbers ------------------------------------------------------------------------------------------------------


def less(found: xr.Dataset, scenario: str, against: str) -> xr.Dataset:
    """What made one scenario differ from another: contributions less contributions, draw by draw and seed by seed."""
    one, other = (found.sel(scenario=[name]) for name in (scenario, against))
    apart = one["contribution"].values - other["contribution"].values
    wrong = np.hypot(one["order_error"].values, other["order_error"].values)
    titles = {f"title_{lang}": ("scenario", [say("less", lang, one=_title(one, lang), other=_title(other, lang))])
              for lang in ("en", "zh")}
    made = one.assign(contribution=(one["contribution"].dims, apart, one["contribution"].attrs),
                      order_error=(one["contribution"].dims, wrong, one["order_error"].attrs))
    return made.assign_coords({"scenario": [f"{scenario}_less_{against}"], **titles}).assign_attrs(difference=1)


def _title(found: xr.Dataset, lang: str) -> str:
    return str(found[f"title_{lang}"].values[0])


def table(found: xr.Dataset) -> pd.DataFrame:
    """A row a scenario, county, measure and term (and for the whole): the mean over draws and seeds in log points x
    100, its standard error by orders and chance, and the range over draws (order statistics, empty of one draw)."""
    terms = [str(name) for name in found["term"].values]
    values = found["contribution"].transpose("scenario", "county", "measure", "term", "draw", "seed").values
    wrong = found["order_error"].transpose("scenario", "county", "measure", "term", "draw", "seed").values
    values = np.concatenate([values, values.sum(axis=3, keepdims=True)], axis=3)
    wrong = np.concatenate([wrong, np.zeros_like(wrong[:, :, :, :1])], axis=3)
    draws, seeds = values.shape[-2:]
    of_draws = values.mean(axis=-1)
    low, high = spread.bounds(np.moveaxis(of_draws, -1, 0))
    flat = values.reshape(*values.shape[:-2], -1)
    runs = flat.shape[-1]
    by_chance = flat.std(axis=-1, ddof=1) / math.sqrt(runs) if runs > 1 else np.zeros(flat.shape[:-1])
    error = np.hypot(by_chance, wrong.mean(axis=(-2, -1)))
    rows = []
    for at in np.ndindex(*flat.shape[:-1]):
        s, c, m, t = at
        if np.isfinite(flat[at]).all():
            rows.append({
                "scenario": str(found["scenario"].values[s]), "first": found.attrs["first"],
                "last": found.attrs["last"], "county": int(found["county"].values[c]),
                "name_en": str(found["name_en"].values[c]), "name_zh": str(found["name_zh"].values[c]),
                "measure": str(found["measure"].values[m]), "term": terms[t] if t < len(terms) else "whole",
                "contribution": flat[at].mean(), "error": error[at], "low": low[at], "high": high[at],
                "draws": draws, "seeds": seeds})
    if not rows:
        raise UserError(Fault("causes", "no county has all its numbers", "run the study again"))
    return pd.DataFrame(rows)


COLUMNS: Mapping[str, tuple[str, str]] = {
    "scenario": ("", "scenario, or A_less_B: what made A differ from B"),
    "first": ("year", "start of the window: terms are held at what they are at its end"),
    "last": ("year", "end of the window"), "county": ("code", "six-digit code of the county (GB/T 2260)"),
    "name_en": ("", "name of the county"), "name_zh": ("", "name of the county in Chinese"),
    "measure": ("", "output (gdp at 2020 prices), income (disposable income per resident), residents, services (index "
                    "of the level per user), all as logarithms"),
    "term": ("", "cause, residual of history, other (what changes where all is held), whole (their sum)"),
    "contribution": ("log points x 100", "Shapley contribution to the change of the window, mean over draws and seeds"),
    "error": ("log points x 100", "standard error by the orders sampled and by chance"),
    "low": ("log points x 100", "lower end of the range over draws: order statistics that hold 80 to 89 % of nine "
                                "draws or more, the smallest of fewer; empty of one"),
    "high": ("log points x 100", "upper end of that range"),
    "draws": ("count", "draws"), "seeds": ("count", "seeds a draw"),
}


def codebook() -> pd.DataFrame:
    """What the columns and the terms of the tables are."""
    rows = [{"kind": "column", "name": name, "unit": unit, "says": says, "says_zh": "", "held": ""}
            for name, (unit, says) in COLUMNS.items()]
    rows += [{"kind": "term", "name": term.name, "unit": "", "says": term.says, "says_zh": term.says_zh,
              "held": term.how} for term in holds.TERMS.values()]
    return pd.DataFrame(rows)


def write(found: xr.Dataset, folder: Path, stem: str) -> list[Path]:
    """The table and its codebook as CSV."""
    folder.mkdir(parents=True, exist_ok=True)
    return [write_csv(table(found), folder / f"{stem}.csv"), write_csv(codebook(), folder / "codebook.csv")]


def read(folder: Path) -> pd.DataFrame | None:
    """The tables that `explain` has left in the folder of a study, as one; None where there are none."""
    frames = []
    for path in sorted((Path(folder) / FOLDER).glob("causes_*.csv")):
        try:
            frame = pd.read_csv(path)
        except (OSError, ValueError) as reason:
            raise UserError(Fault(str(path), f"cannot be read ({type(reason).__name__})", AGAIN)) from None
        lacking = [name for name in COLUMNS if name not in frame]
        if lacking:
            raise UserError(Fault(str(path), f"has no column {lacking[0]}", AGAIN))
        frames.append(frame)
    return pd.concat(frames, ignore_index=True) if frames else None


# ---- sentences ----------------------------------------------------------------------------------------------------


def paragraph(rows: pd.DataFrame, lang: str = "en") -> str:
    """One county in words: for each measure the change and the terms that made it, largest first.

    `rows`: of `table`, of one scenario and county.
    """
    name = str(rows["name_zh" if lang == "zh" else "name_en"].iloc[0])
    window = f"{rows['first'].iloc[0]}{'—' if lang == 'zh' else '–'}{rows['last'].iloc[0]}"
    apart = "_less_" in str(rows["scenario"].iloc[0])
    parts = [_sentence(rows[rows.measure == measure], measure, apart, lang) for measure in MEASURES]
    if lang == "zh":
        return f"{name}，{window}年：{'；'.join(parts)}。"
    return f"{name}, {window}. " + ". ".join(part[0].upper() + part[1:] for part in parts) + "."


def _sentence(rows: pd.DataFrame, measure: str, apart: bool, lang: str) -> str:
    whole = float(rows[rows.term == "whole"].contribution.iloc[0])
    terms = rows[rows.term != "whole"]
    clear = terms[(terms.contribution.abs() >= LEAST) & (terms.contribution.abs() >= ERRORS * terms.error)]
    told = clear.reindex(clear.contribution.abs().sort_values(ascending=False, kind="stable").index)[:MOST_TERMS]
    verb = ("higher" if whole >= 0 else "lower") if apart else ("rose" if whole >= 0 else "fell")
    how = say(verb, lang, x=number(abs(whole)), percent=number(abs(100.0 * math.expm1(whole / 100.0)), 0))
    gap = "" if lang == "zh" else " "
    words = [f"{named(str(row.term), lang)}{gap}{signed(float(row.contribution))}{_range(row, lang)}"
             for row in told.itertuples()]
    words = words or [say("nothing", lang)]
    rest = say("rest", lang, x=signed(whole - float(told.contribution.sum())))
    colon, stop = ("：", "；") if lang == "zh" else (": ", "; ")
    if lang == "zh":
        return f"{say(measure, lang)}{how}{colon}{'，'.join(words)}，{rest}"
    link = ("are " if measure == "residents" else "is ") if apart else ""
    return f"{say(measure, lang)} {link}{how}{colon}{listed(words, lang)}{stop}{rest}"


def _range(row: Any, lang: str) -> str:
    if not (np.isfinite(row.low) and np.isfinite(row.high)):
        return ""
    between = "至" if lang == "zh" else " to "
    left, right = ("（", "）") if lang == "zh" else (" (", ")")
    return f"{left}{signed(float(row.low))}{between}{signed(float(row.high))}{right}"


def lines(rows: pd.DataFrame, lang: str = "en") -> list[str]:
    """A table of one county for a terminal, a term a line, and its paragraph."""
    terms = list(dict.fromkeys(rows.term))
    head = ["", *(say(measure, lang) for measure in MEASURES)]
    text = [head]
    for term in terms:
        cells = [_cell(rows[(rows.term == term) & (rows.measure == measure)].iloc[0]) for measure in MEASURES]
        text.append([say("whole", lang) if term == "whole" else named(term, lang), *cells])
    width = [max(len(line[k]) for line in text) for k in range(len(head))]
    return [*("  ".join(cell.ljust(w) if k == 0 else cell.rjust(w)
                        for k, (cell, w) in enumerate(zip(line, width, strict=True))).rstrip() for line in text),
            "", paragraph(rows, lang)]


def _cell(row: Any) -> str:
    if np.isfinite(row.low):
        return f"{signed(row.contribution)} ({signed(row.low)} to {signed(row.high)})"
    return f"{signed(row.contribution)} ± {number(row.error)}"


def as_json(rows: pd.DataFrame) -> dict[str, Any]:
    """One county for a program: by measure and term, and its paragraphs."""
    first = rows.iloc[0]
    return {"scenario": str(first.scenario), "first": int(first["first"]), "last": int(first["last"]),
            "county": int(first.county), "name_en": str(first.name_en), "name_zh": str(first.name_zh),
            "unit": "log points x 100", "draws": int(first.draws), "seeds": int(first.seeds),
            "measures": {measure: {str(row.term): {
                "contribution": float(row.contribution), "error": float(row.error), "low": float(row.low),
                "high": float(row.high)} for row in rows[rows.measure == measure].itertuples()}
                for measure in MEASURES},
            "paragraph": paragraph(rows), "paragraph_zh": paragraph(rows, "zh")}


# ---- the largest residuals ----------------------------------------------------------------------------------------

TOLD_BY = {"residual_output": ("output", ("primary", "secondary", "tertiary")),
           "residual_revenue": ("services", ("revenue",)), "residual_spending": ("services", ("spending",)),
           "residual_pay": ("income", ("pay_urban", "pay_rural")), "residual_people": ("residents", ("people",))}
"""Of each residual the measure by which its size is told, and its kinds."""
MISSING: Mapping[str, tuple[str, str]] = {
    "primary": ("farm and fishery products by county and their prices (the model has one trend for all)",
                "分市县的农渔产品及其价格（模型对各市县采用同一趋势）"),
    "secondary": ("single plants, mines and construction projects (the model has one industrial trend for all "
                  "counties)",
                  "单个工厂、矿山与建设项目（模型对各市县工业采用同一趋势）"),
    "tertiary": ("the distribution of trade, visitors and second homes among counties beyond access and base-year "
                 "attraction",
                 "商贸、游客与第二居所在市县间的分布（超出可达性与基年吸引力的部分）"),
    "revenue": ("taxes of single large payers, one-off fees and sales, and sharing rules that differ between counties",
                "个别纳税大户、一次性收费与出让，以及各市县不同的分成规则"),
    "spending": ("provincial and central allocations to single counties outside the rules of the pools (works, relief, "
                 "programmes)", "省级与中央在规则之外对单个市县的安排（工程、救助、专项）"),
    "pay_urban": ("urban incomes not explained by the yield of labour (public pay, property, transfers)",
                  "城镇居民收入中劳动产出未能解释的部分（公共部门工资、财产性收入、转移性收入）"),
    "pay_rural": ("rural incomes not explained by the yield of labour (farm prices, migrant work, property, poverty "
                  "relief)",
                  "农村居民收入中劳动产出未能解释的部分（农产品价格、外出务工、财产性收入、扶贫）"),
    "people": ("attraction beyond income, housing, services and kin, and changes in the definition of residents",
               "收入、住房、公共服务与亲缘之外的吸引力，以及常住人口统计口径的变化"),
}
BRANCH_ZH = {"primary": "第一产业", "secondary": "第二产业", "tertiary": "第三产业"}


def largest_residuals(rows: pd.DataFrame, level: Floats, year: NDArray[np.int64], weight: Floats,
                      codes: Sequence[int], kinds: Sequence[str], number_told: int = LARGEST) -> list[dict[str, Any]]:
    """The residuals that moved a county most, each with the kind that asks most and the year in which it moved most.

    `level` [county, kind]: logs at the end of the window; `weight` [county, branch]: parts of output, by which branches
    are compared.
    """
    size = np.abs(level)
    size[:, :3] *= weight
    found: list[dict[str, Any]] = []
    for term, (measure, own_kinds) in TOLD_BY.items():
        places = [list(kinds).index(kind) for kind in own_kinds]
        for row in rows[(rows.term == term) & (rows.measure == measure)].itertuples():
            c = list(codes).index(row.county)
            k = max(places, key=lambda place: size[c, place])
            found.append({"county": int(row.county), "name_en": str(row.name_en), "name_zh": str(row.name_zh),
                          "term": term, "measure": measure, "contribution": float(row.contribution), "kind": kinds[k],
                          "level": float(level[c, k]), "year": int(year[c, k])})
    return sorted(found, key=lambda one: -abs(float(one["contribution"])))[:number_told]


ASKED: Mapping[str, tuple[str, str]] = {
    "branch": ("observed output of the {kind} branch is {factor} times the model's own",
               "{kind_zh}为模型机制的{factor}倍"),
    "revenue": ("observed revenue is {factor} times the model's own", "财政收入为模型机制的{factor}倍"),
    "spending": ("the observed share of spending is {factor} times the model's own",
                 "财政支出份额为模型机制的{factor}倍"),
    "pay_urban": ("observed urban pay is {factor} times the yield of labour",
                  "城镇劳动报酬为劳动产出的{factor}倍"),
    "pay_rural": ("observed rural pay is {factor} times the yield of labour",
                  "农村劳动报酬为劳动产出的{factor}倍"),
    "people": ("utility of the place {level}", "地点效用{level}"),
}


def residual_words(one: Mapping[str, Any], lang: str = "en") -> str:
    """A residual in words, with what the model lacks."""
    kind, zh = str(one["kind"]), lang == "zh"
    asked = ASKED.get(kind, ASKED["branch"])[zh].format(
        factor=number(math.exp(one["level"]), 2), level=signed(one["level"], 2), kind=kind,
        kind_zh=BRANCH_ZH.get(kind, ""))
    if kind != "people":
        asked += f"，{one['year']}年变动最大" if zh else f", the largest step in {one['year']}"
    term, measure, by = named(str(one["term"]), lang), say(str(one["measure"]), lang), signed(one["contribution"])
    missing = MISSING[kind][zh]
    if zh:
        return f"{one['name_zh']}：{term}使{measure}变化{by}；{asked}。所缺：{missing}。"
    return f"{one['name_en']}, {term}: {by} of {measure}; {asked}. Missing: {missing}."


# ---- figures ------------------------------------------------------------------------------------------------------


def of_counties(rows: pd.DataFrame, lang: str = "en") -> Figure:
    """Stacked signed bars of all counties, a panel a measure, sorted by the change of output; a diamond is the whole.

    `rows`: of `table`, of one scenario.
    """
    order = rows[(rows.measure == "output") & (rows.term == "whole")].sort_values("contribution", kind="stable")
    codes = list(order.county)
    labels = list(order["name_zh" if lang == "zh" else "name_en"])
    terms = [name for name in COLOURS if name in set(rows.term)]
    fig = style.figure(1.9 + 0.42 * len(codes), 10.4)
    axes = fig.subplots(2, 2, sharey=True)
    for ax, measure in zip(axes.flat, MEASURES):
        grid = rows[rows.measure == measure].pivot(index="county", columns="term", values="contribution").loc[codes]
        _stacked(ax, grid[terms].to_numpy(), terms)
        ax.scatter(grid["whole"], np.arange(len(codes)), marker="D", s=20, color=style.INK, zorder=4, lw=0.7,
                   edgecolors="white")
        ax.set_title(say(measure, lang)[:1].upper() + say(measure, lang)[1:])
        ax.set_xlabel(say("axis", lang))
        ax.set_yticks(np.arange(len(codes)), labels)
        ax.grid(axis="y", visible=False)
    handles: list[Any] = [Patch(facecolor=COLOURS[term], hatch=HATCH.get(term), edgecolor="white", lw=0.3,
                                label=named(term, lang)) for term in terms]
    handles.append(axes[0, 0].scatter([], [], marker="D", s=15, color=style.INK, lw=0, label=say("whole", lang)))
    fig.legend(handles=handles, loc="outside lower center", ncols=4, fontsize=8)
    first, last = rows["first"].iloc[0], rows["last"].iloc[0]
    fig.suptitle(say("history", lang, first=first, last=last), fontsize=8.5, x=0.01, ha="left")
    return fig


def _stacked(ax: Axes, values: Floats, terms: Sequence[str]) -> None:
    """Bars of each row: what adds to the right of nought, what takes away to the left of it."""
    right, left = np.zeros(len(values)), np.zeros(len(values))
    height = np.arange(len(values))
    for k, term in enumerate(terms):
        one = values[:, k]
        start = np.where(one >= 0, right, left)
        ax.barh(height, one, left=start, height=0.72, color=COLOURS[term], hatch=HATCH.get(term), edgecolor="white",
                lw=0.3)
        right, left = right + np.maximum(one, 0.0), left + np.minimum(one, 0.0)
    ax.axvline(0, color=style.INK, lw=0.8)


def of_county(rows: pd.DataFrame, titles: tuple[str, str], lang: str = "en") -> Figure:
    """One county: a bar a term with its range, a panel a measure. `rows`: of `table`, of one scenario and county."""
    terms = [name for name in COLOURS if name in set(rows.term)]
    fig = style.figure(1.6 + 0.27 * (len(terms) + 1), 10.4)
    axes = fig.subplots(1, len(MEASURES), sharey=True)
    height = np.arange(len(terms) + 1)
    for ax, measure in zip(axes, MEASURES):
        own = rows[rows.measure == measure].set_index("term").loc[[*terms, "whole"]]
        ax.barh(height, own.contribution, height=0.7, color=[*(COLOURS[term] for term in terms), style.INK],
                edgecolor=style.GREY, lw=0.3)
        known = np.isfinite(own.low).to_numpy()
        low = np.where(known, own.low, own.contribution - ERRORS * own.error)
        high = np.where(known, own.high, own.contribution + ERRORS * own.error)
        ax.hlines(height, low, high, color=style.INK, lw=1.0)
        ax.hlines(height[-1:], low[-1:], high[-1:], color=style.PALE, lw=1.0)
        ax.axvline(0, color=style.INK, lw=0.8)
        ax.set_title(say(measure, lang)[:1].upper() + say(measure, lang)[1:])
        ax.set_xlabel(say("axis", lang) if measure == MEASURES[0] else "")
        ax.set_yticks(height, [*(named(term, lang) for term in terms), say("whole", lang)])
        ax.set_ylim(len(terms) + 0.5, -0.5)
        ax.set_xmargin(0.08)
        ax.grid(axis="y", visible=False)
    first = rows.iloc[0]
    title = say("future", lang, county=first.name_zh if lang == "zh" else first.name_en, first=first["first"],
                last=first["last"], scenario=titles[lang == "zh"])
    key = "lines_chance" if not known.any() else "lines" if first.draws >= spread.FEW else "lines_few"
    lines = say(key, lang, n=first.draws, share=spread.held(int(first.draws)))
    fig.suptitle(f"{title}  ({lines})", fontsize=8.5, x=0.01, ha="left")
    return fig


# ---- the page -----------------------------------------------------------------------------------------------------

LEAD = """# Why counties changed, {first}–{last}

Made by `python3 run.py decompose --write`: {runs} reruns of the baseline at weight {weight}, central parameters,
{seeds} seeds, {orders} orders of terms; code `{code_hash}`, data `{data_hash}`.

History is followed (own output and revenue of each year, residents of the census), so the change of each county is the
observed one as far as it was published. A term is held at its value at the end of {first} in some reruns and left free
in others, under the same random numbers; its contribution is the change when it is released, averaged over orders
(Shapley). Contributions and *other* add up to the change exactly. Numbers are log points × 100: 10 is about 10 %, 69 a
doubling.

![stacked bars of all counties](figures/{picture}.png)

## How each term is held

"""
READ = """
A contribution is the average effect of releasing a term, given any combination of the others: joint effects of terms
are divided equally among them. It describes this model under followed history and is not an estimate from data; the
residuals show how much of a county's history the mechanisms do not explain. *Other* is the change that remains with
everything held: the first step from the base year to market prices, workers changing sector, and continued adjustment
of housing and debt. Residents were counted in 2010 and 2020; in other years they, and service levels in all years, are
simulated.
"""


def page(rows: pd.DataFrame, residuals: Iterable[Mapping[str, Any]], about: Mapping[str, Any]) -> str:
    """The page of history: how terms are held, tables by measure, the largest residuals, a paragraph a county."""
    terms = [name for name in holds.TERMS if name in set(rows.term)]
    parts = [LEAD.format(**about, picture=PICTURE),
             markdown(("term", "in Chinese", "how it is held"), [(f"{named(name, 'en')} (`{name}`)", named(name, "zh"),
                                                  holds.TERMS[name].how) for name in terms]), READ]
    for measure in MEASURES:
        own = rows[rows.measure == measure]
        grid = own.pivot(index="county", columns="term", values="contribution")
        wrong = own[own.term.isin(terms)].error.mean()
        names = own.drop_duplicates("county").set_index("county")["name_en"]
        order = grid["whole"].sort_values(ascending=False, kind="stable").index
        cells = [[names[code], *(signed(grid.loc[code, name]) for name in ["whole", *terms, OTHER])] for code in order]
        parts += [f"\n## {say(measure, 'en').capitalize()}\n",
                  f"Standard error of a number over orders and random numbers: {number(wrong)} on the mean.\n",
                  markdown(("county", "whole", *(_short(name) for name in terms), OTHER), cells)]
    parts += ["\n## The largest residuals and what the model lacks\n",
              *(f"{place}. {residual_words(one)}" for place, one in enumerate(residuals, 1)),
              "\n## County by county\n",
              *(f"{paragraph(rows[rows.county == code])}\n\n{paragraph(rows[rows.county == code], 'zh')}\n"
                for code in rows.county.drop_duplicates())]
    return "\n".join(parts).replace("\n\n\n", "\n\n").rstrip() + "\n"


def _short(term: str) -> str:
    return term.replace("residual_", "residual: ")


def write_page(rows: pd.DataFrame, residuals: Iterable[Mapping[str, Any]], about: Mapping[str, Any],
               path: Path = PAGE) -> Path:
    """Write the page and its picture."""
    pictures = path.parent / "figures"
    pictures.mkdir(exist_ok=True)
    with style.drawing("en"):
        picture = style.as_png(of_counties(rows))
    write_whole(pictures / f"{PICTURE}.png", picture)
    write_whole(path, page(rows, residuals, about))
    return path
