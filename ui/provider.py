"""An identity provider (OpenID Connect) beside invitation links: optional, through `st.login`.

It says who somebody is; whether they may come in is decided here, by an invitation under that
e-mail address. Nobody is added by signing in.
"""

import importlib.util
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from loop import LoopError
from loop.people import Person

SECRETS = "secrets.toml"  # in the project folder, as Streamlit documents it for `st.login`
NEEDED = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")


class ProviderIncomplete(LoopError):
    """The project names an identity provider that could not be used."""

    def __init__(self, path: Path, lacking: str) -> None:
        super().__init__(
            f"{path} is there to sign people in through an identity provider, but {lacking}. Mend "
            "that, or take the file away to go on with invitation links alone."
        )


def check_provider(folder: Path) -> bool:
    """Whether a project has an identity provider. Raises `ProviderIncomplete`."""
    path = folder / SECRETS
    if not path.is_file():
        return False
    try:
        auth = tomllib.loads(path.read_text("utf-8")).get("auth", {})
    except ValueError as why:
        raise ProviderIncomplete(path, f"cannot be read ({why})") from why
    if missing := [name for name in NEEDED if name not in auth]:
        raise ProviderIncomplete(path, f"its section [auth] lacks {', '.join(missing)}")
    if importlib.util.find_spec("authlib") is None:
        raise ProviderIncomplete(path, "Authlib is not installed (pip install 'Authlib>=1.3.2')")
    return True


def named_by(identity: Mapping[str, object], people: Iterable[Person]) -> Person | None:
    """Whom a provider's user is here: the person invited under that e-mail address, or None.

    An address that the provider does not call verified names nobody: anybody could claim it.
    """
    email = identity.get("email")
    if not isinstance(email, str) or identity.get("email_verified") is not True:
        return None
    wanted = email.strip().casefold()
    return next((p for p in people if p.revoked_at is None and p.name.casefold() == wanted), None)
