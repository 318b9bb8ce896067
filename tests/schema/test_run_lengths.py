"""Run lengths in both orders, there and back; run by run against a drawing by hand."""

import numpy as np
import pytest

from hilum.schema import DataError
from hilum.schema.run_lengths import decode_runs, encode_runs


def test_what_is_written_is_read_back() -> None:
    generator = np.random.default_rng(0)
    for shape in ((4, 2), (7, 5), (16, 33)):
        mask = generator.random(shape) < 0.4
        assert np.array_equal(decode_runs(encode_runs(mask), *shape), mask)


def test_an_empty_region_and_a_full_one() -> None:
    assert encode_runs(np.zeros((3, 4), bool)) == "-1"
    assert not decode_runs("-1", 3, 4).any()
    assert not decode_runs(" ", 3, 4).any()
    assert encode_runs(np.ones((3, 4), bool)) == "1 12"
    assert decode_runs("1 12", 3, 4).all()


def test_chexmask_rows_by_its_own_rule() -> None:
    """As its publishers decode: starts from 1, row by row, reshaped to height and width."""
    mask = np.zeros(20, bool)
    for start, length in ((3, 4), (12, 2)):
        mask[start - 1 : start - 1 + length] = True
    assert np.array_equal(decode_runs("3 4 12 2", 4, 5), mask.reshape(4, 5))


@pytest.mark.parametrize("text", ["1", "0 3", "11 3", "1 -2", "5 2 1"])
def test_runs_that_do_not_fit_are_refused(text: str) -> None:
    with pytest.raises(DataError, match="do not fit 3 x 4 pixels"):
        decode_runs(text, 3, 4)


def test_words_and_unknown_orders_are_refused() -> None:
    with pytest.raises(DataError, match="are no numbers"):
        decode_runs("five 2", 3, 4)
    with pytest.raises(DataError, match=r"order 'zigzag'\. Expected rows or columns"):
        decode_runs("1 2", 3, 4, "zigzag")


def test_runs_in_any_order_and_one_over_the_other_draw_what_they_cover() -> None:
    generator = np.random.default_rng(0)
    for _ in range(20):
        runs = [(int(generator.integers(1, 80)), int(generator.integers(0, 20))) for _ in range(5)]
        covered = np.zeros(100, bool)
        for start, length in runs:
            covered[start - 1 : start - 1 + length] = True
        text = " ".join(f"{start} {length}" for start, length in runs)
        assert np.array_equal(decode_runs(text, 10, 10), covered.reshape(10, 10))
