"""How many connections a program may take, so that files are left for its own work.

Whoever opens connections until no file is left would take away from all others what a program
opens as it works: the store, another connection to the server, a certificate that is read anew.
"""

import resource

_ANY_NUMBER = 2**31 - 1  # the most that gRPC's arguments can say


def room_for_connections(own_files: int) -> int:
    """What the limit of files leaves (RLIMIT_NOFILE); half of them where there are very few.

    own_files: how many the program itself may have open at most.
    """
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return _ANY_NUMBER
    return min(max(files - own_files, files // 2), _ANY_NUMBER)
