"""A project's answers as a crowd, for the methods of `loop.raters`; what was decided is truth."""

import numpy as np

from loop import tasks
from loop.errors import SettingsError
from loop.project import Project
from loop.raters.answers import Answers, codes
from loop.raters.crowd_file import Crowd, Truth
from loop.store import decided, items, judged


def of(project: Project) -> tuple[Crowd, Truth]:
    """All labels that people gave and that stand, and what was decided of items that have some.

    Raises `SettingsError` where there are none.
    """
    with project.store.snapshot() as db:
        settings = project.terms(db).settings
        rows = judged.every(db)
        last_word = {one.position: settings.now(one.label) for one in decided.every(db)}
        positions = list(dict.fromkeys(row.position for row in rows))
        ids = [item.id for item in items.at(db, positions)]
    if not rows:
        raise SettingsError("Nobody has given a label here yet.")
    write = tasks.get(settings.task).write  # several classes are one answer, as in a file
    said = [str(write(settings.now(row.value))) for row in rows]
    truth = {p: str(write(label)) for p, label in last_word.items()}
    classes = [name for name in settings.classes if name in said]
    classes += sorted(set(said) - set(classes))
    people = list(dict.fromkeys(row.annotator for row in rows))
    answers = Answers(
        codes([row.position for row in rows], positions),
        codes([row.annotator for row in rows], people),
        codes(said, classes),
        len(positions),
        len(people),
        len(classes),
    )
    code_of = {name: code for code, name in enumerate(classes)}
    known = [code_of.get(truth[p], len(classes)) if p in truth else -1 for p in positions]
    return Crowd(answers, ids, people, classes, []), Truth(np.array(known), [])
