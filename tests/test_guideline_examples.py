"""Examples in the guideline: each in its class's section, and nothing else is touched."""

import pytest

from loop.guideline_examples import IS, IS_NOT, most_mistaken, with_line, without

TEXT = """# How to judge

Read all of it.

## sport
Games.

### Which games
Chess, too.

## C\\+\\+ ##

- **✓ Is:** a pointer

## money
Prices."""


def test_a_section_is_made_where_there_is_none():
    assert with_line("", "sport", "sport", f"{IS}a match") == "## sport\n\n- **✓ Is:** a match"
    assert with_line("# All", "a*", r"a\*", f"{IS}x") == "# All\n\n## a\\*\n\n- **✓ Is:** x"


def test_a_line_goes_to_the_end_of_its_section_below_its_parts():
    found = with_line(TEXT, "sport", "sport", f"{IS}a match")
    assert found == TEXT.replace("Chess, too.", f"Chess, too.\n\n{IS}a match")
    assert with_line(TEXT, "money", "money", f"{IS_NOT}x → **sport**") == (
        f"{TEXT}\n\n{IS_NOT}x → **sport**"
    )


def test_lines_stand_together_and_a_name_is_found_however_it_is_written():
    found = with_line(TEXT, "c++", "C\\+\\+", f"{IS_NOT}a page → **money**")
    assert found == TEXT.replace("a pointer", f"a pointer\n{IS_NOT}a page → **money**")


def test_classes_without_examples_are_told():
    classes = ["sport", "C++", "money", "art"]
    assert without(TEXT, classes, IS) == ["sport", "money", "art"]
    assert without(TEXT, classes, IS_NOT) == classes
    assert without("", classes, IS) == classes


@pytest.mark.parametrize(
    ("said", "right", "found"),
    [
        ([["a"], ["b"], ["b"], ["c"]], ["a"], "b"),
        ([["c"], ["b"]], ["a"], "c"),
        ([["a"], ["a"]], ["a"], None),
        ([], ["a"], None),
        ([["a", "b"], []], ["a"], "b"),
        ([["a"], []], [], "a"),
    ],
)
def test_the_counter_example_is_of_the_class_given_most_though_wrong(said, right, found):
    assert most_mistaken(said, right) == found
