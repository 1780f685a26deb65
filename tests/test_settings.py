"""Settings are validated once, by name, with the nearest valid one; keys never clash."""

import pytest

from loop.errors import SettingsError
from loop.settings import RESERVED_KEYS, settings_from

GOOD = {"name": "p", "modality": "text", "columns": ("text",), "classes": ("yes", "no")}


def test_good_settings_survive_a_round_trip():
    settings = settings_from(**GOOD, strategy="entropy", retrain={"least": 7})
    assert settings_from(**settings.model_dump(mode="json")) == settings


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"stratgy": "margin"}, "no setting 'stratgy'. Did you mean 'strategy'"),
        ({"classes": ("one",)}, "at least two classes"),
        ({"classes": ("a", "A ")}, "two classes have the same name"),
        ({"classes": ("a", " ")}, "empty name"),
        ({"classes": tuple("abcdefghijk")}, "11 classes are more than the 10 keys"),
        ({"modality": "smell"}, "'modality'.*not 'smell'"),
        ({"audit_share": 1.5}, "'audit_share'.*not 1.5"),
        ({"retrain": {"least": 0}}, "'retrain.least'.*not 0"),
        ({"retrain": {"lest": 5}}, "no setting 'retrain.lest'"),
        ({"seed": -1}, "'seed'.*not -1"),
    ],
)
def test_a_bad_setting_is_refused_by_name(change, complaint):
    with pytest.raises(SettingsError, match=complaint):
        settings_from(**GOOD | change)


def test_one_letter_classes_are_their_own_keys():
    assert settings_from(**GOOD | {"classes": tuple("0123456789")}).keys["7"] == "7"
    assert settings_from(**GOOD | {"classes": ("Y", "N")}).keys == {"Y": "y", "N": "n"}


@pytest.mark.parametrize("classes", [("spam", "ham"), ("S", "T"), ("f", "m"), tuple("abcdefghiu")])
def test_other_classes_have_digits_and_no_key_is_taken_twice(classes):
    keys = settings_from(**GOOD | {"classes": classes}).keys
    assert list(keys.values()) == list("1234567890"[: len(classes)])
    assert not set(keys.values()) & set(RESERVED_KEYS)
