"""The published JSON Schemas: of what applications send, one for each kind."""

from typing import Any

from loop import tasks
from loop.tasks.judgement import SCHEMA_VERSION

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def every() -> dict[str, Any]:
    """The schema of a record by its kind; each stands by itself."""
    return {kind: of(kind) for kind in tasks.KINDS}


def of(kind: str) -> dict[str, Any]:
    """The schema of a record of one kind."""
    made = tasks.of_kind(kind).feedback.model_json_schema()
    return {"$schema": DIALECT, "title": f"askwell feedback {SCHEMA_VERSION}: {kind}"} | made


def request_body() -> dict[str, Any]:
    """What `POST feedback` takes, as OpenAPI has it."""
    record = {"oneOf": [tasks.of_kind(kind).feedback.model_json_schema() for kind in tasks.KINDS]}
    batch = {
        "type": "object",
        "required": ["feedback"],
        "properties": {"feedback": {"type": "array", "items": record, "minItems": 1}},
    }
    content = {"application/json": {"schema": {"anyOf": [record, batch]}}}
    return {"required": True, "content": content}
