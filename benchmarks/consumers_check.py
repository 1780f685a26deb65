"""Read exports by the tools they are for, in an environment of these: `consumers.py` runs this.

Needs label-studio-sdk and argilla, and nothing of askwell. Prints one JSON document.
"""

import json
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import argilla
from argilla._models import FieldModel, QuestionModel, UserResponseModel
from argilla.settings import TaskDistribution
from label_studio_sdk.converter import Converter
from label_studio_sdk.label_interface import LabelInterface


def label_studio(folder: Path) -> dict[str, Any]:
    """Every task against the labeling interface, and the SDK's own converter over the file."""
    config = (folder / "labeling_config.xml").read_text("utf-8")
    interface = LabelInterface(config)
    interface.validate()
    tasks = json.loads((folder / "tasks.json").read_text("utf-8"))
    problems = []
    for task in tasks:
        if not interface.validate_task({"data": task["data"]}):
            problems.append(f"task {task['id']}: its data lacks what the interface shows")
        for annotation in task["annotations"]:
            # It has a way to return errors for predictions only, and the same rules for both.
            result = {"result": annotation["result"]}
            problems += interface.validate_prediction(result, return_errors=True)
            if not interface.validate_annotation(annotation):
                problems.append(f"annotation {annotation['id']} is refused")
        for prediction in task["predictions"]:
            problems += interface.validate_prediction(prediction, return_errors=True)
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "out.json"
        converter = Converter(config, None, download_resources=False)
        converter.convert_to_json_min(str(folder / "tasks.json"), scratch, is_dir=False)
        (written,) = [one for one in Path(scratch).rglob("*.json") if one != out]
        converted = len(json.loads(written.read_text("utf-8")))
    said = sum(not one["was_cancelled"] for task in tasks for one in task["annotations"])
    return {
        "tasks": len(tasks),
        "annotations": sum(len(task["annotations"]) for task in tasks),
        "with_an_answer": said,
        "converted": converted,
        "problems": problems,
    }


def argilla_records(folder: Path) -> dict[str, Any]:
    """Every record by `Record.from_dict`; the settings by the models that `Settings` is made of.

    `Settings` itself asks a server for its limits first.
    """
    settings = json.loads((folder / "settings.json").read_text("utf-8"))
    questions = {QuestionModel(**one).name for one in settings["questions"]}
    fields = {FieldModel(**one).name for one in settings["fields"]}
    TaskDistribution.from_dict(settings["distribution"])
    told = json.loads((folder / "records.json").read_text("utf-8"))
    problems, responses = [], 0
    for one in told:
        record = argilla.Record.from_dict(one)
        again = record.to_dict()
        if strange := one["fields"].keys() - fields:
            problems.append(f"record {one['id']}: no field {min(strange)!r}")
        problems += [
            f"record {one['id']}: {name} is read as {again[name]!r}"
            for name in ("id", "fields", "metadata", "vectors")
            if again[name] != one[name]
        ]
        for response in record.responses:
            responses += 1
            told_again = {"value": response.value}
            UserResponseModel(  # as it would be sent
                values={response.question_name: told_again},
                status=response.status,
                user_id=response.user_id,
            )
            if response.question_name not in questions:
                problems.append(f"record {one['id']}: no question {response.question_name!r}")
    return {"records": len(told), "responses": responses, "problems": problems}


def main() -> None:
    """Check the folders `TASK/label-studio` and `TASK/argilla` below the one named."""
    found: dict[str, Any] = {
        "versions": {name: version(name) for name in ("label-studio-sdk", "argilla")}
    }
    for task in sorted(Path(sys.argv[1]).iterdir()):
        found[task.name] = {
            "label-studio": label_studio(task / "label-studio"),
            "argilla": argilla_records(task / "argilla"),
        }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
