"""The rewriting, on a small description of our own in the shapes the published one uses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.portone_description.rewrite import UnknownShape, openapi_of, operations_of

Json = dict[str, Any]


def field(name: str, *, required: bool = False, **more: Any) -> Json:
    return {"name": name, "in": "formData", "required": required, "type": "string", **more}


def swagger(parameters: list[Json], path: str = "/pay", method: str = "post") -> Json:
    answer = {"description": "fine", "schema": {"$ref": "#/definitions/Answer"}}
    operation = {"operationId": "pay", "parameters": parameters, "responses": {"200": answer}}
    definitions = {
        "Answer": {"type": "object", "properties": {"code": {"type": "integer"}}},
        "Plan": {
            "required": ["at", "forgotten"],
            "properties": {"at": {"type": "integer", "default": 0}},
        },
    }
    return {
        "swagger": "2.0",
        "info": {"version": "1.0"},
        "paths": {path: {method: operation}},
        "definitions": definitions,
    }


def body(parameters: list[Json]) -> Json:
    operation = openapi_of(swagger(parameters))["paths"]["/pay"]["post"]
    found: Json = operation["requestBody"]
    return found


def schema(parameters: list[Json]) -> Json:
    found: Json = body(parameters)["content"]["application/json"]["schema"]
    return found


def test_form_fields_become_one_object_that_holds_nothing_else() -> None:
    fields = [
        field("order", required=True, maxLength=40, description="words", default="sample"),
        field("kind", enum=["real", "digital"]),
        field("amount", type="number"),
    ]
    assert schema(fields) == {
        "type": "object",
        "properties": {
            "order": {"type": "string", "maxLength": 40},
            "kind": {"type": "string", "enum": ["real", "digital"]},
            "amount": {"type": "number"},
        },
        "required": ["order"],
        "additionalProperties": False,
    }


def test_a_body_may_be_missing_only_where_no_field_must_be_there() -> None:
    assert body([field("a", required=True)])["required"]
    assert not body([field("a")])["required"]


def test_what_stands_inside_a_list_is_closed_as_well() -> None:
    plans = field("plans", type="array", items={"$ref": "#/definitions/Plan"})
    document = openapi_of(swagger([plans]))
    assert schema([plans])["properties"]["plans"] == {
        "type": "array",
        "items": {"$ref": "#/components/schemas/Closed.Plan"},
    }
    assert document["components"]["schemas"]["Closed.Plan"]["additionalProperties"] is False
    assert "additionalProperties" not in document["components"]["schemas"]["Answer"]


def test_a_name_that_must_be_there_but_has_no_field_is_let_go() -> None:
    plan = openapi_of(swagger([]))["components"]["schemas"]["Closed.Plan"]
    assert plan["required"] == ["at"]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ({"type": "array", "items": "string"}, {"type": "string"}),
        ({"type": "array", "schema": {"type": "string"}}, {"type": "string"}),
        ({"type": "array"}, {}),
    ],
)
def test_every_way_of_writing_a_list_is_understood(said: Json, meant: Json) -> None:
    assert schema([field("list", **said)])["properties"]["list"] == {
        "type": "array",
        "items": meant,
    }


def test_a_query_parameter_loses_its_sample_and_gets_its_limits_as_numbers() -> None:
    limit = {"name": "limit", "in": "query", "required": True, "type": "integer"}
    sample = {"default": "20", "maximum": "1000", "minimum": "1"}
    document = openapi_of(swagger([limit | sample], method="get"))
    [parameter] = document["paths"]["/pay"]["get"]["parameters"]
    assert parameter["required"]
    assert parameter["schema"] == {"type": "integer", "maximum": 1000, "minimum": 1}


def test_a_last_part_that_may_be_missing_makes_a_second_path() -> None:
    parts = [
        {"name": "order", "in": "path", "required": True, "type": "string"},
        {"name": "state", "in": "path", "required": False, "type": "string"},
    ]
    document = openapi_of(swagger(parts, path="/find/{order}/{state}", method="get"))
    assert sorted(document["paths"]) == ["/find/{order}", "/find/{order}/{state}"]
    [whole, short] = [document["paths"][path]["get"] for path in document["paths"]]
    assert all(parameter["required"] for parameter in whole["parameters"])
    assert whole["operationId"] != short["operationId"]


def test_the_operation_with_more_fixed_parts_comes_first() -> None:
    parts = [{"name": "order", "in": "path", "required": True, "type": "string"}]
    description = swagger(parts, path="/pay/{order}", method="get")
    description["paths"]["/pay/all"] = swagger([], method="get")["paths"]["/pay"]
    operations = operations_of(openapi_of(description))
    assert [operation.name for operation in operations] == ["GET /pay/all", "GET /pay/{order}"]
    assert operations[1].pattern.fullmatch("/pay/A%2FB")
    assert not operations[1].pattern.fullmatch("/pay/A/B")


@pytest.mark.parametrize(
    "parameter",
    [
        field("a", uniqueItems=True),
        field("a") | {"in": "header"},
        {"name": "order", "in": "path", "required": False, "type": "string"},
    ],
)
def test_what_it_has_not_been_taught_is_refused(parameter: Json) -> None:
    with pytest.raises(UnknownShape):
        openapi_of(swagger([parameter], path="/pay/{order}/now"))


def test_another_kind_of_description_is_refused() -> None:
    with pytest.raises(UnknownShape, match=r"not a Swagger 2\.0"):
        openapi_of({"openapi": "3.1.0"})
