"""Scores of the same images by scikit-image and SciPy: the reference for src/metrics.

    python3 -m venv bench/peers/.venv && bench/peers/.venv/bin/pip install scikit-image numpy scipy
    bench/peers/.venv/bin/python bench/peers/golden-metrics.py > src/metrics/golden-scores.json
    bench/peers/.venv/bin/python bench/peers/golden-metrics.py truth.npy image.npy   # any pair, HU, like `sinobench score`

Independent of the TypeScript on purpose: the protocols are written down again from
their publications. The golden images are a formula in whole numbers that the test repeats.
"""

import json
import sys

import numpy as np
import scipy
import skimage
from scipy.signal import convolve2d
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

EXAMS = {"chest": (-600, 1500), "abdomen": (50, 400), "neuro": (40, 80)}

# rows, columns, seed, noise amplitude (HU), window, exam
CASES = [
    (64, 64, 1, 60, (-1350, 150), "chest"),
    (45, 64, 2, 250, (-150, 250), "abdomen"),
    (39, 37, 3, 900, (0, 80), "neuro"),
]


def golden_pair(rows, columns, seed, amplitude):
    """Truth and image in whole HU: air around tiles of tissue, and noise from a 32-bit congruential generator."""
    truth = np.empty((rows, columns), np.float64)
    image = np.empty((rows, columns), np.float64)
    state = seed
    for r in range(rows):
        for c in range(columns):
            x, y = 2 * c - (columns - 1), 2 * r - (rows - 1)
            inside = x * x * 5 + y * y * 6 < 4 * min(rows, columns) ** 2
            tile = ((r // 5) * 7 + (c // 4) * 13) % 17
            state = (1664525 * state + 1013904223) % 2**32
            truth[r, c] = -850 + tile * 90 + (r * c) % 11 if inside else -1000
            image[r, c] = truth[r, c] + (state >> 16) % (2 * amplitude + 1) - amplitude
    return truth, image


def scikit(truth, image, data_range):
    return {
        "psnr_db": peak_signal_noise_ratio(truth, image, data_range=data_range),
        "ssim": structural_similarity(truth, image, data_range=data_range),
    }


def hu_window(truth, image, window):
    rows, columns = truth.shape
    low, high = window
    t, i = np.clip(truth, low, high), np.clip(image, low, high)
    y, x = np.mgrid[:rows, :columns]
    circle = np.hypot(x - (columns - 1) / 2, y - (rows - 1) / 2) <= min(rows, columns) / 2
    _, similarity = structural_similarity(
        t, i, data_range=high - low, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, full=True
    )
    interior = np.zeros_like(circle)
    interior[5:-5, 5:-5] = True
    return {
        "psnr_db": peak_signal_noise_ratio(t[circle], i[circle], data_range=high - low),
        "ssim": similarity[circle & interior].mean(),
        "rmse_hu": np.sqrt(np.mean((truth - image)[circle] ** 2)),
    }


def lodopab(truth, image):
    def normalised(hu):
        return (hu / 1000 * (20 - 0.02) + 20) / 81.35858

    t, i = np.clip(normalised(truth), 0, 1), normalised(image)
    own, fixed = scikit(t, i, t.max() - t.min()), scikit(t, i, 1)
    return {**own, "psnr_fr_db": fixed["psnr_db"], "ssim_fr": fixed["ssim"]}


def ldctbench(truth, image, exam):
    centre, width = EXAMS[exam]

    def windowed(hu):
        return np.clip((hu - (centre - 0.5)) / (width - 1) + 0.5, 0, 1)

    return scikit(windowed(truth), windowed(image), 1)


def redcnn(truth, image):
    """The published PyTorch code: a direct 11 × 11 convolution with zero padding."""
    t, i = np.clip(truth, -160, 240), np.clip(image, -160, 240)
    g = np.exp(-((np.arange(11) - 5) ** 2) / (2 * 1.5**2))
    window = np.outer(g / g.sum(), g / g.sum())

    def mean(values):
        return convolve2d(values, window, mode="same", boundary="fill", fillvalue=0)

    mt, mi = mean(t), mean(i)
    vt, vi, cov = mean(t * t) - mt**2, mean(i * i) - mi**2, mean(t * i) - mt * mi
    c1, c2 = (0.01 * 400) ** 2, (0.03 * 400) ** 2
    similarity = (2 * mt * mi + c1) * (2 * cov + c2) / ((mt**2 + mi**2 + c1) * (vt + vi + c2))
    return {"psnr_db": 10 * np.log10(400**2 / np.mean((t - i) ** 2)), "ssim": similarity.mean()}


def scores(truth, image, window, exam):
    by_protocol = {
        "hu-window@1": hu_window(truth, image, window),
        "lodopab@1": lodopab(truth, image),
        "ldctbench@1": ldctbench(truth, image, exam),
        "redcnn@1": redcnn(truth, image),
        "full-range@1": scikit(truth, image, 4096),
    }
    whole = np.sqrt(np.mean((truth - image) ** 2))
    return {
        protocol: {metric: float(value) for metric, value in {"rmse_hu": whole, **found}.items()}
        for protocol, found in by_protocol.items()
    }


def main():
    if len(sys.argv) == 3:
        truth, image = (np.load(path).astype(np.float64) for path in sys.argv[1:])
        found = scores(truth, image, (-1350, 150), "chest")
    else:
        found = {
            "madeBy": f"golden-metrics.py, scikit-image {skimage.__version__}, SciPy {scipy.__version__}, NumPy {np.__version__}",
            "cases": [
                {
                    "rows": rows,
                    "columns": columns,
                    "seed": seed,
                    "amplitude": amplitude,
                    "window": {"lowHu": window[0], "highHu": window[1]},
                    "exam": exam,
                    "scores": scores(*golden_pair(rows, columns, seed, amplitude), window, exam),
                }
                for rows, columns, seed, amplitude, window, exam in CASES
            ],
        }
    json.dump(found, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
