"""Where nothing may be skipped, a test that would be skipped fails."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

SKIPPED = """
import pytest

def test_runs():
    pass

def test_skipped():
    pytest.skip("no browser here")

@pytest.mark.skip(reason="one day")
def test_marked():
    pass
"""
SKIPPED_WHOLE = "import pytest; pytest.skip('no Redis here', allow_module_level=True)"


def run(folder: Path, source: str, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_some.py").write_text(source)
    (folder / "empty.ini").touch()
    command = [
        *(sys.executable, "-m", "pytest", "-c", "empty.ini", "-p", "tests.conftest"),
        *("-p", "no:django", "-p", "no:cacheprovider", *options, "test_some.py"),
    ]
    return subprocess.run(
        command,
        cwd=folder,
        env={"PYTHONPATH": str(settings.BASE_DIR)},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("source", [SKIPPED, SKIPPED_WHOLE])
def test_a_skipped_test_fails_where_nothing_may_be_skipped(tmp_path: Path, source: str) -> None:
    result = run(tmp_path, source, "--no-skips")
    assert result.returncode != 0
    assert "Nothing may be skipped here" in result.stdout
    assert "skipped," not in result.stdout.splitlines()[-1]


def test_a_skipped_test_is_harmless_elsewhere(tmp_path: Path) -> None:
    result = run(tmp_path, SKIPPED)
    assert (result.returncode, "2 skipped" in result.stdout) == (0, True)
