"""Files of networks: what is saved is loaded, and damaged files are explained."""

from __future__ import annotations

import io
import itertools
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kernels
from kernels import Network

SIZES = (4, 3, 2)
SHIFT = [300.0, 1e5, -2.0, 0.0]


@pytest.mark.parametrize("shift", [None, SHIFT])
def test_save_and_load(shift: Any, tmp_path: Path) -> None:
    network = Network.centred(SIZES, seed=1, activations=("relu", "softmax"), shift=shift)
    path = tmp_path / "network.npz"
    network.save(path)
    assert Network.load(path) == network
    assert [file.name for file in tmp_path.iterdir()] == ["network.npz"]
    with np.load(path) as archive:
        assert archive["format"] == 3


def test_what_cannot_be_loaded_is_not_saved(tmp_path: Path) -> None:
    path = tmp_path / "network.npz"
    plan = kernels.plan(Network.centred(SIZES, seed=1), "batched")
    with pytest.warns(RuntimeWarning, match="diverged"):
        diverged = plan.train(np.full(SIZES[0], np.nan), np.zeros(SIZES[-1]), 1).network
    spoilt = Network.centred(SIZES, seed=1)
    spoilt.theta[:3] = (np.nan, np.inf, -np.inf)
    size = spoilt.theta.size
    for network, lost in ((diverged, size), (spoilt, 3)):
        message = f"theta must be finite, got NaN or infinity in {lost} of {size} numbers"
        with pytest.raises(ValueError, match=message):
            network.save(path)
    network = Network.centred(SIZES, seed=1)
    network.activations = ("logistic", "nonsense")
    with pytest.raises(ValueError, match="nonsense"):
        network.save(path)
    assert not list(tmp_path.iterdir())


def test_files_of_earlier_formats_are_read(tmp_path: Path) -> None:
    """Format 1 has no activations, format 2 no shift; each is read without them."""
    network = Network.centred(SIZES, seed=1)
    old: dict[str, Any] = {"sizes": np.array(SIZES), "theta": network.theta}
    path = tmp_path / "old.npz"
    path.write_bytes(archive(format=1, **old))
    assert Network.load(path) == network
    path.write_bytes(archive(format=2, activations=np.array(["tanh", "softmax"]), **old))
    tanh = Network.from_theta(SIZES, network.theta, ("tanh", "softmax"))
    assert Network.load(path) == tanh != network
    path.write_bytes(archive(format=4, **old))
    with pytest.raises(ValueError, match="format 4, expected 1 to 3"):
        Network.load(path)


def archive(**arrays: Any) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def array_file(array: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


THETA = Network.random(SIZES, seed=1).theta
NO_NETWORKS = {
    "text": b"hello",
    "empty": b"",
    "an array": array_file(THETA),
    "another archive": archive(a=1),
    "objects": archive(format=1, sizes=np.array(["x", 1], object), theta=THETA),
    "too few parameters": archive(format=1, sizes=np.array(SIZES), theta=THETA[:-1]),
    "a newer format": archive(format=4, sizes=np.array(SIZES), theta=THETA),
    "no activations": archive(format=2, sizes=np.array(SIZES), theta=THETA),
    "no shift": archive(
        format=3, sizes=np.array(SIZES), activations=np.array(["relu", "identity"]), theta=THETA
    ),
    "a shift too short": archive(
        format=3,
        sizes=np.array(SIZES),
        activations=np.array(["relu", "identity"]),
        theta=THETA,
        shift=np.ones(3),
    ),
    "cut short": archive(format=1, sizes=np.array(SIZES), theta=THETA)[:-30],
    "no sizes": archive(format=1, sizes=3, theta=THETA),
    "a broken format": archive(format=1.9, sizes=np.array(SIZES), theta=THETA),
    "an infinite format": archive(format=np.inf, sizes=np.array(SIZES), theta=THETA),
    "a format that is text": archive(format="1", sizes=np.array(SIZES), theta=THETA),
}


@pytest.mark.parametrize("content", NO_NETWORKS.values(), ids=NO_NETWORKS)
def test_files_that_hold_no_network_are_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="does not hold a network"):
        Network.load(path)


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        Network.load(tmp_path / "missing")


GOOD = archive(format=1, sizes=np.array(SIZES), theta=THETA)


@pytest.mark.parametrize(
    ("offset", "value", "raised"),
    [
        (8, 1, RuntimeError),  # the first entry's flags say that it is encrypted
        (10, 99, NotImplementedError),  # an unknown compression
    ],
)
def test_damage_by_which_zipfile_raises_other_exceptions_is_explained(
    offset: int, value: int, raised: type[Exception], tmp_path: Path
) -> None:
    content = bytearray(GOOD)
    directory = content.index(b"PK\x01\x02") + offset
    content[directory] = content[offset - 2] = value
    path = tmp_path / "file.npz"
    path.write_bytes(content)
    with zipfile.ZipFile(path) as file, pytest.raises(raised):
        file.read("format.npy")
    with pytest.raises(ValueError, match="does not hold a network"):
        Network.load(path)


def test_every_damaged_byte_of_the_directory_gives_the_network_or_is_explained(
    tmp_path: Path,
) -> None:
    path = tmp_path / "file.npz"
    network = Network.from_theta(SIZES, THETA)
    directory = range(GOOD.index(b"PK\x01\x02"), len(GOOD))
    for place, value in itertools.product(directory, (0, 0xFF)):
        content = bytearray(GOOD)
        content[place] = value
        path.write_bytes(content)
        try:
            assert Network.load(path) == network
        except ValueError as error:
            assert "does not hold a network" in str(error)  # noqa: PT017


def test_an_error_of_saving_names_the_file_that_was_asked_for(tmp_path: Path) -> None:
    network = Network.random(SIZES, seed=1)
    (tmp_path / "folder").mkdir()
    missing, folder = tmp_path / "missing" / "network.npz", tmp_path / "folder"
    with pytest.raises(FileNotFoundError) as caught:
        network.save(missing)
    assert (caught.value.filename, caught.value.filename2) == (str(missing), None)
    with pytest.raises(OSError, match="folder") as other:
        network.save(folder)
    assert (other.value.filename, other.value.filename2) == (str(folder), None)
    assert list(tmp_path.iterdir()) == [folder]


def test_a_name_may_be_as_long_as_names_can_be(tmp_path: Path) -> None:
    network = Network.random((3, 3, 1), seed=0)
    path = tmp_path / f"{'n' * 251}.npz"
    network.save(path)
    assert Network.load(path) == network
    with pytest.raises(OSError, match=r"n\.npz"):
        network.save(tmp_path / f"{'n' * 252}.npz")
    assert list(tmp_path.iterdir()) == [path]


def test_an_array_of_numpy_is_no_network(tmp_path: Path) -> None:
    np.save(tmp_path / "array.npy", np.zeros(3))
    with pytest.raises(ValueError, match=r"array\.npy does not hold .* it is no \.npz file"):
        Network.load(tmp_path / "array.npy")
