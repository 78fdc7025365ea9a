"""The settings of a program's end, which both programs have."""

from pydantic import Field

from getme.program.settings import ProgramSettings, Seconds

MAX_STOP_SECONDS = 3_600.0


class StopSettings(ProgramSettings):
    """How long each step of it takes."""

    drain_delay: Seconds = Field(
        default=0.0,
        ge=0,
        le=MAX_STOP_SECONDS,
        description="how long calls are still taken after SIGTERM, when health is NOT_SERVING and"
        " the gateway's `/readyz` is 503: load balancers need as long to hear of it",
    )
    grace: Seconds = Field(
        default=5.0,
        ge=0,
        le=MAX_STOP_SECONDS,
        description="how long calls under way may then take to end, before they are cut",
    )
