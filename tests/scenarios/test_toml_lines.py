"""The scanner finds the line of every key that TOML allows, and never hides one."""

import tomllib

from hypothesis import given, settings
from hypothesis import strategies as st

from sim.core.toml_file import parse_toml, proper_name, quoted

TEXT = '''# a comment with [brackets] = "and quotes
title = """two
lines with [a] = 1 and \\""" inside"""
"quoted key" = 'literal # no comment'
a.b.c = 1
when = 1979-05-27 07:32:00
list = [ # comment ]
  1,
  { x = 2 },
  [3,
   4],
]
[table]   # after a header
inside = { one = 1, two.deep = 2, "three" = [1, 2] }
long = \'\'\'
[not.a.table]
x = 1\'\'\'
[table."dotted.name"]
y = "a # b"
[[many]]
z = 1
[[many]]
z = 2
'''


def test_every_kind_of_key_has_its_line():
    lines = parse_toml(TEXT, "f").lines
    expected = {
        ("title",): 2, ("quoted key",): 4, ("a",): 5, ("a", "b", "c"): 5, ("when",): 6, ("list",): 7,
        ("list", 1, "x"): 9, ("list", 2, 1): 11, ("table",): 13, ("table", "inside", "two", "deep"): 14,
        ("table", "inside", "three"): 14, ("table", "long"): 15, ("table", "dotted.name", "y"): 19,
        ("many", 0, "z"): 21, ("many", 1, "z"): 23,
    }
    assert {path: lines[path] for path in expected} == expected
    assert ("not",) not in lines and ("table", "x") not in lines


def test_a_key_without_a_line_takes_that_of_the_table_around_it():
    assert parse_toml(TEXT, "f").line(("table", "inside", "nothing")) == 14
    assert parse_toml(TEXT, "f").line(("nothing",)) == 1


KEYS = st.text(st.characters(min_codepoint=32, max_codepoint=0x2fff, exclude_categories=("Cs", "Cc")), max_size=8)
LEAVES = st.one_of(st.integers(-9, 9), st.booleans(), st.text(max_size=12),
                   st.floats(allow_nan=False, allow_infinity=False))
VALUES = st.recursive(LEAVES, lambda v: st.one_of(st.lists(v, max_size=3), st.dictionaries(KEYS, v, max_size=3)),
                      max_leaves=6)


def written(value, spread):
    """A value as TOML, arrays spread over lines."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        escaped = "".join(c if c.isprintable() and c not in '"\\' and ord(c) < 0xd800 else f"\\U{ord(c):08x}"
                          if not 0xd800 <= ord(c) < 0xe000 else "?" for c in value)
        return f'"{escaped}"'
    if isinstance(value, list):
        joint = ",\n # ]}\"\n " if spread else ", "
        return f"[{joint.join(written(v, spread) for v in value)}]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{written(k, False)} = {written(v, False)}" for k, v in value.items()) + " }"
    return repr(value)


def paths(value, at=()):
    """Every key of a document."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inside in pairs:
        yield (*at, key)
        yield from paths(inside, (*at, key))


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=4), st.booleans())
def test_any_document_is_read_as_tomllib_reads_it_and_every_key_has_a_line(document, spread):
    text = "".join(f"# line\n{written(k, False)} = {written(v, spread)}\n" for k, v in document.items())
    found = parse_toml(text, "f")
    assert found.data == tomllib.loads(text)
    assert all(path in found.lines for path in paths(found.data))
    lines = text.split("\n")
    assert all(lines[found.lines[(key,)] - 1].startswith(written(key, False)) for key in found.data)


@settings(max_examples=50, deadline=None)
@given(st.text(st.sampled_from('ab.="\'[]{}#\n\\ ,1\t'), max_size=60))
def test_the_scanner_refuses_nothing_that_tomllib_accepts(text):
    try:
        expected = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    found = parse_toml(text, "f")
    assert found.data == expected and all(path in found.lines for path in paths(found.data))


def test_a_name_is_letters_of_any_script_digits_dash_and_underscore():
    assert all(map(proper_name, ["a", "城乡_2", "x-y", "हिन्दी", "x" * 64]))
    assert not any(map(proper_name, ["", "a.b", "a/b", "a b", "x" * 65, "a\n", "\u202ea", None, 3]))


def test_text_of_a_user_is_shown_on_one_line_with_control_characters_escaped():
    assert quoted("a\nb\x1b[0m") == r"a\nb\x1b[0m" and len(quoted("x" * 500)) == 60
