"""DreamBench-style libraries: a folder is a subject, and a list says of which class it is."""

import re

END = re.compile(r"\W*prompts?\b", re.IGNORECASE)  # heads what follows the classes
ROW = re.compile(r"([^,'\"()\[\]]+),([^,'\"()\[\]]+)")
HEADER = "subject_name"


def read_classes(text: str) -> dict[str, str]:
    """Subject's folder -> its class, of a prompts_and_classes.txt as DreamBench has it.

    The classes are rows "folder,class" under a header row, before the prompts (Ruiz et al.,
    DreamBooth, 2023). Rows of another form are passed over; of a folder the first row counts.
    """
    classes: dict[str, str] = {}
    for line in text.lstrip("\ufeff").splitlines():
        if END.match(line):
            break
        if found := ROW.fullmatch(line):
            folder, name = found[1].strip(), found[2].strip()
            if folder and name and folder != HEADER:
                classes.setdefault(folder, name)
    return classes
