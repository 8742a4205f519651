"""What kind of library it is, and by what one sees that."""

from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc

from albumen.errors import AlbumenError
from albumen.images import open_file
from albumen.metadata import kphotoalbum, subjects
from albumen.metadata.contents import (
    EXIFTOOL,
    INDEX,
    KPHOTOALBUM,
    PHOTO,
    SIDECAR,
    SUBJECTS,
    XMP,
)
from albumen.metadata.labels import Labels, from_text

TAKEOUT, FOLDER = "takeout", "folder"
MARKERS = {  # a file at the top -> whose library it is
    ".osxphotos_export.db": "osxphotos",
    "digikam4.db": "digikam",
}
CATALOGUE = ".lrcat"
PROGRAMS = ("osxphotos", "digikam", "lightroom")  # whose marks in metadata tell


def kind_of(found: pa.Table) -> tuple[str, str]:
    """The kind of the library (examine.FOUND), and a phrase with the evidence for it."""
    top = {
        name
        for name, folder in zip(found["name"].to_pylist(), found["folder"].to_pylist(), strict=True)
        if not folder
    }
    counts = Counter(found["what"].to_pylist())
    first = {folder.split("/", 1)[0] for folder in pc.unique(found["folder"]).to_pylist()}
    if counts[SIDECAR] or "Takeout" in first:
        return TAKEOUT, f"{_many(counts[SIDECAR], 'sidecar')} of Google Photos"
    if counts[INDEX] and KPHOTOALBUM in top:
        return "kphotoalbum", f"its {KPHOTOALBUM}"
    if counts[INDEX] and SUBJECTS in top:
        return "subjects", f"its {SUBJECTS}: a folder is a subject"
    for name, kind in MARKERS.items():
        if name in top:
            return kind, f"its {name}"
    if catalogues := sorted(name for name in top if name.lower().endswith(CATALOGUE)):
        return "lightroom", f"its {catalogues[0]}"
    marked = found.filter(pc.match_substring(found["labels"], '"made_by"'))
    programs = (from_text(text).made_by for text in marked["labels"].to_pylist())
    marks = Counter(one for made_by in programs for one in set(made_by) & set(PROGRAMS))
    for program, files in sorted(marks.items(), key=lambda mark: -mark[1]):
        if 2 * files >= counts[PHOTO]:  # fewer come into any library from elsewhere
            return program, f"{_many(files, 'file')} with its metadata"
    if counts[EXIFTOOL]:
        return "osxphotos", f"{_many(counts[EXIFTOOL], 'JSON sidecar')} of the kind it writes"
    return FOLDER, f"{_many(counts[PHOTO], 'photo')} and {_many(counts[XMP], 'XMP sidecar')}"


def read_indexes(found: pa.Table) -> dict[str, Labels]:
    """What the library's own index says, by a file's path within the library.

    Raises AlbumenError when an index is there and cannot be read: without it nobody's name is
    known, and nobody's denial could be heeded.
    """
    said: dict[str, Labels] = {}
    rows = found.filter(pc.equal(found["what"], INDEX)).to_pylist()
    for row in rows:
        if row["reason"]:
            raise AlbumenError(f"{row['path']} is {row['reason']}.")
        with open_file(row["path"]) as opened:
            if row["name"] == KPHOTOALBUM:
                said |= kphotoalbum.read_index(opened, row["path"])
            else:
                said |= _of_subjects(found, opened.read().decode("utf-8", "replace"))
    return said


def _of_subjects(found: pa.Table, text: str) -> dict[str, Labels]:
    """A photo's subject is its folder, and a keyword is the subject's class."""
    classes = subjects.read_classes(text)
    folders, names = found["folder"].to_pylist(), found["name"].to_pylist()
    return {
        f"{folder}/{name}": Labels(keywords=(classes[folder.rpartition("/")[2]],))
        for folder, name in zip(folders, names, strict=True)
        if folder.rpartition("/")[2] in classes
    }


def _many(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"
