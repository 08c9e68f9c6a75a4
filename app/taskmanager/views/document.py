"""The document of the API, OpenAPI 3.1: made from the very routes that are served, and a page that shows it."""

import re
from collections.abc import Iterable
from typing import Any

import orjson
from flask import Blueprint, Response, render_template

from taskmanager.rules.answers import SCHEMAS
from taskmanager.rules.bodies import Fields
from taskmanager.rules.tasks import BULK_CHANGE, FILTER
from taskmanager.views.api import PREFIX, Api, Route

blueprint = Blueprint("document", __name__)
PART = re.compile(r"<uuid:(\w+)>")
PROBLEM = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
WORDS = {
    "400": "Malformed request",
    "401": "Not signed in",
    "403": "Not allowed",
    "404": "Not there, or not yours to see",
    "409": "Not possible as things stand",
    "411": "Content-Length is missing",
    "412": "Changed meanwhile; the body has the version",
    "413": "Too large",
    "415": "A body of another type",
    "416": "No such range",
    "422": "Invalid values, by name",
    "428": "If-Match is missing",
    "429": "Too many requests",
}
FILE = {"type": "string", "contentMediaType": "application/octet-stream"}
RAW: dict[str, dict[str, Any]] = {
    "application/json": {"$ref": "#/components/schemas/Export"},
    "text/csv": {"type": "string"},
    "application/octet-stream": FILE,
    "multipart/form-data": {"type": "object", "properties": {"file": FILE}, "required": ["file"]},
}
SIGNED_IN = (
    "A personal access token (POST /api/v1/tokens), or the access token of a program that signed in (POST /api/v1/auth/login)."
)
TAGS = {"details": "checklists, comments, files"}
paths: dict[str, dict[str, Any]] = {}


def describe(apis: Iterable[Api]) -> None:
    """Take the routes of the API into the document."""
    paths.clear()
    for api in apis:
        for route in api.routes:
            path = PREFIX + PART.sub(r"{\1}", route.path)
            paths.setdefault(path, {})[route.method.lower()] = operation(route, TAGS.get(api.name, api.name))


def operation(route: Route, tag: str) -> dict[str, Any]:
    """Return the description of one operation."""
    parameters = [parameter("path", name, {"type": "string", "format": "uuid"}) for name in PART.findall(route.path)]
    parameters += [parameter("query", name, dict(field.schema)) for name, field in route.query.items()]
    if route.versioned:
        parameters.append(parameter("header", "If-Match", {"type": "string"}))
    if route.method == "POST" and not route.public:
        parameters.append(parameter("header", "Idempotency-Key", {"type": "string", "minLength": 1, "maxLength": 255}))
    described: dict[str, Any] = {
        "operationId": route.view.__name__,
        "summary": (route.view.__doc__ or "").strip(),
        "tags": [tag],
        "parameters": parameters,
        "responses": responses(route),
    }
    if route.public:
        described["security"] = []
    if route.body is not None:
        schema = schema_of(route.body, route.required)
        kind = "application/merge-patch+json" if route.method == "PATCH" else "application/json"
        described["requestBody"] = {"required": True, "content": {kind: {"schema": schema}}}
    if route.raw:
        described["requestBody"] = {"required": True, "content": {kind: {"schema": RAW[kind]} for kind in route.raw}}
    return described


def parameter(where: str, name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Return the description of a parameter."""
    return {"in": where, "name": name, "required": where == "path", "schema": schema}


def schema_of(fields: Fields, required: tuple[str, ...]) -> dict[str, Any]:
    """Return the schema of a body."""
    properties = {name: dict(field.schema) for name, field in fields.items()}
    schema: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    return schema | ({"required": list(required)} if required else {})


def responses(route: Route) -> dict[str, Any]:
    """Return the answers an operation may give."""
    good: dict[str, Any] = {"description": "Done"}
    if route.answer:
        schema = {"$ref": f"#/components/schemas/{route.answer}"}
        good["content"] = {kind: {"schema": schema if kind == "application/json" else FILE} for kind in route.gives}
    codes = ["400", "401", "403", "404", "429"]
    codes += ["409", "412", "422", "428"] if route.method != "GET" else []
    codes += ["413", "415"] if route.body is not None or route.raw else []
    codes += ["411"] if "multipart/form-data" in route.raw else []
    answers = {str(route.status): good} | {code: {"description": WORDS[code], **PROBLEM} for code in sorted(codes)}
    if "*/*" in route.gives:
        answers |= {"206": good | {"description": "A range"}, "416": {"description": WORDS["416"], **PROBLEM}}
    return answers


def document() -> dict[str, Any]:
    """Return the document."""
    schemas = SCHEMAS | {"BulkChange": schema_of(BULK_CHANGE, ()), "TaskFilter": schema_of(FILTER, ())}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Task Manager", "version": "1", "summary": "Boards, tasks and what people say about them."},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": SIGNED_IN},
                "session": {"type": "apiKey", "in": "cookie", "name": "__Host-session"},
            },
        },
        "security": [{"token": []}, {"session": []}],
    }


@blueprint.get(f"{PREFIX}/openapi.json")
def openapi() -> Response:
    """Answer the document."""
    return Response(orjson.dumps(document()), content_type="application/json")


@blueprint.get(f"{PREFIX}/docs")
def page() -> str:
    """Show the document to people."""
    return render_template("api.html", document=document(), user=None, csrf_token="")
