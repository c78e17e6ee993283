"""What a command says when something breaks inside, and what it keeps."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from suksala.commands import failures, running
from suksala.foundation import SuksalaError

SECRET = "สมชาย ใจดี 1234567890123"


def break_with(text: str) -> None:
    """Fail with a cause, both of which quote the data, as a database's errors do."""
    try:
        int(text)
    except ValueError as cause:
        raise RuntimeError(text) from cause


def test_our_own_fault_is_kept_without_any_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file names kinds and places, also of the cause; messages can hold a person's data and are left out."""
    monkeypatch.setenv("SUKSALA_DATA", str(tmp_path))
    with pytest.raises(RuntimeError) as caught:
        break_with(SECRET)
    assert failures.report_unexpected(caught.value, as_json=False) == 70
    [path] = (tmp_path / "logs").iterdir()
    text = path.read_text()
    assert "builtins.RuntimeError" in text
    assert "builtins.ValueError" in text
    assert "break_with" in text
    assert SECRET not in text + capsys.readouterr().err
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_without_a_data_folder_it_is_kept_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure before the first start must not make the data folder."""
    monkeypatch.setenv("SUKSALA_DATA", str(tmp_path / "none"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    failures.report_unexpected(RuntimeError(), as_json=False)
    assert not (tmp_path / "none").exists()
    assert len(list(tmp_path.glob("suksala-*/error-*.log"))) == 1


@pytest.mark.parametrize(
    ("problem", "code"),
    [(KeyboardInterrupt(), 130), (running.Terminated(), 143), (SuksalaError("ไทย", "English"), 2)],
)
def test_exit_codes(problem: BaseException, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C, SIGTERM, and what the reader can put right."""

    def broken(*_args: object, **_named: object) -> None:
        raise problem

    monkeypatch.setattr("suksala.commands.app.app", broken)
    assert running.run([]) == code
