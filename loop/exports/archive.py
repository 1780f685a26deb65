"""An export as one file, for those who cannot take a folder."""

import secrets
import shutil
import zipfile
from pathlib import Path

from loop.exports.form import Format
from loop.exports.writing import Wishes, write_as
from loop.project import Project


def archived(project: Project, form: Format, wishes: Wishes) -> Path:
    """The export as a ZIP, alone in a folder that is to be deleted when done with.

    It lies where imports wait, so that what a kill leaves is swept. Raises as `exports.write` does.
    """
    waiting = project.folder / "staging" / secrets.token_hex(8)
    try:
        folder = waiting / form.name
        write_as(project, form, folder, wishes)
        with zipfile.ZipFile(f"{folder}.zip", "w", zipfile.ZIP_DEFLATED) as packed:
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    packed.write(path, path.relative_to(waiting))
        shutil.rmtree(folder)
    except BaseException:
        shutil.rmtree(waiting, ignore_errors=True)
        raise
    return Path(f"{folder}.zip")
