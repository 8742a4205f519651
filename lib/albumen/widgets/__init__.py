"""What an owner does in a notebook: make and rate pictures, say what they like and who is who."""

from albumen.widgets.people import people_editor
from albumen.widgets.studio import Answer, studio
from albumen.widgets.survey import survey

__all__ = ["Answer", "people_editor", "studio", "survey"]
