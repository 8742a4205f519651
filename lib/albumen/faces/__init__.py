"""Faces of a library's photos: found, recognised, cached by content hash, grouped and named.

    list(find_faces(photos, cache))                              # detect and embed; resumable
    corrections = read_corrections(folder)                       # the owner's, if there are any
    faces = name_faces(load_faces(photos, cache), photos, consent, corrections)
    mean_embedding(faces, "Rowan", "sface")

Nothing here looks further than the photos it is given: consent is applied before, to the photos.
"""

from albumen.faces.corrections import (
    Corrections,
    corrected,
    nameable,
    read_corrections,
    resolve,
    write_corrections,
)
from albumen.faces.find import crop_face, face_failures, find_faces, load_faces
from albumen.faces.group import group_faces
from albumen.faces.known import mean_embedding, separation, usable
from albumen.faces.name import MARKED, name_faces
from albumen.faces.networks import (
    RECOGNISERS,
    SAME_DLIB,
    SAME_MOBILEFACENET,
    SAME_SFACE,
    Face,
    detect,
    main_face,
)

__all__ = [
    "MARKED",
    "RECOGNISERS",
    "SAME_DLIB",
    "SAME_MOBILEFACENET",
    "SAME_SFACE",
    "Corrections",
    "Face",
    "corrected",
    "crop_face",
    "detect",
    "face_failures",
    "find_faces",
    "group_faces",
    "load_faces",
    "main_face",
    "mean_embedding",
    "name_faces",
    "nameable",
    "read_corrections",
    "resolve",
    "separation",
    "usable",
    "write_corrections",
]
