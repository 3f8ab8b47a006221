"""PortOne's V1 description made strict: Swagger 2.0 with form fields in, OpenAPI with JSON out.

The published file (info.version 1.0, state 2026-07) models every body as `formData`, carries sample
values as defaults and numbers as text, and marks path parameters as optional, which no path can be.
A mock made of it as it stands refuses JSON (415) and fills gaps with the samples. Here:

- the form fields of an operation become one JSON object that allows no other field;
- `required`, types, enums and limits are kept, to the letter; defaults are dropped;
- a last path parameter that may be missing becomes a second path without it;
- what a nested body field may hold is closed in the same way, what an answer may hold stays open.

A key this module does not know raises `UnknownShape`: a new state of the file is read before it is
believed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

METHODS = ("get", "put", "post", "delete")
_KEPT = ("type", "format", "enum", "maxLength", "minLength", "maximum", "minimum", "pattern")
_SCHEMA_KEYS = {*_KEPT, "$ref", "properties", "required", "items", "allOf"}
_TOLD = {"description", "default", "example", "title", "readOnly", "deprecated", "discriminator"}
_PARAMETER_KEYS = {*_KEPT, "items", "schema", "name", "in", "required", "collectionFormat"}
_LIMITS = ("maxLength", "minLength", "maximum", "minimum")
#: Names of the closed copies of definitions that stand in request bodies.
_CLOSED = "Closed."


class UnknownShape(ValueError):
    """The description says something in a way this module has not been taught."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the rewritten description.

    Attributes:
        name: as the operations table writes it: "GET /payments/{imp_uid}".
        method: in capitals.
        pattern: matches the path as it stands on the wire, percent signs included.
        query: the names of its query parameters.
    """

    name: str
    method: str
    pattern: re.Pattern[str]
    query: frozenset[str]


def openapi_of(swagger: Mapping[str, Any]) -> Json:
    """Return the strict OpenAPI 3.0 document for a Swagger 2.0 one with form fields."""
    if swagger.get("swagger") != "2.0":
        raise UnknownShape("not a Swagger 2.0 description")
    schemas: Json = {}
    for name, definition in swagger.get("definitions", {}).items():
        schemas[name] = _schema(definition, closed=False)
        schemas[_CLOSED + name] = _schema(definition, closed=True)
    paths: Json = {}
    for path, item in swagger["paths"].items():
        for method, operation in item.items():
            if method not in METHODS:
                raise UnknownShape(f"{method} at {path}")
            for template, parameters in _templates(path, operation.get("parameters", [])):
                paths.setdefault(template, {})[method] = _operation(operation, parameters)
    return {
        "openapi": "3.0.3",
        "info": {"title": "PortOne V1, strict", "version": str(swagger["info"]["version"])},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def operations_of(openapi: Mapping[str, Any]) -> tuple[Operation, ...]:
    """Return the operations, those with more fixed parts in their path first."""
    found = [
        Operation(
            name=f"{method.upper()} {path}",
            method=method.upper(),
            pattern=re.compile("".join(_pattern(path))),
            query=frozenset(p["name"] for p in operation["parameters"] if p["in"] == "query"),
        )
        for path, item in openapi["paths"].items()
        for method, operation in item.items()
    ]
    return tuple(sorted(found, key=lambda operation: (operation.name.count("{"), operation.name)))


def _pattern(path: str) -> Iterator[str]:
    for part in re.split(r"(\{[^}]+\})", path):
        yield "[^/?]+" if part.startswith("{") else re.escape(part)


def _templates(path: str, parameters: list[Json]) -> Iterator[tuple[str, list[Json]]]:
    """Yield the path, and the one without a last part that may be missing."""
    yield path, parameters
    left_out = [p for p in parameters if p["in"] == "path" and not p["required"]]
    for parameter in left_out:
        last = "/{" + parameter["name"] + "}"
        if not path.endswith(last):
            raise UnknownShape(f"optional {parameter['name']} in the middle of {path}")
        yield path.removesuffix(last), [p for p in parameters if p is not parameter]


def _operation(operation: Json, parameters: list[Json]) -> Json:
    fields = [p for p in parameters if p["in"] == "formData"]
    rewritten: Json = {
        "operationId": operation["operationId"] + f"By{len(parameters)}",
        "parameters": [_parameter(p) for p in parameters if p["in"] != "formData"],
        "responses": {
            status: _response(response) for status, response in operation["responses"].items()
        },
    }
    if fields:
        schema = _body(fields)
        rewritten["requestBody"] = {
            "required": bool(schema.get("required")),
            "content": {"application/json": {"schema": schema}},
        }
    return rewritten


def _body(fields: list[Json]) -> Json:
    schema: Json = {
        "type": "object",
        "properties": {field["name"]: _field(field) for field in fields},
        "additionalProperties": False,
    }
    required = [field["name"] for field in fields if field.get("required")]
    # OpenAPI 3.0 knows no empty list of required names.
    return schema | ({"required": required} if required else {})


def _parameter(parameter: Json) -> Json:
    if parameter["in"] not in ("path", "query"):
        raise UnknownShape(f"parameter in {parameter['in']}")
    rewritten: Json = {
        "name": parameter["name"],
        "in": parameter["in"],
        "required": parameter["in"] == "path" or parameter["required"],
        "schema": _field(parameter),
    }
    if parameter.get("collectionFormat") == "multi":
        rewritten |= {"style": "form", "explode": True}
    return rewritten


def _field(parameter: Json) -> Json:
    """Return the schema of one parameter; `schema` beside `type: array` says what it holds."""
    _known(parameter, _PARAMETER_KEYS | _TOLD)
    inner = parameter.get("schema")
    if inner is not None and parameter.get("type") != "array":
        return _schema(inner, closed=True)
    plain = {key: parameter[key] for key in (*_KEPT, "items") if key in parameter}
    return _schema(plain | ({"items": inner} if inner is not None else {}), closed=True)


def _response(response: Json) -> Json:
    rewritten: Json = {"description": response.get("description") or "-"}
    if "schema" in response:
        schema = _schema(response["schema"], closed=False)
        rewritten["content"] = {"application/json": {"schema": schema}}
    return rewritten


def _schema(schema: Json | str, *, closed: bool) -> Json:
    if isinstance(schema, str):  # `items: string`, where `items: {type: string}` is meant
        return {"type": schema}
    _known(schema, _SCHEMA_KEYS | _TOLD)
    if "$ref" in schema:
        name = str(schema["$ref"]).removeprefix("#/definitions/")
        return {"$ref": f"#/components/schemas/{_CLOSED if closed else ''}{name}"}
    rewritten: Json = {key: schema[key] for key in _KEPT if key in schema}
    rewritten |= {key: int(rewritten[key]) for key in _LIMITS if key in rewritten}
    if "allOf" in schema:
        rewritten["allOf"] = [_schema(part, closed=False) for part in schema["allOf"]]
    if schema.get("type") == "array" or "items" in schema:
        rewritten["items"] = _schema(schema.get("items", {}), closed=closed)
    if "properties" in schema:
        rewritten["type"] = "object"
        rewritten["properties"] = {
            name: _schema(part, closed=closed) for name, part in schema["properties"].items()
        }
        if closed:
            rewritten["additionalProperties"] = False
    # The published file asks for a `reason` of a deposit that has no such field.
    required = [name for name in schema.get("required", []) if name in schema.get("properties", {})]
    return rewritten | ({"required": required} if required else {})


def _known(shape: Json, keys: set[str]) -> None:
    strange = {key for key in shape if key not in keys and not key.startswith("x-")}
    if strange:
        raise UnknownShape(f"{sorted(strange)} in {shape.get('name') or shape}")
