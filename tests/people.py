"""Made-up accounts of every kind, for tests against any store."""

from uuid import UUID

from getme_server.accounts.account import Account, Credentials

CREATED = 1_746_000_000_123
LAST_LOGIN = 1_761_906_600_000


def _account(number: int, firstname: str, account_status: str) -> Account:
    return Account(
        UUID(f"00000000-0000-4000-8000-{number:012d}"),
        firstname,
        "Example",
        f"{firstname.lower()}@example.org",
        account_status,
        CREATED,
        LAST_LOGIN,
    )


ADA = _account(1, "Ada", "active")
SUSPENDED = _account(2, "Susan", "suspended")
LOCKED = _account(3, "Lotte", "locked")
INACTIVE = _account(4, "Ines", "inactive")
BANNED = _account(5, "Bernd", "banned")
STRANGE = _account(6, "Stella", "gold-member")
CREATOR = _account(7, "Carla", "creator")
MODERATOR = _account(8, "Mona", "moderator")
LOCKED_OUT = _account(9, "Louis", "active")
NEVER_SIGNED_IN = _account(10, "Nora", "active")._replace(last_login_date=None)
EMPTY = Account(UUID("00000000-0000-4000-8000-000000000011"), "", "", "", "", None, None)
OLD = _account(12, "Olga", "active")._replace(
    created_date=-62_135_596_800_000,  # the first moment of the year 1
    last_login_date=253_402_300_799_999,  # the last millisecond of the year 9999
)
TIMELESS = _account(13, "Tim", "active")._replace(
    created_date=-(2**62),  # years that neither Python nor a Timestamp knows
    last_login_date=2**62,
)
UNICODE = _account(14, "Zoë 😀", "active")._replace(email="zoe@example.org")
NOBODY = UUID("00000000-0000-4000-8000-999999999999")

PEOPLE = (
    ADA,
    SUSPENDED,
    LOCKED,
    INACTIVE,
    BANNED,
    STRANGE,
    CREATOR,
    MODERATOR,
    LOCKED_OUT,
    NEVER_SIGNED_IN,
    EMPTY,
    OLD,
    TIMELESS,
    UNICODE,
)
CREDENTIALS = tuple(
    Credentials(person.email, "unusable", person.user_id, person is LOCKED_OUT)
    for person in PEOPLE
    if person.email
)
