"""What the demo's programs see of the environment."""

from collections.abc import Mapping

from demo.addresses import reachable

# The demo's store and key are its own: nobody's real cluster gets demo people, and what is
# printed works whatever is configured.
_OWN = ("GETME_STORE", "GETME_STORE_FILE", "GETME_SECRET_KEY", "GETME_SECRET_KEY_FILE")
_WORKERS = "1"  # starts in a third of the time of two


def left_aside(environ: Mapping[str, str]) -> list[str]:
    """Settings of the person that the demo does not use."""
    return [name for name in _OWN if environ.get(name)]


def program_environment(environ: Mapping[str, str], addresses: Mapping[str, str]) -> dict[str, str]:
    """The person's environment, with the addresses at which the programs find each other."""
    ours = {name: value for name, value in environ.items() if name not in _OWN}
    ours |= addresses
    if not ours.get("GETME_GATEWAY_UPSTREAM"):
        ours["GETME_GATEWAY_UPSTREAM"] = reachable(addresses["GETME_LISTEN"])
    if not ours.get("GETME_WORKERS"):
        ours["GETME_WORKERS"] = _WORKERS
    return ours
