"""Settings are validated once, by name, with the nearest valid one; keys never clash."""

import pytest

from loop.errors import SettingsError
from loop.keys import RESERVED_KEYS
from loop.settings import settings_from

MANY = tuple(f"c{i}" for i in range(400))
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
        ({"classes": MANY[:361]}, "361 classes are more than the 360 that the label page has"),
        ({"keys": {"maybe": "m"}}, "no class 'maybe' to give the key 'm'"),
        ({"keys": {"yes": "n", "no": "N"}}, "'n' is that of 'yes' and of 'no'"),
        ({"keys": {"yes": "2"}}, "'2' is that of 'yes' and of 'no'"),
        ({"keys": {"yes": "ab", "no": "a"}}, "'a' of 'no' is how 'ab' of 'yes' begins"),
        ({"classes": MANY[:77], "keys": {"c3": "1"}}, "'1' of 'c3' is how '11' of 'c0' begins"),
        ({"keys": {"yes": "g"}}, "'g' of 'yes' clashes with 'g', which means guidelines"),
        ({"keys": {"yes": "abc"}}, "'yes' must be one or two letters or digits, not 'abc'"),
        ({"keys": {"yes": ""}}, "'yes' must be one or two letters or digits, not ''"),
        ({"task": "multilabel", "classes": ("a|b", "c")}, r"class 'a\|b' has '\|' in its name"),
        ({"task": "clasify"}, "'task'.*not 'clasify'"),
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
    assert settings_from(**GOOD | {"classes": tuple("0123456789")}).class_keys["7"] == "7"
    assert settings_from(**GOOD | {"classes": ("Y", "N")}).class_keys == {"Y": "y", "N": "n"}


@pytest.mark.parametrize("classes", [("spam", "ham"), ("S", "T"), ("f", "m"), tuple("abcdefghiu")])
def test_other_classes_have_digits_and_no_key_is_taken_twice(classes):
    keys = settings_from(**GOOD | {"classes": classes}).class_keys
    assert list(keys.values()) == list("1234567890"[: len(classes)])
    assert not set(keys.values()) & set(RESERVED_KEYS)


def test_more_than_ten_classes_have_two_keys_each_that_begin_no_other():
    keys = settings_from(**GOOD | {"classes": MANY[:360]}).class_keys
    assert [keys[f"c{i}"] for i in (0, 9, 10, 99, 100, 126, 359)] == [
        "11",
        "10",
        "21",
        "00",
        "1a",
        "2a",
        "0z",
    ]
    assert len(set(keys.values())) == 360
    assert {len(key) for key in keys.values()} == {2}
    assert not {key[0] for key in keys.values()} & set(RESERVED_KEYS)


def test_a_class_that_is_added_moves_no_key():
    before: dict[str, str] = {}
    for n in range(11, 361):
        keys = settings_from(**GOOD | {"classes": MANY[:n]}).class_keys
        assert keys.items() >= before.items()
        before = keys


@pytest.mark.parametrize("letter", ["g", "w", "e"])
def test_a_letter_that_the_page_needs_is_no_class_key(letter):
    assert settings_from(**GOOD | {"classes": (letter, "x")}).class_keys == {letter: "1", "x": "2"}


def test_some_classes_may_have_keys_of_their_own():
    keys = settings_from(**GOOD | {"keys": {"no": "N"}}).class_keys
    assert keys == {"yes": "1", "no": "n"}
    keys = settings_from(
        **GOOD | {"classes": MANY[:77], "keys": {"c1": "q", "c2": "xy"}}
    ).class_keys
    assert (keys["c0"], keys["c1"], keys["c2"], keys["c3"]) == ("11", "q", "xy", "14")


def test_a_multilabel_project_is_asked_at_random_unless_it_says_otherwise():
    assert settings_from(**GOOD | {"task": "multilabel"}).strategy == "random"
    assert settings_from(**GOOD).strategy == "uherding"
