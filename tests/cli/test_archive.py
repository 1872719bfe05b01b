import json
from pathlib import Path

import pytest

from llmopt_tui.archive.trees import Disk, scan
from llmopt_tui.cli.main import main
from tests.cli.support import clean_environment, set_environment
from tests.nasty import NASTY


@pytest.fixture(autouse=True)
def workspace(tmp_path, monkeypatch):
    set_environment(monkeypatch, clean_environment(tmp_path))
    monkeypatch.setattr("os.fsync", lambda descriptor: None)
    root = tmp_path / "ws"
    for name in ("cases", "ty_extract_a", "ty_extract_b", "ty_extract_final"):
        (root / name).mkdir(parents=True)
    (root / "ty_extract_a" / "data").write_text("1234")
    (root / "ty_extract_link").symlink_to("ty_extract_final")
    monkeypatch.chdir(root)
    return root


LEGACY = ("ty_extract*", "--keep", "ty_extract_final")


def the_archive() -> Path:
    (folder,) = Path("archive").iterdir()
    return folder


def names() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


def test_what_is_moved_and_what_stays_is_said(workspace, capsys):
    assert main(["archive", *LEGACY, "--why", "superseded"]) == 0
    out, err = capsys.readouterr()
    folder = the_archive()
    assert folder.name.startswith("ty_extract_archive_2")
    assert f"Moved to archive/{folder.name}/:" in out
    assert "  ty_extract_a  (folder, 1 file, 4 bytes)\n" in out
    assert "  ty_extract_link  (link to ty_extract_final)\n" in out
    assert "Stays: ty_extract_final  (kept)" in out
    assert str(workspace / folder / "manifest.md") in out
    assert f"llmopt-tui archive --restore {folder.name}" in out
    assert err == ""
    assert json.loads((folder / "manifest.json").read_text())["why"] == "superseded"
    assert names() == ["archive", "cases", "ty_extract_final"]


def test_a_dry_run_says_the_same_and_changes_nothing(workspace, capsys):
    before = scan(workspace)
    assert main(["archive", *LEGACY, "--dry-run"]) == 0
    out, err = capsys.readouterr()
    assert "Would move to archive/ty_extract_archive_2" in out
    assert "  ty_extract_b  (folder, 0 files, 0 bytes)\n" in out
    assert "Nothing was changed" in err
    assert scan(workspace) == before


def test_the_workspace_is_where_items_are_looked_for(workspace, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["--workspace", "ws", "archive", *LEGACY]) == 0
    assert (workspace / "archive").is_dir()


def test_an_archive_is_restored_by_the_beginning_of_its_id(workspace, capsys):
    before = scan(workspace)
    main(["archive", *LEGACY])
    capsys.readouterr()
    assert main(["archive", "--restore", "ty", "--dry-run"]) == 0
    assert "Would restore:" in capsys.readouterr().out
    assert not Path("ty_extract_a").exists()
    assert main(["archive", "--restore", "ty"]) == 0
    assert "Restored:" in capsys.readouterr().out
    after = [entry.content for entry in scan(workspace) if not entry.path.startswith("archive")]
    assert after == [entry.content for entry in before]
    assert main(["archive", "--restore", "ty"]) == 0
    assert "Nothing is left to do" in capsys.readouterr().err


def test_restoring_over_something_is_refused_unless_the_rest_is_asked_for(capsys):
    main(["archive", *LEGACY])
    Path("ty_extract_a").write_text("new")
    capsys.readouterr()
    for dry in (["--dry-run"], []):
        assert main(["archive", "--restore", "ty", *dry]) == 1
        out, err = capsys.readouterr()
        assert out == ""
        assert "ty_extract_a: something else is there" in err
        assert "--skip-taken" in err
    assert not Path("ty_extract_b").exists()
    assert main(["archive", "--restore", "ty", "--skip-taken"]) == 1
    assert Path("ty_extract_b").is_dir()
    assert Path("ty_extract_a").read_text() == "new"
    assert "ty_extract_a: something else" in capsys.readouterr().err


