"""Training pairs, as `sinobench export-pairs` writes them (format sinobench-pairs@1).

A file holds one preset. `Pairs` keeps its images in memory as float32, normalised to
(HU + 1000) / 1000. Patches are drawn at random places (shifts), flipped at random, from
every dose and every FBP kernel of the file; patches of air are mostly passed over.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

OFFSET_HU = -1000.0
SCALE_HU = 1000.0
FORMAT = 'sinobench-pairs@1'


def normalise(hu: np.ndarray) -> np.ndarray:
    return ((hu - OFFSET_HU) / SCALE_HU).astype(np.float32)


@dataclass
class Pairs:
    path: Path
    preset: str
    filters: list[dict]
    truth: np.ndarray  # [cases, rows, columns], normalised
    fbp: np.ndarray  # [pairs, filters, rows, columns], normalised
    noise: np.ndarray  # [pairs, filters], noise level ÷ SCALE_HU
    case_index: np.ndarray  # [pairs]
    dose: np.ndarray  # [pairs]
    window: np.ndarray  # [cases, 2], HU
    subject: list[str]
    split_fbp: np.ndarray | None  # [pairs, K, rows, columns], normalised
    sinogram: np.ndarray | None  # [pairs, views, bins], line integrals
    pixel_mm: np.ndarray  # [cases]
    geometry: dict


def read_pairs(path: str | Path, sinograms: bool = False) -> Pairs:
    path = Path(path)
    if not path.is_file():
        raise SystemExit(f'No pairs file at {path}. Make it with `sinobench export-pairs` (README.md has the commands).')
    with h5py.File(path, 'r') as file:
        found = file.attrs.get('format')
        found = found.decode() if isinstance(found, bytes) else found
        if found != FORMAT:
            raise SystemExit(f'{path} has the format {found!r}, expected {FORMAT!r}. Export it again with `sinobench export-pairs`.')
        if sinograms and 'sinogram' not in file:
            raise SystemExit(f'{path} holds no sinograms. Export it again without --no-sinograms.')
        strings = lambda name: [s.decode() if isinstance(s, bytes) else str(s) for s in file[name][:]]
        text = lambda name: file.attrs[name].decode() if isinstance(file.attrs[name], bytes) else str(file.attrs[name])
        return Pairs(
            path=path,
            preset=text('preset'),
            filters=json.loads(text('filters')),
            truth=normalise(file['truth'][:]),
            fbp=normalise(file['fbp'][:]),
            noise=(file['noise_hu'][:] / SCALE_HU).astype(np.float32),
            case_index=file['case_index'][:],
            dose=file['dose'][:],
            window=file['window'][:],
            subject=strings('subject'),
            split_fbp=normalise(file['split_fbp'][:]) if 'split_fbp' in file else None,
            sinogram=file['sinogram'][:] if sinograms else None,
            pixel_mm=file['pixel_mm'][:],
            geometry=json.loads(text('geometry')),
        )


@dataclass
class Batch:
    image: np.ndarray  # [batch, 1, size, size]
    noise: np.ndarray  # the same shape, constant a patch
    truth: np.ndarray


class Patches:
    """Batches of patches from several files, each drawn with its weight. The generator decides everything."""

    def __init__(self, sources: list[tuple[Pairs, float]], size: int, batch: int, random: np.random.Generator):
        self.sources = [pairs for pairs, _ in sources]
        weights = np.array([weight for _, weight in sources])
        self.weights = weights / weights.sum()
        self.size, self.batch, self.random = size, batch, random

    def draw(self) -> Batch:
        size, random = self.size, self.random
        shape = (self.batch, 1, size, size)
        image, noise, truth = (np.empty(shape, np.float32) for _ in range(3))
        for i in range(self.batch):
            pairs = self.sources[random.choice(len(self.sources), p=self.weights)]
            source, target, level = self.pick(pairs)
            row, column = place(target, size, random)
            part = (slice(row, row + size), slice(column, column + size))
            image[i, 0], truth[i, 0] = flipped((source[part], target[part]), random)
            noise[i] = level
        return Batch(image, noise, truth)

    def pick(self, pairs: Pairs) -> tuple[np.ndarray, np.ndarray, float]:
        pair = self.random.integers(len(pairs.fbp))
        kernel = self.random.integers(pairs.fbp.shape[1])
        return pairs.fbp[pair, kernel], pairs.truth[pairs.case_index[pair]], pairs.noise[pair, kernel]


class SplitPatches(Patches):
    """Noise2Inverse (Hendriksen et al. 2020, strategy X:1): input is the mean of all view splits but one, target the one left
    out. No clean image is read; the truth array only tells a patch of air from one of tissue nowhere: `place` gets the input."""

    def pick(self, pairs: Pairs) -> tuple[np.ndarray, np.ndarray, float]:
        pair = self.random.integers(len(pairs.split_fbp))
        splits = pairs.split_fbp[pair]
        left_out = self.random.integers(len(splits))
        source = (splits.sum(0) - splits[left_out]) / (len(splits) - 1)
        return source, splits[left_out], self.level(pairs, pair, left_out, source)

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.levels: dict[tuple[str, int, int], float] = {}

    def level(self, pairs: Pairs, pair: int, left_out: int, source: np.ndarray) -> float:
        key = (str(pairs.path), int(pair), int(left_out))
        if key not in self.levels:
            self.levels[key] = estimate_noise(source)
        return self.levels[key]


def place(target: np.ndarray, size: int, random: np.random.Generator) -> tuple[int, int]:
    """A random corner; up to four tries to find a patch that is not air."""
    for _ in range(4):
        row = random.integers(target.shape[0] - size + 1)
        column = random.integers(target.shape[1] - size + 1)
        if target[row : row + size, column : column + size].mean() > 0.1:
            break
    return int(row), int(column)


def flipped(images: tuple[np.ndarray, ...], random: np.random.Generator) -> list[np.ndarray]:
    turn, rows, columns = random.integers(2, size=3)
    out = []
    for image in images:
        if turn:
            image = image.T
        out.append(image[:: -1 if rows else 1, :: -1 if columns else 1])
    return out


def estimate_noise(image: np.ndarray) -> float:
    """What src/ct/noise-level.ts computes, for a normalised image: Immerkær's mask with taps two pixels apart, median of its
    absolute response inside the inscribed circle and outside air."""
    s = 2
    rows, columns = image.shape
    c = image[s:-s, s:-s]
    up, down, left, right = image[: -2 * s, s:-s], image[2 * s :, s:-s], image[s:-s, : -2 * s], image[s:-s, 2 * s :]
    corners = image[: -2 * s, : -2 * s] + image[: -2 * s, 2 * s :] + image[2 * s :, : -2 * s] + image[2 * s :, 2 * s :]
    sides = up + down + left + right
    response = np.abs(corners - 2 * sides + 4 * c)
    y = np.arange(s, rows - s)[:, None] - (rows - 1) / 2
    x = np.arange(s, columns - s)[None] - (columns - 1) / 2
    inside = x * x + y * y <= (min(rows, columns) / 2 - s) ** 2
    body = inside & (sides / 4 > (-900 - OFFSET_HU) / SCALE_HU)
    chosen = response[body if body.sum() >= 100 else inside]
    return float(np.median(chosen) / (6 * 0.6744897501960817))
