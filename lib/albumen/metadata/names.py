"""What the name of a photo's file says of it, in the languages of phones and of Google Photos.

Names are NFC. Of `IMG-edited(2).jpg` the stem is "IMG-edited", the counter "2", the ending ".jpg".
"""

import re

EDITED = (  # Google Photos appends it to the stem of an edit; casefolded
    *("-edited", "-edytowane", "-bearbeitet", "-bewerkt", "-modificato", "-modifié", "-editado"),
    *("-ha editado", "-editat", "-muokattu", "-düzenlendi", "-измененный", "-編集済み", "-编辑"),
    *("-已修改", "-已編輯"),
)
CREATED = ("-effects", "-smile", "-mix", "-motion", "-animation", "-collage")  # never localised
SCREENSHOT = (  # Android keeps the English one, desktops use their own language's
    *("screenshot", "screen shot", "bildschirmfoto", "capture d écran", "captura de pantalla"),
    *("captura de tela", "captura de ecrã", "schermata", "schermafbeelding", "zrzut ekranu"),
    *("skärmbild", "skärmavbild", "skærmbillede", "skjermbilde", "näyttökuva", "kuvakaappaus"),
    *("snímek obrazovky", "képernyőfotó", "képernyőkép", "captură de ecran", "ekran resmi"),
    *("ekran görüntüsü", "снимок экрана", "скриншот", "знімок екрана", "στιγμιότυπο"),
    *("スクリーンショット", "截屏", "截图", "屏幕截图", "屏幕快照", "截圖", "螢幕截圖", "螢幕快照"),
    *("스크린샷", "צילום מסך", "لقطة شاشة", "لقطة الشاشة"),
)
SPACES = str.maketrans("'\u2019_", "   ")  # what programs and exports put for one another
RECEIVED = re.compile(  # as WhatsApp, Signal, Messenger, Telegram and Snapchat name what they save
    r"IMG-\d{8}-WA\d+|WhatsApp Image |signal-\d{4}-\d\d-\d\d|received_\d{6,}|FB_IMG_\d+"
    r"|photo_\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d|Snapchat-\d+",
    re.IGNORECASE,
)
DOCUMENT = re.compile(  # as scanning programs do
    r"Scan(ned)?[ _-]?(Doc|\d)|CamScanner|Adobe Scan|Office Lens|Scannable|Genius ?Scan|New Doc \d",
    re.IGNORECASE,
)
MOTION = re.compile(r"MVIMG_|.*\.MP(~\d+)?(\(\d+\))?\.jpe?g$", re.IGNORECASE)  # Pixel phones


def flags_of_name(name: str) -> frozenset[str]:
    """Those of edited, creation, screenshot, received, document and motion that the name tells."""
    tests = {
        "edited": is_edited,
        "creation": is_creation,
        "screenshot": is_screenshot,
        "received": is_received,
        "document": is_document,
        "motion": is_motion,
    }
    return frozenset(flag for flag, holds in tests.items() if holds(name))


def is_edited(name: str) -> bool:
    """Whether the name has the suffix of an edit, in any of the known languages."""
    return suffix_of(split(name)[0], EDITED) != ""


def is_creation(name: str) -> bool:
    """Whether the name has the suffix of something that Google Photos made of photos."""
    return suffix_of(split(name)[0], CREATED) != ""


def is_screenshot(name: str) -> bool:
    """Whether the name begins as those of screenshots do, in any of the known languages."""
    return name.casefold().translate(SPACES).startswith(SCREENSHOT)


def is_received(name: str) -> bool:
    """Whether the name is one that a messenger gives to what somebody sent."""
    return RECEIVED.match(name) is not None


def is_document(name: str) -> bool:
    """Whether the name is one that a scanning program gives."""
    return DOCUMENT.match(name) is not None


def is_motion(name: str) -> bool:
    """Whether the name is that of a photo with a short film in it."""
    return MOTION.match(name) is not None


def split(name: str) -> tuple[str, str, str]:
    """The stem, the counter ("" if there is none) and the ending of a name."""
    ending = ending_of(name)
    stem, counter = split_counter(name[: len(name) - len(ending)])
    return stem, counter, ending


def ending_of(name: str) -> str:
    """The last extension with its dot, as it is written; "" if there is none."""
    at = name.rfind(".")
    return name[at:] if 0 < at < len(name) - 1 else ""


def split_counter(stem: str) -> tuple[str, str]:
    """`IMG(2)` -> ("IMG", "2"); without a counter ("IMG", "")."""
    opened = stem.rfind("(")
    counter = stem[opened + 1 : -1]
    if opened > 0 and stem.endswith(")") and counter.isascii() and counter.isdigit():
        return stem[:opened], counter
    return stem, ""


def suffix_of(stem: str, suffixes: tuple[str, ...]) -> str:
    """The one of `suffixes` that `stem` ends in after something else; "" if none."""
    lowered = stem.casefold()
    return next((end for end in suffixes if lowered.endswith(end) and len(stem) > len(end)), "")
