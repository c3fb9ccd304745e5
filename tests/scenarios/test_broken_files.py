"""Broken files: each is refused in less than a second, with file, line, key and reason, never with a traceback."""

import os
import time
from types import SimpleNamespace

import pytest

from sim.core.declare import UserError
from sim.levers import REGISTRY, SECTIONS
from sim.scenario import check, load_scenario, plan

HEAD = 'inherits = "baseline"\n\n[levers]\n'


@pytest.fixture(autouse=True)
def small_registries(monkeypatch):
    card = SimpleNamespace(default=4.0, unit="utils", bounds=(2.5, 6.0), source="")
    monkeypatch.setattr(plan, "parameter_cards", lambda: {"moving_cost": card})
    series = SimpleNamespace(unit="share", bounds=(-0.1, 0.15))
    monkeypatch.setattr(plan, "outlook_series", lambda: {"national_growth": series})


def refused(tmp_path, text, where="broken.toml"):
    """What is said of a broken file (or of its parent `where`); it must be said within a second."""
    path = tmp_path / "broken.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    start = time.process_time()  # of this process alone: a busy machine is no fault of the checker
    with pytest.raises(UserError) as caught:
        load_scenario(path)
    assert time.process_time() - start < 1.0
    said = str(caught.value)
    assert where in said and "Traceback" not in said
    assert all(c.isprintable() or c in "\n\t" for c in said)
    assert [str(f) for f in check(path)] == said.splitlines()
    return said


def wrong_values(lever):
    """Wrong values of a lever: what is written, what is said, and the key inside it."""
    low, high = lever.range
    return [
        (f"{high + 1}", "is out of range", ""), (f"{low - 1}", "is out of range", ""),
        ("true", "where a number is expected", ""), ("nan", "is not a finite number", ""),
        ("inf", "is not a finite number", ""), ('"ful"', "did you mean full?", ""), ("[]", "an empty list", ""),
        ("2025-01-01", "where a number is expected", ""), ("{ }", "neither `to` nor `path`", ""),
        (f"{{ to = {low}, ramp = [2030, 2025] }}", "ends in 2025, not after its start in 2030", ".ramp"),
        (f"{{ to = {low}, rmap = [2025, 2030] }}", "did you mean ramp?", ".rmap"),
        (f"{{ path = {{ 2030 = {low}, 2025 = {low} }} }}", "2025 stands after 2030", ".path.2025"),
        (f"{{ path = {{ 1066 = {low} }} }}", "not a plausible year", ".path.1066"),
    ]


@pytest.mark.parametrize("name", list(REGISTRY))
def test_wrong_values_of_each_lever(tmp_path, name):
    for value, reason, inside in wrong_values(REGISTRY[name]):
        said = refused(tmp_path, f"{HEAD}{name} = {value}\n")
        assert "broken.toml:4: levers." + name + inside + ":" in said and reason in said, (value, said)


@pytest.mark.parametrize(("value", "inside", "reason"), [
    ("[0.5]", ".0", "where a stage is expected"),
    ("{ to = 0.5, ramp = [2025] }", ".ramp", "two years"), ("{ to = 0.5, ramp = 2025 }", ".ramp", "two years"),
    ("{ to = 0.5, ramp = [2025, 2025] }", ".ramp", "a jump is a ramp of one year"),
    ("{ to = 0.5, ramp = [2025.0, 2030] }", ".ramp", "where a year is expected"),
    ("{ to = 0.5, ramp = [true, 2030] }", ".ramp", "where a year is expected"),
    ("{ to = 0.5, ramp = [205, 2030] }", ".ramp", "not a plausible year"),
    ("{ to = 0.5, ramp = [2025, 99999999999999999999] }", ".ramp", "not a plausible year"),
    ("{ ramp = [2025, 2030] }", "", "neither `to` nor `path`"), ("{ to = true }", ".to", "where a number"),
    ("{ to = nan, ramp = [2025, 2030] }", ".to", "not a finite"), ("{ to = [1] }", ".to", "where a number"),
    ("{ path = 3 }", ".path", "years with values"), ("{ path = {} }", ".path", "years with values"),
    ("{ path = [2025, 1] }", ".path", "years with values"), ('{ path = { "20x5" = 1.0 } }', ".path.20x5", "a year is"),
    ("{ path = { 2025 = true } }", ".path.2025", "where a number"),
    ("{ path = { 2025 = 7.0 } }", ".path.2025", "out of range"), ("{ path = { 2025 = nan } }", ".path.2025", "finite"),
    ("{ path = { 02025 = 1.0 } }", ".path.02025", "a year is"),
    ("{ path = { 2025 = 1.0 }, to = 1.0 }", ".to", "write one of them"),
    ("{ path = { 2025 = 1.0 }, ramp = [2025, 2026] }", ".ramp", "write one of them"),
    ("{ to = 1.0, since = true }", ".since", "where a year"), ("{ to = 1.0, since = 1 }", ".since", "plausible"),
    ("[{ to = 1.0, since = 2030 }, { to = 0.5, since = 2025 }]", ".1", "stages out of order"),
    ("[{ to = 1.0 }, { to = 0.5 }]", ".1", "stages out of order"),
    ("123456789012345678901234567890123456789", "", "out of range"), ("1e400", "", "not a finite"),
    ('"\\u0000none"', "", "is no setting"), ('""', "", "is no setting"), ("'FULL'", "", "is no setting"),
    ("-1e-9", "", "out of range"), ("1.0000001", "", "out of range"), ("0x7fffffff", "", "out of range"),
])
def test_wrong_forms_of_a_value(tmp_path, value, inside, reason):
    said = refused(tmp_path, f"{HEAD}hukou_open = {value}\n")
    assert f"broken.toml:4: levers.hukou_open{inside}:" in said and reason in said, said


@pytest.mark.parametrize("section", list(SECTIONS))
def test_wrong_words_of_each_section(tmp_path, section):
    for word, reason in (('"of"', "is no setting"), ("1.5", "out of range"), ("nan", "not a finite"),
                         ("true", "is no setting"), ('"nonee"', "did you mean none?"), ("{}", "is no setting")):
        said = refused(tmp_path, f'title = "t"\n[sections]\n"{section}" = {word}\n')
        key = f"sections.{section}"
        assert f"broken.toml:3: {key}:" in said and reason in said, said


