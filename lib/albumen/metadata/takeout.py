"""Google Photos Takeout: what a sidecar and a folder say of a photo.

Every key of a sidecar may be missing or of another type than expected; what makes no sense counts
as silence. Folders are named in the owner's language: as users reported them, else in the words
of Google Photos itself. A name that is missing here only makes an album of the folder, since
sidecars say `archived`, `trashed` and `inLockedFolder` themselves.
"""

import re
from collections.abc import Mapping
from typing import Any

from albumen.metadata.fields import described, position
from albumen.metadata.labels import Labels, Position, clean, from_timestamp
from albumen.metadata.times import year_of_folder

Folder = tuple[str, ...]

KINDS = ("archived", "trashed", "locked", "untitled")
FOLDERS = {  # language -> its names of the four kinds
    "ar": ("الأرشيف", "المهملات", "المجلد المقفل", "بدون عنوان|بلا عنوان"),
    "ca": ("arxiu", "paperera", "carpeta bloquejada", "sense títol"),
    "cs": ("archiv", "koš", "uzamčená složka", "bez názvu"),
    "da": ("arkiv", "papirkurv", "låst mappe", "uden titel|unavngivet"),
    "de": ("archiv", "papierkorb", "gesperrter ordner", "unbenannt|ohne titel"),
    "el": ("αρχείο|αρχειοθήκη", "κάδος|κάδος απορριμμάτων", "κλειδωμένος φάκελος", "χωρίς τίτλο"),
    "en": ("archive", "trash|bin", "locked folder", "untitled"),
    "es": ("archivo", "papelera", "carpeta privada|carpeta con contraseña", "sin título"),
    "fi": ("arkisto", "roskakori", "lukittu kansio", "nimetön"),
    "fr": ("archive|archives", "corbeille", "dossier verrouillé", "sans titre"),
    "he": ("ארכיון", "אשפה", "תיקייה נעולה|התיקייה הנעולה", "ללא כותרת|ללא שם"),
    "hu": ("archívum", "kuka|lomtár", "zárolt mappa", "névtelen|cím nélkül"),
    "it": ("archivio", "cestino", "cartella bloccata", "senza titolo"),
    "ja": ("アーカイブ", "ゴミ箱", "ロックされたフォルダ", "無題"),
    "ko": ("보관함|보관처리됨", "휴지통", "잠긴 폴더", "제목 없음"),
    "nb": ("arkiv", "papirkurv", "låst mappe", "uten tittel|uten navn"),
    "nl": ("archief", "prullenbak", "vergrendelde map", "naamloos|zonder titel"),
    "pl": ("archiwum", "kosz", "folder zablokowany|zablokowany folder", "bez tytułu"),
    "pt": ("arquivo", "lixeira|lixo", "pasta trancada|pasta com senha", "sem título"),
    "ro": ("arhivă", "coș de gunoi", "dosar blocat", "fără titlu"),
    "ru": ("архив", "корзина", "личная папка|заблокированная папка", "без названия"),
    "sv": ("arkiv", "papperskorg|papperskorgen", "låst mapp", "namnlös|utan titel"),
    "tr": ("arşiv", "çöp kutusu|çöp", "kilitli klasör", "adsız|başlıksız"),  # noqa: RUF001
    "uk": ("архів", "кошик", "захищена папка|заблокована папка", "без назви"),
    "zh": ("归档|归档文件|封存", "回收站|垃圾桶", "已锁定的文件夹|已鎖定的資料夾", "无标题|未命名"),
}
KIND_OF = {
    name.casefold(): kind
    for names in FOLDERS.values()
    for kind, several in zip(KINDS, names, strict=True)
    for name in several.split("|")
}
FAILED = {"failed videos", "fehlgeschlagene videos"}
ORIGINS = {  # a key of googlePhotosOrigin -> flag
    "fromPartnerSharing": "partner",
    "fromSharedAlbum": "shared",
    "composition": "creation",
}
STATES = {"archived": "archived", "trashed": "trashed", "inLockedFolder": "locked"}


def read_labels(data: Mapping[str, Any]) -> Labels:
    """The labels in a photo's sidecar; `creationTime`, when it was uploaded, is none."""
    origin = _dict(data.get("googlePhotosOrigin"))
    flags = {flag for key, flag in ORIGINS.items() if key in origin}
    flags |= {flag for key, flag in STATES.items() if data.get(key) is True}
    taken = from_timestamp(_dict(data.get("photoTakenTime")).get("timestamp"))
    positions = (_position(data.get(key)) for key in ("geoData", "geoDataExif"))
    people = data.get("people")
    names = [clean(_dict(one).get("name")) for one in people] if isinstance(people, list) else []
    return Labels(
        title=clean(data.get("title")),
        description=described(data.get("description")),
        taken_utc=taken,
        time_source="sidecar" if taken else "",
        positions=tuple(dict.fromkeys(one for one in positions if one)),
        people=tuple(dict.fromkeys(name for name in names if name)),
        favourite=data.get("favorited") is True,
        flags=frozenset(flags),
    )


def folder_flags(folder: Folder) -> frozenset[str]:
    """What a folder's own name says of its photos, in the languages that are known."""
    kind = _kind(folder[-1]) if folder else ""
    return frozenset({kind} - {"", "untitled"})


def folder_albums(folder: Folder, titles: Mapping[Folder, set[str]]) -> tuple[str, ...]:
    """The albums that a folder stands for.

    `titles`: the titles in each folder's album JSON, empty for an untitled album. Without such a
    JSON (it may be in a part that is missing or broken) the folder's name is the title, unless it
    is a year's folder or one of the folders above the albums. What Google Photos names itself is
    no title, even in a JSON.
    """
    if folder in titles:
        named = {title for title in titles[folder] if title}
    elif not folder or year_of_folder(folder[-1]) or _is_above(folder):
        return ()
    else:
        named = {folder[-1]}
    return tuple(sorted(name for name in named if not _is_googles(name)))


def _is_googles(name: str) -> bool:
    """Whether Google Photos gave the name; a bare year with a JSON is an album of the owner's."""
    if _kind(name) or name.casefold() in FAILED:
        return True
    return year_of_folder(name) is not None and not name.isdecimal()


def _kind(name: str) -> str:
    """One of KINDS, also where a counter follows, as in "Untitled(9)"; "" for any other name."""
    return KIND_OF.get(re.sub(r" ?\(\d+\)$", "", name.casefold()), "")


def _is_above(folder: Folder) -> bool:
    """Whether it is Takeout, or Google Photos in it in any language."""
    name = folder[-1].casefold()
    inside = len(folder) == 1 or folder[-2].casefold() == "takeout"
    return name == "takeout" or ("google" in name and inside)


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _position(value: Any) -> Position | None:
    try:
        lat, lon = float(_dict(value)["latitude"]), float(_dict(value)["longitude"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return position(lat, lon)
