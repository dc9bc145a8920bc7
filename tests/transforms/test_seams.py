"""Seams between pictures that stand side by side."""

import numpy as np

from transforms.panels.seams import Cell, cells


def pictures(height, width, seed=0):
    return np.random.default_rng(seed).integers(30, 180, (height, width), dtype=np.uint8)


def test_a_white_line_between_pictures_is_a_seam():
    gray = pictures(100, 201)
    gray[:, 100] = 255

    assert cells(gray) == [Cell(0, 0, 100, 100), Cell(101, 0, 201, 100)]


def test_seams_may_cross():
    gray = pictures(101, 201)
    gray[:, 100] = gray[50] = 0

    assert len(cells(gray)) == 4


def test_a_picture_without_a_seam_is_not_cut():
    assert cells(pictures(100, 200)) == []


def test_the_rules_of_a_table_are_no_seams():
    gray = np.full((120, 200), 255, np.uint8)
    gray[::20] = 0
    gray[10::20, 5:195:3] = 40  # rows of text

    assert cells(gray) == []


def test_a_line_with_nothing_on_one_side_is_the_frame_of_a_plot():
    gray = np.full((120, 200), 255, np.uint8)
    gray[:, 40] = 0
    gray[:, 41:] = pictures(120, 159)

    assert cells(gray) == []
