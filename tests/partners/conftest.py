from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import User


@pytest.fixture
def sign_in():
    """Return a browser in which somebody is signed in."""

    def browser(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return browser


@pytest.fixture
def api(sign_in):
    """Return a function that calls the API as somebody: `call(user, "post", path, body, key=…)`."""

    def call(user: User | None, method: str, path: str, body: object = None, *, key: object = "new"):
        client = sign_in(user) if user else Client()
        headers = {"Idempotency-Key": str(uuid4() if key == "new" else key)} if key else {}
        return getattr(client, method)(f"/api/v1/{path}", body, content_type="application/json", headers=headers)

    return call
