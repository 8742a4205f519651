"""Which photos are of one burst, by the names that phones give them.

So, too, are the variants of one shot that Pixel phones keep: its RAW file, its long exposure, the
portrait before its background was blurred.
"""

import re

FORMS = (  # each with the part of the name that a burst shares
    # Google Camera: 00015IMG_00015_BURST20171111030039_COVER; Sony: DSC_0052_BURST2023..._COVER
    re.compile(r".*(?P<key>BURST\d{14,17})(?!\d)(?P<cover>_COVER)?"),
    # Huawei, Motorola, HTC, Xiaomi: IMG_20231014_183246_BURST001_COVER
    re.compile(r"(?P<key>.+)_BURST\d{1,4}(?!\d)(?P<cover>_COVER)?"),
    # Pixel: PXL_20250223_073538881.BURST-01.COVER, .RAW-02.ORIGINAL, .RAW-01.MP.COVER
    re.compile(r"(?P<key>PXL_\d{8}_\d{9})(?:\.\w+)*?\.[A-Z_]+-\d\d(?:\.MP)?(?P<cover>\.COVER)?"),
    # Samsung: 20231207_101605_001, whose first frame is as good as any
    re.compile(r"(?P<key>\d{8}_\d{6})_(?:(?P<cover>001)|\d{3})(?!\w)"),
)


def burst_in_name(name: str) -> tuple[str, bool]:
    """What the names of a burst's photos share in their folder, and whether this is the cover.

    ("", False) if the name tells of no burst. One photo alone is none, whatever its name: three
    digits behind a time may count something else.
    """
    for form in FORMS:
        if found := form.match(name.upper()):
            return found["key"], found["cover"] is not None
    return "", False
