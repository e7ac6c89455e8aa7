"""docs/families.md is what the families' specifications say now."""

from pathlib import Path

import pytest

from reasoning_baselines.family_pages import PAGE, PICTURES, page, write
from reasoning_baselines.specifications import specification
from reasoning_gym.audit import audited_families

DOCS = Path(__file__).parents[1] / "docs"
OURS = [each for each in audited_families() if type(each).__module__.startswith("reasoning_gym.")]


@pytest.mark.parametrize("family", OURS, ids=[each.name for each in OURS])
def test_a_specification_has_all_its_parts(family):
    found = specification(family)
    assert [name for name, _ in found.fields] == [
        "Statement", "Thoughts", "Answer", "Level", "Verified", "Checked step by step"
    ]  # fmt: skip
    assert found.asked.endswith(".")
    assert all(len(text) > 5 for _, text in found.fields)


def test_the_page_is_up_to_date():
    assert (DOCS / PAGE).read_text() == page(OURS), "run: python -m reasoning_baselines.family_pages docs"


def test_the_pictures_are_up_to_date(tmp_path):
    write(tmp_path, OURS)
    drawn = {path.name: path.read_text() for path in (tmp_path / PICTURES).iterdir()}
    assert drawn == {path.name: path.read_text() for path in (DOCS / PICTURES).iterdir()}
