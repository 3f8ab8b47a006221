"""The bill of materials in CycloneDX 1.6, the same to the byte for the same parts.

Its serial number comes from what it says and its time from `SOURCE_DATE_EPOCH`, because a random
one would make no two builds equal.
"""

from __future__ import annotations

import datetime as dt
import os
import uuid
from collections.abc import Sequence
from pathlib import Path

from components import Component
from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import (
    ExternalReference,
    ExternalReferenceType,
    HashAlgorithm,
    HashType,
    Property,
    XsUri,
)
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component as Part
from cyclonedx.model.component import ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

FILE_NAME = "sbom.cdx.json"

_NAMESPACE = uuid.UUID("6f0d8a38-6d3c-5b0e-9a51-0f9e3a1f7c55")
"""Of our serial numbers; any fixed UUID does."""


class Invalid(Exception):
    """The bill is no valid CycloneDX, or the time for it was not given; the text says what."""


def epoch_s() -> int:
    """Return `SOURCE_DATE_EPOCH`: the time that stands for the build, in seconds since 1970.

    Raises:
        Invalid: it is not set, or no number.
    """
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not given.isdecimal():
        raise Invalid(f"SOURCE_DATE_EPOCH has to be a number of seconds, not {given!r}")
    return int(given)


def bill(components: Sequence[Component], *, version: str, built_s: int) -> str:
    """Return the bill of materials of a program made of these parts.

    Args:
        components: its parts (packaging/components.py).
        version: of the program.
        built_s: the time of the build in seconds since 1970.

    Raises:
        Invalid: see `validate`.
    """
    nobody = _written(components, version, built_s, uuid.UUID(int=0))
    text = _written(components, version, built_s, uuid.uuid5(_NAMESPACE, nobody))
    validate(text)
    return text


def write_bill(
    stage: Path, components: Sequence[Component], *, version: str, built_s: int | None = None
) -> Path:
    """Write the bill into a stage and return its path.

    Args:
        stage: the top of the tree that will be installed.
        components: as for `bill`.
        version: as for `bill`.
        built_s: as for `bill`; None takes `SOURCE_DATE_EPOCH`.

    Raises:
        Invalid: see `validate` and `epoch_s`.
    """
    target = stage / FILE_NAME
    moment = epoch_s() if built_s is None else built_s
    target.write_bytes(bill(components, version=version, built_s=moment).encode())
    return target


def validate(text: str) -> None:
    """Hold a bill against the schema of CycloneDX 1.6, strictly.

    Raises:
        Invalid: with what the schema says.
    """
    found = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if found is not None:
        raise Invalid(f"the bill of materials is no CycloneDX 1.6: {found}")


def _written(components: Sequence[Component], version: str, built_s: int, serial: uuid.UUID) -> str:
    """Return the document with a given serial number."""
    program = Part(
        name="pos-app",
        version=version,
        type=ComponentType.APPLICATION,
        bom_ref=f"pos-app@{version}",
        purl=PackageURL("generic", name="pos-app", version=version),
        licenses=[LicenseFactory().make_from_string("Apache-2.0")],
        description="Key-in (MOTO) card terminal for shops that take orders by telephone",
    )
    moment = dt.datetime.fromtimestamp(built_s, dt.UTC)
    document = Bom(serial_number=serial, metadata=BomMetaData(component=program, timestamp=moment))
    parts = [_part(component) for component in components]
    document.components.update(parts)
    document.register_dependency(program, parts)
    outputter = make_outputter(document, OutputFormat.JSON, SchemaVersion.V1_6)
    return outputter.output_as_string(indent=1) + "\n"


def _part(component: Component) -> Part:
    """Return one part as CycloneDX describes it."""
    part = Part(
        name=component.name,
        version=component.version,
        type=ComponentType(component.kind),
        bom_ref=component.purl,
        purl=PackageURL.from_string(component.purl),
        licenses=[LicenseFactory().make_from_string(component.licence)],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in component.sha256],
        components=[
            Part(
                name=name,
                version=version,
                type=ComponentType.LIBRARY,
                bom_ref=f"{component.purl}#{name}@{version}",
            )
            for name, version in component.inside
        ],
    )
    if component.home:
        home = ExternalReference(type=ExternalReferenceType.WEBSITE, url=XsUri(component.home))
        part.external_references.add(home)
    if len(component.sha256) > 1:
        part.properties.add(Property(name="pos-app:hashes", value="one of the locked files"))
    if component.origin:
        part.properties.add(Property(name="pos-app:origin", value=component.origin))
    return part
