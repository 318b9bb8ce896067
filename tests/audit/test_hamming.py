import numpy as np
from numpy.typing import NDArray

from hilum.audit import hamming
from hilum.audit.hamming import CERTAIN, near_pairs


def drawn(count: int, seed: int = 0) -> NDArray[np.uint64]:
    return np.random.default_rng(seed).integers(0, 2**64, (count, 4), dtype=np.uint64)


def with_bits_flipped(signature: NDArray[np.uint64], bits: NDArray[np.int64]) -> NDArray[np.uint64]:
    copy = signature.copy()
    for bit in bits:
        copy[bit // 64] ^= np.uint64(1) << np.uint64(bit % 64)
    return copy


def all_pairs(signatures: NDArray[np.uint64], most: int) -> set[tuple[int, int]]:
    distance = np.bitwise_count(signatures[:, None] ^ signatures[None]).sum(axis=2)
    first, second = np.nonzero(np.triu(distance <= most, k=1))
    return set(zip(first.tolist(), second.tolist(), strict=True))


def found_pairs(signatures: NDArray[np.uint64], most: int) -> set[tuple[int, int]]:
    first, second, _ = near_pairs(signatures, most)
    return set(zip(first.tolist(), second.tolist(), strict=True))


def test_all_pairs_up_to_the_certain_distance_are_found() -> None:
    generator = np.random.default_rng(1)
    originals = drawn(300)
    copies = [
        with_bits_flipped(one, generator.permutation(256)[: row % (CERTAIN + 1)]) for row, one in enumerate(originals)
    ]
    signatures = np.concatenate([originals, copies])
    wanted = all_pairs(signatures, CERTAIN)
    assert len(wanted) == 300
    assert found_pairs(signatures, CERTAIN) == wanted


def test_bits_spread_as_badly_as_can_be_are_still_found() -> None:
    """31 bits leave one word with a single wrong bit; 32 bits, two in each word, are the first that may be missed."""
    one = drawn(1)[0]
    spread = np.array([16 * word + bit for bit in range(2) for word in range(16)])
    assert found_pairs(np.stack([one, with_bits_flipped(one, spread[:31])]), 60) == {(0, 1)}
    assert found_pairs(np.stack([one, with_bits_flipped(one, spread)]), 60) == set()


def test_equal_signatures_are_pairs_and_distances_are_right() -> None:
    one = drawn(1)[0]
    signatures = np.stack([one, one, with_bits_flipped(one, np.arange(7))])
    first, second, distance = near_pairs(signatures, 60)
    assert list(zip(first, second, distance, strict=True)) == [(0, 1, 0), (0, 2, 7), (1, 2, 7)]


def test_the_limit_is_inclusive() -> None:
    one = drawn(1)[0]
    signatures = np.stack([one, with_bits_flipped(one, np.arange(10))])
    assert found_pairs(signatures, 10) == {(0, 1)}
    assert found_pairs(signatures, 9) == set()


def test_chunks_change_nothing(monkeypatch) -> None:
    signatures = drawn(300) & np.uint64(0x000F000F000F000F)  # 64 bits vary, so that many words and pairs are near
    whole = found_pairs(signatures, 18)
    assert len(whole) > 5
    assert whole == all_pairs(signatures, 18)
    monkeypatch.setattr(hamming, "CHUNK", 100)
    assert found_pairs(signatures, 18) == whole


def test_none_or_one_signature_have_no_pairs() -> None:
    for count in (0, 1):
        assert all(len(part) == 0 for part in near_pairs(drawn(count), 60))
