"""Quickening is an offer: without a compiler it says so and changes nothing."""

import shutil

from hil.emulated import quicken


def test_without_a_compiler_it_exits_3_and_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert quicken.main([]) == 3
    assert "gcc" in capsys.readouterr().err


def test_a_source_that_does_not_compile_leaves_no_module(tmp_path):
    (tmp_path / "broken.c").write_text("int main(")
    try:
        quicken.compile_all(tmp_path)
    except quicken.CannotQuicken as error:
        told = str(error)
    else:
        told = ""
    assert "broken.c" in told or "C compiler" in told or "Python.h" in told
    assert [path.name for path in tmp_path.iterdir()] == ["broken.c"]
