"""What a library's owner allows, read from `consent.yaml` and enforced before a photo is decoded.

Nothing is allowed by default: without the file no photo is read, and a person whom it does not
list is nobody the profile knows. A library's file, whose every key but the first two may be left
out:

    consent: true
    owner: Robin
    albums: all                 # or titles: a photo must be in one of them
    dates: all                  # or [{from: 2019-06-01, to: 2021-12-31}]; either end may be missing
    photos: []                  # ids or file names, allowed besides what albums and dates allow
    deny:                       # wins over everything above
      people: []
      albums: []
      photos: []
      labels: []
      places: []                # names, or circles such as {lat: 41.9, lon: 12.5, km: 5}
    people:                     # everybody but the owner: no permission unless given here
      Alma: {relation: mum, kind: person, profile: true, generate: false}
    minors: []                  # denied like people
"""

from albumen.consent.amending import Revocation, amend, unmatched
from albumen.consent.describing import describe, people_table
from albumen.consent.reading import FILE, read_consent
from albumen.consent.rules import (
    NAME_WITHHELD,
    NOT_ALLOWED,
    Circle,
    Consent,
    DateRange,
    PersonConsent,
    decide,
    file_name,
    filter_photos,
)

__all__ = [
    "FILE",
    "NAME_WITHHELD",
    "NOT_ALLOWED",
    "Circle",
    "Consent",
    "DateRange",
    "PersonConsent",
    "Revocation",
    "amend",
    "decide",
    "describe",
    "file_name",
    "filter_photos",
    "people_table",
    "read_consent",
    "unmatched",
]