@pytest.mark.parametrize(("text", "line", "key", "reason"), [
    ('title = "t"\nlevrs = {}\n', 2, "levrs", "did you mean levers?"),
    ('title = "t"\nhukou_open = 1\n', 2, "hukou_open", "levers stand under [levers]"),
    ('title = "t"\n"3.2" = "none"\n', 2, "3.2", "sections stand under [sections]"),
    ("title = 3\n", 1, "title", "a text is expected"), ('title = "a\\nb"\n', 1, "title", "one line"),
    (f'title = "{"x" * 201}"\n', 1, "title", "at most 200"), ('title = "\\u001b[31m"\n', 1, "title", "one line"),
    ("levers = 3\n", 1, "levers", "a table is expected"), ("[[levers]]\nx = 1\n", 1, "levers", "a table is expected"),
    ('sections = "none"\n', 1, "sections", "a table is expected"),
    ("[parameters]\nmoving_cst = 3\n", 2, "parameters.moving_cst", "did you mean moving_cost?"),
    ("[parameters]\nmoving_cost = 99\n", 2, "parameters.moving_cost", "2.5 to 6 utils"),
    ("[parameters]\nmoving_cost = true\n", 2, "parameters.moving_cost", "where a number"),
    ("[parameters]\nmoving_cost = nan\n", 2, "parameters.moving_cost", "finite"),
    ("[parameters]\nmoving_cost = [3]\n", 2, "parameters.moving_cost", "where a number"),
    ("[outlook]\nnational_grwth = 3\n", 2, "outlook.national_grwth", "did you mean national_growth?"),
    ("[outlook]\nnational_growth = 3\n", 2, "outlook.national_growth", "out of range"),
    ('[outlook]\nnational_growth = "full"\n', 2, "outlook.national_growth", "text where a number"),
    ("[outlook]\nnational_growth = { to = 0.0, ramp = [2025, 2026] }\n", 2, "outlook.national_growth", "path"),
    ("[outlook]\nnational_growth = { path = { 2015 = 0.0 } }\n", 2, "outlook.national_growth", "before 2025"),
    ('title = "t"\nsince = true\n', 2, "since", "a year is expected"),
    ('title = "t"\nsince = "2025"\n', 2, "since", "a year is expected"),
    ('title = "t"\nsince = 2025.0\n', 2, "since", "a year is expected"),
    ('title = "t"\nsince = 1999\n', 2, "since", "out of range"), ('title = "t"\nsince = 3000\n', 2, "since", "out of"),
    ('since = 2025\n[levers]\ntalent = { to = 0.1, since = 2020 }\n', 3, "levers.talent.since", "before the file's"),
    ("since = 2025\n[parameters]\nmoving_cost = 3.0\n", 3, "parameters.moving_cost", "holds in all years"),
    ('[sections]\n"3.4" = "none"\n', 2, "sections.3.4", "no such section"),
    ('[sections]\n3.2 = "none"\n', 2, "sections.3", 'a dotted id stands in quotes: "3.2"'),
    ('[sections]\nal = "none"\n', 2, "sections.al", "did you mean all?"),
    ("[levers]\nhukou_opn = 1\n", 2, "levers.hukou_opn", "did you mean hukou_open (section 3.2)?"),
    ('[levers]\n"城镇化" = 1\n', 2, "levers.城镇化", "no such lever"),
    ("[levers]\nhukou_open = 1\nHukou_Open = 0\n", 3, "levers.Hukou_Open", "given twice"),
    ("[levers]\nhukou_open.to = 1.0\nhukou_open.ramp = [3, 4]\n", 3, "levers.hukou_open.ramp", "plausible"),
    ("[levers.hukou_open]\nto = 1.0\nramp = [\n 2030,\n 2025,\n]\n", 3, "levers.hukou_open.ramp", "ends in 2025"),
    ('title = """a\nb"""\n[levers]\nx = 1\n', 4, "levers.x", "no such lever"),
    ("[levers] # a\n# b = '''\nx = 1 # c\n", 3, "levers.x", "no such lever"),
    ('[levers]\n"a\\u001b[31m" = 1\n', 2, r"levers.a\x1b[31m", "no such lever"),
    ("inherits = 3\n", 1, "inherits", "a name is expected"), ('inherits = ""\n', 1, "inherits", "a name is expected"),
    ('inherits = "basline"\n', 1, "inherits", "did you mean baseline?"),
    ('inherits = "../other"\n', 1, "inherits", "leads outside"),
    ('inherits = "/etc/passwd"\n', 1, "inherits", "outside"),
    ('inherits = "a/../../b"\n', 1, "inherits", "leads outside"), ('inherits = "..\\\\b"\n', 1, "inherits", "outside"),
    ('inherits = "C:\\\\x"\n', 1, "inherits", "leads outside"), ('inherits = "~/x"\n', 1, "inherits", "leads outside"),
    ('inherits = "a\\u0000/b"\n', 1, "inherits", "leads outside"), ('inherits = "no/such"\n', 1, "inherits", "no file"),
    ('inherits = "broken"\n', 1, "inherits", 'no scenario "broken"'), ("inherits = [\"a\"]\n", 1, "inherits", "a name"),
])
def test_wrong_keys(tmp_path, text, line, key, reason):
    said = refused(tmp_path, text)
    assert f"broken.toml:{line}: {key}:" in said and reason in said, said


