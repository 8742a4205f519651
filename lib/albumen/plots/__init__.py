"""Figures: views over tables and records. They compute nothing that a score depends on."""

from albumen.plots.pictures import contact_sheet, picture_grid, sources_panel
from albumen.plots.profile import interest_map, profile_card, timeline
from albumen.plots.scores import durations, intervals, paired_differences

__all__ = [
    "contact_sheet",
    "durations",
    "interest_map",
    "intervals",
    "paired_differences",
    "picture_grid",
    "profile_card",
    "sources_panel",
    "timeline",
]
