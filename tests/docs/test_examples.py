"""Prescriptions that the documentation shows: `thecal check` passes them."""

import pytest

from tests.docs.pages import DOCS, code_blocks, text_of
from thecal.prescribing.file import read_prescription

STEADY = code_blocks(text_of("bring-up.md"), "toml")[0]
FAST = STEADY.replace("1.44 mg/day", "24 mg/day").replace('"0.1 mg"', '"1.3 mg"')


@pytest.mark.parametrize("path", sorted((DOCS / "examples").glob("*.toml")),
                         ids=lambda path: path.name)
def test_an_example_is_complete_and_deliverable(path):
    read_prescription(path)


@pytest.mark.parametrize(("text", "nl_per_h"), [(STEADY, 60_000), (FAST, 1_000_000)],
                         ids=["slow.toml", "fast.toml"])
def test_the_prescriptions_of_the_bring_up_are_too(tmp_path, text, nl_per_h):
    path = tmp_path / "bench.toml"
    path.write_text(text)
    (step,) = read_prescription(path).steps
    assert step.basal_ng_per_day * 1000 // 24 // 1000 == nl_per_h
