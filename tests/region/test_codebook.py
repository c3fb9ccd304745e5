"""The codebook is made from the pack and docs/data.md is up to date."""

from sim.region import codebook, schema
from sim.region.pack import load_pack


def test_the_page_is_current():
    text = codebook.PAGE.read_text(encoding="utf-8")
    assert text == codebook.page(text, codebook.codebook()), "docs/data.md is stale; run: python3 run.py refresh"


def test_every_file_and_every_variable_stands_in_the_codebook():
    made = codebook.codebook()
    for name in schema.TABLES:
        assert f"### {name}.csv" in made
    pack = load_pack()
    for name in schema.TIDY_FILES:
        for variable in pack.variables(name):
            assert f"`{schema.declared(name, variable).name}`" in made


def test_runs_of_years_are_drawn_together():
    assert codebook.years([2005, 2006, 2007, 2010, 2012, 2013]) == "2005-2007, 2010, 2012-2013"


def test_replacing_the_made_part_keeps_the_rest():
    text = f"before\n{codebook.BEGIN}\nold\n{codebook.END}\nafter\n"
    once = codebook.page(text, "new")
    assert once == codebook.page(once, "new")
    assert once.startswith("before\n") and once.endswith("\nafter\n") and "old" not in once
