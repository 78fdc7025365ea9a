"""`demo.page`: what the demo prints."""

import shlex
from pathlib import Path
from uuid import UUID

from demo.page import Page
from demo.people import Person

ADA = Person("Ada", UUID(int=1), "active", credentials_locked=False)
OLU = Person("Olu", UUID(int=2), "active", credentials_locked=True)
PAGE = Page(
    grpc="127.0.0.1:50051",
    gateway="127.0.0.1:8080",
    data=Path("/data"),
    people=(ADA, OLU),
    answers=("200", "403 ACCOUNT_LOCKED"),
    token="a.b.c",
)


def command(program: str) -> list[str]:
    (line,) = (line for line in PAGE.text().splitlines() if line.startswith(f"{program} "))
    return shlex.split(line)


def test_curl_line_stands_alone() -> None:
    assert command("curl") == [
        *("curl", "-H", "Authorization: Bearer a.b.c"),
        "http://127.0.0.1:8080/api/v1/users/me",
    ]


def test_grpcurl_line_stands_alone() -> None:
    assert command("grpcurl") == [
        *("grpcurl", "-plaintext", "-H", "authorization: Bearer a.b.c"),
        *("127.0.0.1:50051", "getme.v1.UserService/GetMe"),
    ]


def test_pages_for_browsers_are_named() -> None:
    lines = PAGE.text().splitlines()
    assert "The account page: http://127.0.0.1:8080/" in lines
    assert "The API, to read and to try: http://127.0.0.1:8080/docs" in lines


def test_people_stand_in_a_table_with_what_they_are_answered() -> None:
    lines = PAGE.text().splitlines()
    assert f"Ada  {ADA.user_id}  active                  200" in lines
    assert f"Olu  {OLU.user_id}  active, sign-in locked  403 ACCOUNT_LOCKED" in lines


def test_place_of_the_data_is_told() -> None:
    assert "Data, kept for the next time: /data" in PAGE.text().splitlines()
