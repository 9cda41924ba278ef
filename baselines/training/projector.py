"""Joseph's projector of a parallel beam as a sparse matrix, differentiable in PyTorch.

The same rays, axes and weights as src/ct/joseph.ts: y[view, bin] = Σ weight · x[row, column]. `golden` writes a small example
that the project's own tests compare with (src/ct/joseph-golden.test.ts), so that the two cannot drift apart.
"""

import json
import sys
from pathlib import Path

import numpy as np
import scipy.sparse
import torch


def joseph_matrix(angles: np.ndarray, bins: int, pitch_mm: float, side: int, pixel_mm: float, offset_mm: float = 0.0) -> scipy.sparse.csr_matrix:
    """[views · bins, side · side], float32, mm."""
    middle = (side - 1) / 2
    s = (np.arange(bins) - (bins - 1) / 2) * pitch_mm + offset_mm
    steps = np.arange(side)
    rows, columns, values = [], [], []
    for view, angle in enumerate(angles):
        cos, sin = np.cos(angle), np.sin(angle)
        column, row = s * cos / pixel_mm + middle, middle - s * sin / pixel_mm
        dx, dy = -sin, cos
        along_columns = abs(dx) >= abs(dy)
        slope = -dy / dx if along_columns else -dx / dy
        intercept = row - slope * column if along_columns else column - slope * row
        length = pixel_mm * np.sqrt(1 + slope * slope)
        place = intercept[:, None] + slope * steps[None]
        below = np.floor(place).astype(np.int64)
        for index, weight in ((below, 1 - (place - below)), (below + 1, place - below)):
            valid = (index >= 0) & (index < side) & (weight > 0)
            ray, step = np.nonzero(valid)
            pixel = index[valid] * side + step if along_columns else step * side + index[valid]
            rows.append((view * bins + ray).astype(np.int32))
            columns.append(pixel.astype(np.int32))
            values.append((weight[valid] * length).astype(np.float32))
    entries = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    return scipy.sparse.csr_matrix(entries, shape=(len(angles) * bins, side * side))


def operator_norm(matrix: scipy.sparse.csr_matrix, iterations: int = 30) -> float:
    """Largest singular value by power iteration from a constant image, mm."""
    x = np.ones(matrix.shape[1], np.float32)
    norm = 0.0
    for _ in range(iterations):
        x = matrix.T @ (matrix @ (x / np.linalg.norm(x)))
        norm = float(np.sqrt(np.linalg.norm(x)))
    return norm


class Operator:
    """y = A x and x = Aᵀ y of batches, each the other's derivative."""

    def __init__(self, matrix: scipy.sparse.csr_matrix, image: tuple[int, int], sinogram: tuple[int, int]):
        self.matrix, self.transposed = as_torch(matrix), as_torch(matrix.T.tocsr())
        self.image, self.sinogram = image, sinogram

    def __deepcopy__(self, _):
        return self  # it never changes, and a sparse tensor cannot be copied

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """[batch, 1, rows, columns] → [batch, 1, views, bins]."""
        return Apply.apply(x.flatten(1), self.matrix, self.transposed).unflatten(1, (1, *self.sinogram))

    def adjoint(self, y: torch.Tensor) -> torch.Tensor:
        return Apply.apply(y.flatten(1), self.transposed, self.matrix).unflatten(1, (1, *self.image))


class Apply(torch.autograd.Function):
    @staticmethod
    def forward(context, x, matrix, transposed):
        context.transposed = (transposed, matrix)
        return (matrix @ x.float().T.contiguous()).T

    @staticmethod
    def backward(context, gradient):
        transposed, _ = context.transposed
        return (transposed @ gradient.float().T.contiguous()).T, None, None


def as_torch(matrix: scipy.sparse.csr_matrix) -> torch.Tensor:
    indptr, indices, data = (torch.from_numpy(np.ascontiguousarray(a)) for a in (matrix.indptr, matrix.indices, matrix.data))
    return torch.sparse_csr_tensor(indptr.int(), indices.int(), data, size=matrix.shape)


def golden(path: Path) -> None:
    """A 9² image through 7 views × 15 bins, with an off-centre detector; numbers to six digits."""
    geometry = {'views': 7, 'bins': 15, 'pitchMm': 0.9, 'offsetMm': 0.2, 'side': 9, 'pixelMm': 1.1}
    angles = np.arange(7) * np.pi / 7
    matrix = joseph_matrix(angles, 15, 0.9, 9, 1.1, 0.2)
    image = np.round(np.random.default_rng(3).standard_normal(81), 3)
    sinogram = matrix.astype(np.float64) @ image
    text = json.dumps({'madeBy': 'baselines/training/projector.py', 'geometry': geometry, 'image': image.tolist(), 'sinogram': np.round(sinogram, 6).tolist()})
    path.write_text(text.replace('], "', '],\n "') + '\n')


if __name__ == '__main__':
    golden(Path(sys.argv[1]))
