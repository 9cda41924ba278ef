"""How good a network is on whole images of the tune split: PSNR under hu-window@1 (values clipped to the case's window,
inside the inscribed circle), as src/metrics computes it; never on validation or test data."""

import numpy as np
import torch

from pairs import OFFSET_HU, SCALE_HU, Pairs


def psnr_hu_window(image: np.ndarray, truth: np.ndarray, window: np.ndarray) -> float:
    """Normalised images; window in HU."""
    low, high = ((window - OFFSET_HU) / SCALE_HU).tolist()
    rows, columns = truth.shape
    y = np.arange(rows)[:, None] - (rows - 1) / 2
    x = np.arange(columns)[None] - (columns - 1) / 2
    inside = x * x + y * y <= (min(rows, columns) / 2) ** 2
    difference = (np.clip(image, low, high) - np.clip(truth, low, high))[inside].astype(np.float64)
    return float(10 * np.log10((high - low) ** 2 / np.mean(difference**2)))


def denoised(network: torch.nn.Module, image: np.ndarray, noise: float) -> np.ndarray:
    """One whole image through the network, padded by reflection to what its poolings need."""
    multiple = network.multiple
    rows, columns = image.shape
    padded = np.pad(image, ((0, -rows % multiple), (0, -columns % multiple)), mode='symmetric')
    x = torch.from_numpy(padded)[None, None].contiguous()
    level = torch.full_like(x, float(noise))
    with torch.no_grad(), torch.autocast('cpu', dtype=torch.bfloat16):
        return network(x, level).float()[0, 0, :rows, :columns].numpy()


def tune_scores(network: torch.nn.Module, tune: list[Pairs], kernel: int = 0) -> dict[str, float]:
    """Mean PSNR, dB, of every preset and dose: {"mayo-siemens 0.1": 38.2, …, "mean": …}."""
    scores: dict[str, list[float]] = {}
    for pairs in tune:
        for pair, case in enumerate(pairs.case_index):
            image = denoised(network, pairs.fbp[pair, kernel], pairs.noise[pair, kernel])
            key = f'{pairs.path.stem} {pairs.dose[pair]:g}'
            scores.setdefault(key, []).append(psnr_hu_window(image, pairs.truth[case], pairs.window[case]))
    means = {key: float(np.mean(values)) for key, values in scores.items()}
    return {**means, 'mean': float(np.mean(list(means.values())))}


def fbp_scores(tune: list[Pairs], kernel: int = 0) -> dict[str, float]:
    """The same of the network's input, for comparison."""

    class Identity(torch.nn.Module):
        multiple = 1

        def forward(self, image, noise):
            return image

    return tune_scores(Identity(), tune, kernel)
