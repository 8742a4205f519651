"""What IPTC-IIM (4.2) says of a photo: keywords, title, caption and places."""

from PIL import ImageFile
from PIL.IptcImagePlugin import getiptcinfo

from albumen.metadata.fields import described
from albumen.metadata.labels import Labels, clean
from albumen.metadata.tags import MAX_TAGS, sort_tags

CHARSET, UTF_8 = (1, 90), b"\x1b%G"  # ISO 2022's announcement
TITLE, KEYWORDS, CAPTION = (2, 5), (2, 25), (2, 120)
PLACES = ((2, 92), (2, 90), (2, 95), (2, 101))  # sublocation, city, state, country

Records = dict[tuple[int, int], bytes | list[bytes | None] | None]  # None: an empty record


def read_iptc(image: ImageFile.ImageFile) -> Labels:
    """What the IPTC-IIM block of a JPEG or TIFF says of its photo.

    Raises what Pillow's parser does when the block is malformed.
    """
    records = getiptcinfo(image) or {}
    tags = sort_tags(_texts(records, KEYWORDS)[:MAX_TAGS])
    places = [place for record in PLACES for place in _texts(records, record)]
    return tags._replace(
        title="".join(_texts(records, TITLE)[:1]),
        description=described("".join(_texts(records, CAPTION)[:1])),
        places=tuple(dict.fromkeys((*places, *tags.places))),
    )


def _texts(records: Records, record: tuple[int, int]) -> list[str]:
    """The texts of a record, which may repeat.

    The encoding is seldom announced: what is not UTF-8 is taken for Latin-1, unless UTF-8 was
    announced; then the limit of so many bytes a record may have cut its last character.
    """
    found = records.get(record)
    unclear = ("utf-8", "ignore") if records.get(CHARSET) == UTF_8 else ("latin-1", "strict")
    texts = []
    for data in found if isinstance(found, list) else [found]:
        try:
            texts.append(clean((data or b"").decode("utf-8")))
        except UnicodeDecodeError:
            texts.append(clean(data.decode(*unclear)))
    return [text for text in texts if text]
