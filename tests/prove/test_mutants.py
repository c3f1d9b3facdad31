"""The judge of `make prove PART=mutants`: when it says yes, and when no."""

import pytest

from hil.prove.mutants import survivors, workplace
from hil.prove.mutants.__main__ import judge
from hil.prove.mutants.modules import ROOT_OF_CORE, TESTS
from hil.prove.mutants.workplace import Mutant

CHANGE = ["- if a > b:", "+ if a >= b:"]


@pytest.fixture(autouse=True)
def one_change(monkeypatch, tmp_path):
    """All mutants make the same change, and the list is one of our own."""
    monkeypatch.setattr(workplace, "change", lambda module, name: CHANGE)
    monkeypatch.setattr(survivors, "LIST", tmp_path / "survivors.toml")
    explain("")


def explain(reason, times=1, module="guard"):
    survivors.LIST.write_text(
        f"[[survivor]]\nmodule = '{module}'\nchange = {CHANGE}\nreason = '{reason}'\n" * times)


def ended(killed, survived, end="survived"):
    return judge({"guard": [Mutant("k", "killed")] * killed + [Mutant("s", end)] * survived})


def test_all_killed_is_a_yes():
    result = ended(10, 0)
    assert result["ok"] and result["percent"] == 100.0


@pytest.mark.parametrize("end", ["survived", "untested", "ended with 2"])
def test_a_survivor_without_a_reason_is_a_no(end):
    result = ended(99, 1, end)
    assert not result["ok"] and result["without_reason"] == [{"module": "guard", "change": CHANGE}]
    explain("either side gives the same")
    assert ended(99, 1, end)["ok"]
    explain("either side gives the same", module="ledger")
    assert not ended(99, 1, end)["ok"]


def test_a_reason_explains_one_survivor():
    explain("either side gives the same")
    assert len(ended(98, 2)["without_reason"]) == 1
    explain("either side gives the same", times=2)
    assert ended(98, 2)["ok"]


def test_fewer_than_nine_in_ten_killed_is_a_no_whatever_the_reasons():
    explain("either side gives the same", times=11)
    assert not ended(89, 11)["ok"] and ended(90, 10)["ok"]


def test_a_reason_for_what_some_test_sees_is_told():
    explain("either side gives the same")
    result = ended(100, 0)
    assert result["ok"] and result["explained_but_killed"] == [
        {"module": "guard", "change": CHANGE}]


def test_a_mutant_that_runs_out_of_time_counts_as_killed():
    assert ended(9, 1, "timeout")["ok"]


def test_every_module_of_the_core_has_its_tests():
    modules = {path.stem for path in ROOT_OF_CORE.glob("*.py")} - {"__init__"}
    assert set(TESTS) == modules
    for tests in TESTS.values():
        for test in tests:
            assert (workplace.ROOT / "tests" / test).is_file()
