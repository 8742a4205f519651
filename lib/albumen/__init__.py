"""Albumen: from a photo library to measured personal pictures."""
