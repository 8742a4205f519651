"""Figures: views over tables and records. They compute nothing that a score depends on."""

from albumen.plots.ingested import people_found, reconciliation, timeline
from albumen.plots.maps import places
from albumen.plots.pictures import contact_sheet, picture_grid, sources_panel
from albumen.plots.profile import interest_map, profile_card
from albumen.plots.scores import durations, intervals, paired_differences

__all__ = [
    "contact_sheet",
    "durations",
    "interest_map",
    "intervals",
    "paired_differences",
    "people_found",
    "picture_grid",
    "places",
    "profile_card",
    "reconciliation",
    "sources_panel",
    "timeline",
]