def test_what_changed_in_the_archive_is_told(capsys):
    main(["archive", *LEGACY])
    (the_archive() / "items" / "ty_extract_a" / "data").write_text("other")
    capsys.readouterr()
    assert main(["archive", "--restore", "ty"]) == 1
    assert "ty_extract_a/data: changed since it was archived" in capsys.readouterr().err


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_an_interruption_says_how_to_go_on(error, monkeypatch, capsys):
    def rename(disk, old, new):
        if old.name == "ty_extract_b":
            raise error
        old.rename(new)

    with monkeypatch.context() as patch:
        patch.setattr(Disk, "rename", rename)
        assert main(["archive", *LEGACY]) == (130 if isinstance(error, KeyboardInterrupt) else 1)
    identity = the_archive().name
    err = capsys.readouterr().err
    assert "1 of 3 are in the archive" in err
    assert f"llmopt-tui archive --finish {identity}" in err
    assert f"llmopt-tui archive --restore {identity}" in err
    assert "Traceback" not in err
    assert main(["archive", "--list"]) == 0
    assert "archiving, interrupted" in capsys.readouterr().out
    assert main(["archive", "--finish", "ty", "--dry-run"]) == 0
    assert "Would move to" in capsys.readouterr().out
    assert main(["archive", "--finish", "ty"]) == 0
    assert names() == ["archive", "cases", "ty_extract_final"]


def test_archives_are_listed(capsys):
    assert main(["archive", "--list"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "There is no archive" in err
    main(["archive", *LEGACY, "--why", "superseded\nby \x1b[1mfinal"])
    (Path("archive") / "foreign").mkdir()
    capsys.readouterr()
    assert main(["archive", "--list"]) == 0
    head, foreign, row = capsys.readouterr().out.splitlines()
    assert head.split() == ["archive", "state", "made", "items", "size", "why"]
    assert "there is no manifest.json" in foreign
    assert "  archived  " in row
    assert row.endswith("3  4 bytes  superseded by ␛[1mfinal")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["archive"], "name what is to be archived"),
        (["archive", "ty_extract_c"], "did you mean ty_extract_"),
        (
            ["archive", "ty_extract*", "--keep", "ty_extract_finale"],
            "did you mean ty_extract_final",
        ),
        (["archive", "cases"], "part of the workspace"),
        (["archive", "../ws"], "not in the workspace"),
        (["archive", "--restore", "x"], "holds none"),
        (["archive", "--restore", "x", "ty_extract_a"], "--restore goes with no ITEM"),
        (["archive", "--list", "--keep", "x"], "--list goes with no"),
        (["archive", "ty_extract_a", "--skip-taken"], "--skip-taken goes with --restore"),
        (["archive", "--list", "--finish", "x"], "not allowed with"),
        (["archive", "ty_extract_a", "--kep", "x"], 'did you mean "--keep"'),
    ],
)
def test_a_wrong_request_is_exit_2_and_changes_nothing(workspace, arguments, message, capsys):
    before = scan(workspace)
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert scan(workspace) == before


def test_nothing_to_move_is_no_error(workspace, capsys):
    assert main(["archive", "ty_extract_final", "--keep", "ty_*"]) == 0
    assert "Nothing to move" in capsys.readouterr().err
    assert not Path("archive").exists()


@pytest.mark.parametrize(
    "call", ["pathlib.Path.open", "pathlib.Path.mkdir", "pathlib.Path.iterdir"]
)
def test_what_the_system_refuses_is_one_line_and_exit_1(workspace, call, monkeypatch, capsys):
    before = scan(workspace)

    def refuse(path, *arguments, **options):
        raise PermissionError(13, "Permission denied", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(call, refuse)
        assert main(["archive", *LEGACY]) == 1
    err = capsys.readouterr().err
    assert "Permission denied" in err
    assert "Traceback" not in err
    assert [entry.content for entry in scan(workspace)] == [entry.content for entry in before]


def test_odd_names_do_nothing_to_the_terminal(workspace, capsys):
    count = 0
    for name in {"a\nb", "\udcff\x1b[2J", *NASTY}:
        try:
            (workspace / f"z{name}").symlink_to(name or "nowhere")
            count += 1
        except (OSError, ValueError):
            continue
    assert count > 20
    for arguments in (["z*", "--dry-run"], ["z*"], ["--restore", "z", "--dry-run"]):
        assert main(["archive", *arguments]) == 0
        out, err = capsys.readouterr()
        assert "\x1b" not in out + err
        assert sum(line.startswith("  z") for line in out.split("\n")) == count
    Path("z[red").write_text("in the way")
    assert main(["archive", "--restore", "z"]) == 1
    assert "z[red: something else is there" in capsys.readouterr().err
