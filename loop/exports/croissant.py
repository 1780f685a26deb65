"""The same for machines: Croissant 1.0 with its RAI vocabulary (MLCommons), as plain JSON-LD."""

from importlib.metadata import version
from pathlib import PurePosixPath
from typing import Any

from loop.exports.form import Format
from loop.exports.outgoing import Outgoing

_TERMS = (
    *("citeAs", "column", "equivalentProperty", "extract", "field", "fileProperty", "fileObject"),
    *("fileSet", "format", "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField"),
    *("path", "recordSet", "references", "regex", "repeated", "replace", "samplingRate"),
    *("separator", "source", "subField", "transform"),
)
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{term: f"cr:{term}" for term in _TERMS},
}
_TYPES = {
    "string": "sc:Text",
    "integer": "sc:Integer",
    "number": "sc:Float",
    "boolean": "sc:Boolean",
}
VOCABULARIES = (
    "http://mlcommons.org/croissant/1.0",
    "http://mlcommons.org/croissant/RAI/1.0",
)


def document(out: Outgoing, form: Format, told: dict[str, Any]) -> dict[str, Any]:
    """The JSON-LD; *told* is what the manifest says of the data."""
    settings = out.settings
    files = [_file(form, name, one) for name, one in told["files"].items()]
    properties: dict[str, Any] = form.schema(out)["properties"]
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": list(VOCABULARIES),
        "name": settings.name,
        "description": f"Judgements collected with askwell: {form.what}.",
        "version": "1.0.0",
        "datePublished": told["created_at"][:10],
        "rai:annotationPlatform": f"askwell {version('askwell')}",
        "rai:annotationsPerItem": str(settings.overlap),
        "rai:dataCollection": (
            f"Items were chosen by the query strategy {settings.strategy}; those of the share "
            "audit at random."
        ),
        "rai:dataLimitations": "Items of the share pool are not a random sample.",
        "rai:machineAnnotationTools": _machines(told),
        "distribution": files,
        "recordSet": [_records(file, properties) for file in files if form.loads],
    }


def _machines(told: dict[str, Any]) -> list[str]:
    if "pre_labels" not in told:
        return []
    return [f"askwell model {told['pre_labels']['model_version']}: rows of the kind pre-label"]


def _file(form: Format, name: str, told: dict[str, Any]) -> dict[str, Any]:
    media_type = form.media_type.replace("application/jsonl", "application/jsonlines")
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": name,
        "contentSize": f"{told['bytes']} B",
        "encodingFormat": media_type.replace("vnd.apache.parquet", "x-parquet"),
        "sha256": told["sha256"],
    }


def _records(file: dict[str, Any], properties: dict[str, Any]) -> dict[str, Any]:
    """The columns of one file that hold texts, numbers or lists of them."""
    name = PurePosixPath(file["@id"]).stem
    fields = [
        _field(name, column, told, file["@id"])
        for column, told in properties.items()
        if _type(told) is not None
    ]
    return {"@type": "cr:RecordSet", "@id": name, "name": name, "field": fields}


def _field(records: str, column: str, told: dict[str, Any], file: str) -> dict[str, Any]:
    found = {
        "@type": "cr:Field",
        "@id": f"{records}/{column}",
        "name": column,
        "dataType": _type(told),
        "source": {"fileObject": {"@id": file}, "extract": {"column": column}},
    }
    return found | ({"repeated": True} if "items" in told else {})


def _type(told: dict[str, Any]) -> str | None:
    """A column's type in schema.org's words; None for what holds objects, or anything."""
    if "items" in told:
        return _type(told["items"])
    if "enum" in told or "const" in told:
        return "sc:Text"
    kinds = told.get("type", ())
    kinds = [kinds] if isinstance(kinds, str) else kinds
    kind = next((one for one in kinds if one != "null"), "")
    if kind == "string" and told.get("format") == "date-time":
        return "sc:DateTime"
    return _TYPES.get(kind)
