"""What is done to users in a scene: for each kind of change its RPC, and the state it leads to."""

from collections.abc import Callable
from typing import NamedTuple

from google.protobuf.descriptor import FileDescriptor, MethodDescriptor
from google.protobuf.message import Message

from getme.v1 import admin_service_pb2, auth_service_pb2, user_service_pb2
from tests.faults.freshness.history import State
from tests.faults.freshness.person import Person, new_name, new_password


def _method(file: FileDescriptor, service: str, name: str) -> MethodDescriptor:
    return file.services_by_name[service].methods_by_name[name]


UPDATE_ME = _method(user_service_pb2.DESCRIPTOR, "UserService", "UpdateMe")
CHANGE_PASSWORD = _method(user_service_pb2.DESCRIPTOR, "UserService", "ChangePassword")
DELETE_ME = _method(user_service_pb2.DESCRIPTOR, "UserService", "DeleteMe")
LOGOUT = _method(auth_service_pb2.DESCRIPTOR, "AuthService", "Logout")
REGISTER = _method(auth_service_pb2.DESCRIPTOR, "AuthService", "Register")
LOGIN = _method(auth_service_pb2.DESCRIPTOR, "AuthService", "Login")
SET_STATUS = _method(admin_service_pb2.DESCRIPTOR, "AdminService", "SetAccountStatus")
REVOKE_ALL = _method(admin_service_pb2.DESCRIPTOR, "AdminService", "RevokeUserTokens")


class Order(NamedTuple):
    """An RPC. token: of who gives it, if anybody has to."""

    method: MethodDescriptor
    request: Message
    token: str | None = None


class Wish(NamedTuple):
    """A change: what is to be sent, and what the user is then. password: then, too."""

    kind: str
    order: Order
    state: State
    password: str


Wishing = Callable[[Person, int, str], Wish]


def rename(person: Person, number: int, _moderator: str) -> Wish:
    """Gives a new name, with the token of that number."""
    after = person.state._replace(firstname=new_name())
    request = user_service_pb2.UpdateMeRequest(firstname=after.firstname)
    return Wish("rename", _own(UPDATE_ME, request, person, number), after, person.password)


def sign_out(person: Person, number: int, _moderator: str) -> Wish:
    """Takes the token of that number back."""
    after = person.state._replace(revoked=person.state.revoked | {number})
    order = _own(LOGOUT, auth_service_pb2.LogoutRequest(), person, number)
    return Wish("sign out", order, after, person.password)


def change_password(person: Person, number: int, _moderator: str) -> Wish:
    """Takes all tokens back but the one of that number."""
    after = person.state._replace(revoked=_all_tokens(person) - {number})
    new = new_password()
    request = user_service_pb2.ChangePasswordRequest(old_password=person.password, new_password=new)
    return Wish("new password", _own(CHANGE_PASSWORD, request, person, number), after, new)


def delete(person: Person, number: int, _moderator: str) -> Wish:
    """Removes the account, with the token of that number."""
    request = user_service_pb2.DeleteMeRequest(password=person.password)
    after = person.state._replace(deleted=True)
    return Wish("delete", _own(DELETE_ME, request, person, number), after, person.password)


def revoke_all(person: Person, _number: int, moderator: str) -> Wish:
    """Takes all tokens back."""
    request = admin_service_pb2.RevokeUserTokensRequest(user_id=person.user_id)
    after = person.state._replace(revoked=_all_tokens(person))
    return Wish("revoke all", Order(REVOKE_ALL, request, moderator), after, person.password)


def suspend(person: Person, _number: int, moderator: str) -> Wish:
    """Bars the user."""
    after = person.state._replace(suspended=True)
    return Wish("suspend", _status(person, "suspended", moderator), after, person.password)


def activate(person: Person, _number: int, moderator: str) -> Wish:
    """Lets the user in again, who has to sign in anew."""
    after = person.state._replace(suspended=False, revoked=_all_tokens(person))
    return Wish("activate", _status(person, "active", moderator), after, person.password)


# How often each is done to somebody who is signed in, in comparison.
SHARES: dict[Wishing, int] = {
    rename: 8,
    suspend: 4,
    sign_out: 2,
    revoke_all: 2,
    change_password: 1,
    delete: 1,
}
METHODS: dict[Wishing, MethodDescriptor] = {
    rename: UPDATE_ME,
    suspend: SET_STATUS,
    activate: SET_STATUS,
    sign_out: LOGOUT,
    revoke_all: REVOKE_ALL,
    change_password: CHANGE_PASSWORD,
    delete: DELETE_ME,
}


def _all_tokens(person: Person) -> frozenset[int]:
    return frozenset(range(len(person.tokens)))


def _own(method: MethodDescriptor, request: Message, person: Person, number: int) -> Order:
    return Order(method, request, person.tokens[number])


def _status(person: Person, account_status: str, moderator: str) -> Order:
    request = admin_service_pb2.SetAccountStatusRequest(
        user_id=person.user_id, account_status=account_status
    )
    return Order(SET_STATUS, request, moderator)
