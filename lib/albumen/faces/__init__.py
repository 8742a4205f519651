"""Faces of a library's photos: found, recognised, cached by content hash, and named.

    list(find_faces(photos, cache))                              # detect and embed; resumable
    faces = name_faces(load_faces(photos, cache), photos, consent)
    mean_embedding(faces, "Rowan", "sface")

Nothing here looks further than the photos it is given: consent is applied before, to the photos.
"""

from albumen.faces.find import crop_face, face_failures, find_faces, load_faces
from albumen.faces.name import mean_embedding, name_faces, separation, usable
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
    "RECOGNISERS",
    "SAME_DLIB",
    "SAME_MOBILEFACENET",
    "SAME_SFACE",
    "Face",
    "crop_face",
    "detect",
    "face_failures",
    "find_faces",
    "load_faces",
    "main_face",
    "mean_embedding",
    "name_faces",
    "separation",
    "usable",
]
