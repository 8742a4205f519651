"""One file of an export: where it lies, what it is, and what it says of a photo.

Nothing here knows of other files, of consent or of tables: what needs them is in `ingest`. Worker
processes import this package alone, so it stays light.
"""