@pytest.mark.parametrize(("text", "line", "reason"), [
    ("", 1, "the file says nothing"), ("# only a comment\n", 1, "the file says nothing"),
    ("title = \n", 1, "not TOML"), ('title = "a\n', 1, "not TOML"), ("[levers\n", 1, "not TOML"),
    ("[levers]\nhukou_open 1\n", 2, "not TOML"), ("[levers]\nhukou_open = 1 2\n", 2, "not TOML"),
    ("[levers]\nx = [1, 2\n", 3, "not TOML"), ("[levers]\nx = { a = 1\n", 2, "not TOML"),
    ('title = "\\q"\n', 1, "not TOML"), ("title = '''abc\n", 2, "not TOML"), ('title = """abc\n', 2, "not TOML"),
    ("[levers]\nx = 01\n", 2, "not TOML"), ("[levers]\nx = .5\n", 2, "not TOML"), ("= 1\n", 1, "not TOML"),
    ("[]\n", 1, "not TOML"), ("a..b = 1\n", 1, "not TOML"), ("城 = 1\n", 1, "not TOML"), ("{}\n", 1, "not TOML"),
    ("[levers]\nx = yes\n", 2, "not TOML"), ("title = 'a'\rx = 1\n", 1, "not TOML"), ("title: x\n", 1, "not TOML"),
    ('{"title": "json"}\n', 1, "not TOML"), ("title = \x00\n", 1, "not TOML"), ("<xml/>\n", 1, "not TOML"),
    ("[a]\nb.c = 1\n[a.b]\n", 3, "not TOML"), ("a = 1\n[a.b]\n", 2, "not TOML"), ("a = {}\na.b = 1\n", 2, "not TOML"),
    ("x = " + "9" * 4000 + "\n", 1, "more than 40 digits"), ("x = 0." + "1" * 4000 + "\n", 1, "more than 40 digits"),
    ("x = 1e" + "9" * 99 + "\n", 1, "more than 40 digits"), ("x = " + "[" * 3000 + "\n", 1, "deeper than 12"),
    ("x = " + "[" * 200 + "]" * 200 + "\n", 1, "deeper than 12"), ("x = " + "{a=" * 900 + "1" + "}" * 900, 1, "deeper"),
    ("x = " + "[\n" * 50_000, 13, "deeper than 12"), ("a." * 1500 + "a = 1\n", 1, "more than 8 dotted parts"),
    ("[" + "a." * 1500 + "a]\n", 1, "more than 8 dotted parts"),
    ("a." * 32_000 + "a = 1\n", 1, "characters; at most 4096"),
    ("x = {" + "a." * 1500 + "a = 1}\n", 1, "more than 8 dotted parts"),
    ("#" + "x" * 5000 + "\n", 1, "5001 characters"),
    ('title = "' + "x" * 5000 + '"\n', 1, "characters; at most 4096"),
    ("".join(f"k{i} = {i}\n" for i in range(50_000)), 20_001, "more than 20,000 values"),
    ("x = [" + "1,\n" * 200_000 + "]\n", 20_000, "more than 20,000 values"),
    ("a = 1\na = 2\n", 2, "given twice, first on line 1"), ("[levers]\n[levers]\n", 2, "given twice, first on line 1"),
    ('[sections]\n"5" = "none"\n5 = "full"\n', 3, "given twice, first on line 2"),
    ("[levers]\nx = { a = 1, a = 2 }\n", 2, "given twice"), ("[levers]\nx = 1\n'x' = 2\n", 3, "given twice"),
    (b"title = \"\xff\xfe\"\n", 1, "not UTF-8"), (b"a = 1\n# \xb0\xa1\xc4\xfa\n", 2, "not UTF-8"),
    ("title = 'x'\n".encode("utf-16"), 1, "not UTF-8"), (b"\x00\x01\x02", 1, "not TOML"),
])
def test_text_that_cannot_be_read(tmp_path, text, line, reason):
    said = refused(tmp_path, text)
    assert f"broken.toml:{line}" in said and reason in said, said


def test_a_syntax_error_says_that_it_hides_what_follows(tmp_path):
    assert "what follows has not been checked" in refused(tmp_path, "[levers]\nx = \nhukou_opn = 1\n")


def test_a_key_given_twice_says_that_it_hides_the_rest(tmp_path):
    assert "what else the file holds was not checked" in refused(tmp_path, "a = 1\na = 2\n")


def test_a_large_file_is_refused_before_it_is_read(tmp_path):
    assert "larger than 1,000,000 bytes" in refused(tmp_path, b"#\n" * 600_000)


def test_a_thousand_faults_are_told_in_a_page(tmp_path):
    said = refused(tmp_path, "[levers]\n" + "".join(f"lever_{i} = 1\n" for i in range(1000)))
    assert len(said.splitlines()) == 41 and "more faults" in said


