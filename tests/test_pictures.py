"""`make pictures` draws what its table says, the same bytes each time."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests import pictures
from tests.pictures import PICTURES, Picture, draw, fixed_surroundings


@pytest.mark.long
@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
async def test_a_picture_is_drawn_alike_wherever_it_is_drawn(
    tmp_path: Path, picture: Picture
) -> None:
    drawn = []
    # One of them twice: the same way of drawing makes them all.
    for n in range(2 if picture is PICTURES[-1] else 1):
        home = tmp_path / f"home-{n}"
        home.mkdir()
        with fixed_surroundings(home):
            drawn.append(await draw(picture, home))
    assert len(set(drawn)) == 1
    text = "".join(ET.fromstring(drawn[0]).itertext())
    assert "Workbench" in text
    assert str(tmp_path) not in drawn[0]
    assert "url(http" not in drawn[0].replace('"', "")


def test_what_is_committed_is_what_the_table_says() -> None:
    kept = {file.stem for file in pictures.FOLDER.glob("*.svg")}
    assert kept == {picture.name for picture in PICTURES}
