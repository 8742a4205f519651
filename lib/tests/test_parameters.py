"""Parameters are read from the cell as it stands, and only what fits them gets through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_notebook

from albumen.errors import AlbumenError
from albumen.parameters import check, declared, parse, read_notebook, read_preset

CELL = """
count: int = 3
share: float = 1
sure: bool = True
word = "beach"
names: list[str] = []
weights = {"a": 0.5}
run_folder: str = "../results/runs/_interactive/n"
"""


def notebook(source: str):
    return new_notebook(cells=[new_code_cell(source, metadata={"tags": ["parameters"]})])


@pytest.fixture
def known():
    return declared(notebook(CELL), "n")


def test_types_are_annotated_or_inferred(known):
    assert {name: one.type for name, one in known.items()} == {
        "count": "int",
        "share": "float",
        "sure": "bool",
        "word": "str",
        "names": "list[str]",
        "weights": "dict[str, float]",
        "run_folder": "str",
    }
    assert isinstance(known["share"].default, float)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("size = 2 * 3", "derived"),
        ("path = Path('x')", "derived"),
        ("names = []", "'names' must be annotated"),
        ("maybe: str | None = None", "'maybe' must be annotated"),
        ("mixed = [1, 'a']", "'mixed' must be annotated"),
        ("count: int = 2.5", "2.5, which is no int"),
        ("a = b = 3", "expected 'name: type = literal'"),
        ("count: int", "expected 'name: type = literal'"),
        ("import os", "expected 'name: type = literal'"),
        ("count =", "not Python"),
        ("run_folder: str = 'again'", "'run_folder' twice"),
    ],
)
def test_a_line_that_is_no_literal_is_named(line, said):
    with pytest.raises(AlbumenError, match=r"^n\b") as error:
        declared(notebook(f"run_folder: str = 'r'\n{line}"), "n")
    assert said in str(error.value)


def test_a_notebook_needs_one_parameters_cell_and_run_folder():
    with pytest.raises(AlbumenError, match="0 cells tagged 'parameters'"):
        declared(new_notebook(cells=[new_code_cell("a = 1")]), "n")
    with pytest.raises(AlbumenError, match="does not declare 'run_folder: str"):
        declared(notebook("a = 1"), "n")


def test_given_values_replace_defaults_and_an_int_passes_for_a_float(known):
    values = check(known, {"share": 2, "names": ["x"]}, "n")
    assert values["share"] == 2.0
    assert isinstance(values["share"], float)
    assert (values["count"], values["names"]) == (3, ["x"])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("count", "3"),
        ("count", True),
        ("count", 3.0),
        ("share", "1"),
        ("share", float("nan")),
        ("sure", 1),
        ("word", None),
        ("names", "x"),
        ("names", [1]),
        ("weights", {"a": "b"}),
        ("weights", {1: 0.5}),
    ],
)
def test_another_type_is_refused(known, name, value):
    with pytest.raises(AlbumenError, match=f"^n: '{name}' is .*, expected {known[name].type[:3]}"):
        check(known, {name: value}, "n")


def test_a_misspelt_name_brings_the_closest(known):
    with pytest.raises(AlbumenError, match="n has no parameter 'cuont'; did you mean count"):
        check(known, {"cuont": 1}, "n")
    with pytest.raises(AlbumenError, match="no parameter 'zzz'; known: count, share, sure"):
        check(known, {"zzz": 1}, "n")
    with pytest.raises(AlbumenError, match="'run_folder' is filled in"):
        check(known, {"run_folder": "elsewhere"}, "n")


def test_texts_are_read_as_the_declared_type(known):
    texts = ["count=7", "share=1e-3", "sure=false", "names=[yes, 'a b']", "weights={k: 2}"]
    assert parse(known, texts, "n") == {
        "count": 7,
        "share": 0.001,
        "sure": False,
        "names": ["yes", "a b"],
        "weights": {"k": 2.0},
    }


@given(st.text())
def test_a_text_parameter_stays_as_typed(text):
    known = declared(notebook(CELL), "n")
    assert parse(known, [f"word={text}"], "n") == {"word": text}


@pytest.mark.parametrize(
    "pair", ["count=3.5", "count=three", "share=inf", "sure=1", "names=x", "names=[", "weights=[1]"]
)
def test_a_text_of_another_type_is_refused(known, pair):
    with pytest.raises(AlbumenError, match=f"'{pair.partition('=')[0]}' is .*, expected"):
        parse(known, [pair], "n")


def test_a_pair_without_equals_is_refused(known):
    with pytest.raises(AlbumenError, match="'count' is no parameter: expected name=value"):
        parse(known, ["count"], "n")


def test_preset_is_sections_of_parameters(tmp_path):
    preset = tmp_path / "p.yaml"
    preset.write_text("01_a:\n  count: 2\n02_b:\n")
    assert read_preset(preset) == {"01_a": {"count": 2}, "02_b": {}}
    for text in ("count: 2", "- a", "a: [", ""):
        preset.write_text(text)
        with pytest.raises(AlbumenError, match=r"p\.yaml"):
            read_preset(preset)
    with pytest.raises(AlbumenError, match=r"none\.yaml cannot be read"):
        read_preset(tmp_path / "none.yaml")


def test_what_is_no_notebook_is_named(tmp_path):
    path = tmp_path / "n.ipynb"
    with pytest.raises(AlbumenError, match=r"n\.ipynb does not exist"):
        read_notebook(path)
    for text in ("nothing", "[]", "{}", '{"nbformat": 4, "nbformat_minor": 5, "cells": [3]}'):
        path.write_text(text)
        with pytest.raises(AlbumenError, match=r"n\.ipynb is not"):
            read_notebook(path)
