"""Settings: sources, precedence, and errors that name the setting, its value and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from fm_assets.settings import SettingsError, load_settings


def config(folder: Path, text: str) -> Path:
    path = folder / "fm.toml"
    path.write_text(text)
    return path


def test_override_beats_environment_beats_file(tmp_path: Path) -> None:
    file = config(tmp_path, "[tracks]\ntrack_buffer = 40\nmatch_thresh = 0.7\n")
    env = {"FM_TRACKS__TRACK_BUFFER": "50", "FM_TRACKS__MATCH_THRESH": "0.6"}
    tracks = load_settings(file, ["tracks.track_buffer=60"], env).tracks
    assert (tracks.track_buffer, tracks.match_thresh) == (60, 0.6)


def test_profile_lies_below_the_file(tmp_path: Path) -> None:
    file = config(tmp_path, 'profile = "paper"\n[clips]\nmax_s = 8.0\n')
    clips = load_settings(file, env={}).clips
    assert (clips.camera_policy, clips.max_s) == ("drop", 8.0)


def test_home_is_beside_the_file_and_fm_home_wins(tmp_path: Path) -> None:
    file = config(tmp_path, "")
    assert load_settings(file, env={}).home == tmp_path / ".fm"
    assert load_settings(file, env={"FM_HOME": "/elsewhere"}).home == Path("/elsewhere")


@pytest.mark.parametrize(
    ("text", "env", "overrides", "words"),
    [
        ("[tracks]\ntrack_bufer = 3\n", {}, [], ["tracks.track_bufer", "track_buffer"]),
        (
            "[tracks]\ntrack_buffer = -3\n",
            {},
            [],
            ["tracks.track_buffer", "-3", "greater than or equal to 1", "fm.toml"],
        ),
        ("[trax]\nx = 3\n", {}, [], ["trax", "sections are"]),
        ("", {"FM_DETECTOR__BACKEND": "yolo"}, [], ["environment", "detector.backend", "'yolo'", "'auto'"]),
        ("", {"FM_DETECTR__BACKEND": "auto"}, [], ["detectr"]),
        ("", {}, ["clips.min_s"], ["section.name=value"]),
        ("[clips\n", {}, [], ["not valid TOML"]),
        ('[llm]\napi_key = "sk-secret"\n', {}, [], ["FM_LLM__API_KEY"]),
    ],
)
def test_errors_say_what_where_and_what_is_allowed(
    tmp_path: Path, text: str, env: dict, overrides: list[str], words: list[str]
) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(config(tmp_path, text), overrides, env)
    for word in words:
        assert word in str(caught.value)
    assert "sk-secret" not in str(caught.value)


def test_numeric_key_is_a_key(tmp_path: Path) -> None:
    settings = load_settings(config(tmp_path, ""), env={"FM_LLM__API_KEY": "12345"})
    assert settings.llm.api_key.get_secret_value() == "12345"
    assert "12345" not in repr(settings)
    assert "12345" not in str(settings.llm.decisive())