def test_all_faults_of_a_file_and_of_its_parent_come_at_once(tmp_path):
    (tmp_path / "parent.toml").write_text("[levers]\ntalnt = 1\n")
    said = refused(tmp_path, 'inherits = "parent"\ntitel = "x"\n[sections]\n"9.9" = "none"\n[levers]\n'
                             "hukou_opn = 1\nsvc_share = 5\nquota_tilt = { to = nan, ramp = [2030, 2020] }\n")
    for part in ("parent.toml:2: levers.talnt", "broken.toml:2: titel", "broken.toml:4: sections.9.9",
                 "broken.toml:6: levers.hukou_opn", "broken.toml:7: levers.svc_share",
                 "broken.toml:8: levers.quota_tilt.to", "broken.toml:8: levers.quota_tilt.ramp"):
        assert part in said
    assert len(said.splitlines()) == 7


def test_a_circle_of_parents_is_refused(tmp_path):
    (tmp_path / "a.toml").write_text('inherits = "broken"\n')
    said = refused(tmp_path, 'inherits = "a"\n', "a.toml")
    assert "a.toml:1: inherits: a circle: broken.toml -> a.toml -> broken.toml" in said


def test_a_long_line_of_parents_is_refused(tmp_path):
    for i in range(40):
        (tmp_path / f"p{i}.toml").write_text(f'inherits = "p{i + 1}"\n')
    assert "more than 16 parents" in refused(tmp_path, 'inherits = "p0"\n', "p14.toml")


def test_a_link_that_leads_outside_is_refused(tmp_path):
    (tmp_path / "outside.toml").write_text('title = "secret"\n')
    (tmp_path / "home").mkdir()
    os.symlink(tmp_path / "outside.toml", tmp_path / "home" / "inside.toml")
    os.symlink(tmp_path, tmp_path / "home" / "up")
    assert "leads outside" in refused(tmp_path / "home", 'inherits = "inside"\n')
    assert "leads outside" in refused(tmp_path / "home", 'inherits = "up/outside.toml"\n')
    os.symlink(tmp_path / "home" / "loop.toml", tmp_path / "home" / "loop.toml")
    assert "loop.toml" in refused(tmp_path / "home", 'inherits = "loop"\n', "loop.toml")


@pytest.mark.parametrize("name", ["a b.toml", "a.b.toml", "x" * 65 + ".toml", "-é!.toml", "a;b.toml", ".toml"])
def test_a_file_whose_name_is_no_name_is_refused(tmp_path, name):
    (tmp_path / name).write_text('title = "t"\n')
    with pytest.raises(UserError, match="a scenario's name is letters"):
        load_scenario(tmp_path / name)


@pytest.mark.parametrize("what", ["", " ", "no such", "../baseline", "a\0b", "a\0b.toml", "x" * 5000, 3, None,
                                  "/etc/passwd", "scenarios/policies", "nothing.toml", "nothing/here.toml", "."])
def test_what_is_no_scenario_is_refused(what):
    with pytest.raises(UserError):
        load_scenario(what)


def test_a_pipe_and_a_folder_are_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "folder.toml").mkdir()
    for name in ("pipe.toml", "folder.toml"):
        with pytest.raises(UserError, match=r"is not a regular file|is a folder"):
            load_scenario(tmp_path / name)


@pytest.mark.parametrize("name", ["plain", "城乡", "Überblick_2", "x" * 64])
def test_a_byte_order_mark_crlf_and_chinese_are_welcome(tmp_path, name):
    text = f'{HEAD}hukou_open = 0.5 # 户籍\n'.replace("\n", "\r\n").replace("inherits", 'title_zh = "标题"\r\ninherits')
    (tmp_path / f"{name}.toml").write_bytes(b"\xef\xbb\xbf" + text.encode("utf-8"))
    scenario = load_scenario(tmp_path / f"{name}.toml")
    assert scenario.name == name and scenario.title_zh == "标题" and scenario.at(2030).hukou_open == 0.5


def test_there_are_more_than_three_hundred_broken_files():
    tests = (test_wrong_forms_of_a_value, test_wrong_keys, test_text_that_cannot_be_read)
    listed = sum(len(mark.args[1]) for test in tests for mark in test.pytestmark)
    assert listed + 13 * len(REGISTRY) + 5 * len(SECTIONS) > 300
