"""Tables and records are whole and as declared, or they are not there."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from albumen import registry, tables
from albumen.errors import AlbumenError

SCHEMA = pa.schema(
    [
        pa.field("name", pa.string(), nullable=False),
        pa.field("words", tables.STRINGS, nullable=False),
        pa.field("when", tables.UTC),
        pa.field("size", pa.int32()),
    ]
)


def rows(**changes) -> pd.DataFrame:
    when = pd.to_datetime(["2020-01-01T12:00:00Z", None], utc=True)
    columns = {"name": ["a", "b"], "words": [["x", "y"], []], "when": when, "size": [1, 2]}
    return pd.DataFrame({**columns, **changes})


def test_a_table_comes_back_as_it_was(tmp_path) -> None:
    path = tmp_path / "deep" / "table.parquet"
    tables.write_table(rows(), path, SCHEMA)
    again = tables.read_table(path, SCHEMA)
    assert again.words.tolist() == [["x", "y"], []]
    assert again.when[0] == pd.Timestamp("2020-01-01T12:00:00Z") and pd.isna(again.when[1])
    before = path.read_bytes()
    tables.write_table(again, path, SCHEMA)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (rows().drop(columns="size"), r"missing columns \['size'\]"),
        (rows(extra=1), r"unknown columns \['extra'\]"),
        (rows(size=["one", "two"]), "does not fit its schema"),
        (rows(name=["a", None]), "column name has empty cells"),
    ],
)
def test_a_table_unlike_its_schema_is_refused(tmp_path, table, words) -> None:
    with pytest.raises(AlbumenError, match=words):
        tables.write_table(table, tmp_path / "table.parquet", SCHEMA)
    assert list(tmp_path.iterdir()) == []


def test_what_is_missing_or_broken_is_a_sentence(tmp_path) -> None:
    with pytest.raises(AlbumenError, match="does not exist"):
        tables.read_table(tmp_path / "none.parquet", SCHEMA)
    (tmp_path / "half.parquet").write_bytes(b"PAR1 half")
    with pytest.raises(AlbumenError, match=r"half\.parquet is not a readable Parquet file"):
        tables.read_table(tmp_path / "half.parquet", SCHEMA)
    (tmp_path / "half.json").write_text('{"a": ')
    with pytest.raises(AlbumenError, match=r"half\.json is not JSON"):
        tables.read_json(tmp_path / "half.json")
    other = pa.schema([pa.field("other", pa.string())])
    tables.write_table(pd.DataFrame({"other": ["x"]}), tmp_path / "other.parquet", other)
    with pytest.raises(AlbumenError, match=r"has columns \['other'\]"):
        tables.read_table(tmp_path / "other.parquet", SCHEMA)


def test_a_file_that_fails_midway_leaves_the_old_one(tmp_path) -> None:
    path = tmp_path / "file.txt"
    path.write_text("old")

    def write(part: Path) -> None:
        part.write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), tables.whole_file(path) as part:
        write(part)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_nan_is_no_json(tmp_path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        tables.write_json({"value": float("nan")}, tmp_path / "x.json")
    assert list(tmp_path.iterdir()) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, width=32),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(), part, max_size=3),
    max_leaves=8,
)


@given(JSON.filter(lambda value: "inf" not in repr(value)))
def test_any_record_comes_back(tmp_path_factory, value) -> None:
    path = tmp_path_factory.mktemp("json") / "x.json"
    tables.write_json(value, path)
    assert tables.read_json(path) == value


def test_a_part_is_made_by_name() -> None:
    entries = {"upper": "builtins:str"}
    assert registry.make("upper", entries, object=3) == "3"
    with pytest.raises(AlbumenError, match="'lower' is not one of: upper"):
        registry.make("lower", entries)
