"""Figures: views over tables and records. They compute nothing that a score depends on."""

from albumen.plots.comparisons import difference_plot, lift_plot, recovery_plot
from albumen.plots.history import interest_timeline
from albumen.plots.ingested import people_found, reconciliation, timeline
from albumen.plots.interests import interest_map
from albumen.plots.maps import places
from albumen.plots.pictures import chain_strip, contact_sheet, picture_grid, sources_panel
from albumen.plots.profile import profile_card
from albumen.plots.scores import durations, intervals, paired_differences
from albumen.plots.structure import dendrogram, stability_plot

__all__ = [
    "chain_strip",
    "contact_sheet",
    "dendrogram",
    "difference_plot",
    "durations",
    "interest_map",
    "interest_timeline",
    "intervals",
    "lift_plot",
    "paired_differences",
    "people_found",
    "picture_grid",
    "places",
    "profile_card",
    "reconciliation",
    "recovery_plot",
    "sources_panel",
    "stability_plot",
    "timeline",
]
