"""What can go wrong because of the input, as one sentence a person can act on."""


class AlbumenError(Exception):
    """Bad input, in one sentence: the file or word, what is wrong, what was expected."""


class ConsentError(AlbumenError):
    """The library's owner has not allowed this."""


class WeightsError(AlbumenError):
    """A weight file could not be had or is not the one that was pinned."""
