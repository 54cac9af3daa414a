"""What drf-spectacular cannot know by itself: our sign-in and the error answers."""

from typing import Any

from drf_spectacular.authentication import SessionScheme


class OurSessionScheme(SessionScheme):
    target_class = "clevervibes.lib.api.SessionAuthentication"


ERROR = {
    "type": "object",
    "description": "What went wrong: a code for machines, a sentence for people, and per field if it was the input.",
    "properties": {
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "fields": {"type": "object", "additionalProperties": True},
    },
    "required": ["code", "detail"],
}
# Any call may meet these; the codes a call adds stand in its description.
_ALWAYS = {"401": "Not signed in", "403": "Not allowed", "404": "Not there, or not yours", "429": "Too often"}
_WITH_BODY = {"400": "Bad input", "409": "A rule said no, or the same call is still running", "415": "Not JSON"}
_WITH_KEY = {"422": "The key belongs to a call with another body"}


def add_error_answers(result: dict[str, Any], generator: object, request: object, public: bool) -> dict[str, Any]:
    """Postprocessing hook: give every operation the error answers of `clevervibes.lib.api.exception_handler`."""
    result.setdefault("components", {}).setdefault("schemas", {})["Error"] = ERROR
    for operations in result.get("paths", {}).values():
        for method, operation in operations.items():
            answers = dict(_ALWAYS)
            if method != "get":
                answers |= _WITH_BODY
            if any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", [])):
                answers |= _WITH_KEY
            for status, description in answers.items():
                operation["responses"].setdefault(status, _answer(description))
    return result


def _answer(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }
