"""Why a keys file was left as it is."""


class ChangeRefused(Exception):
    """The file is as it was: the change would do harm, or it cannot be written.

    The text names the file and what would be right. A key that must not be used at all is a
    KeyRefused instead.
    """
