"""Generators: a condition and a seed become a picture that knows its sources."""
