"""What a person is told of a store that cannot be used at all."""


class StoreNotReady(Exception):
    """The store cannot be used as it is; the text names it and says what would be right."""
