"""What `sinobench run quick` does to its data, by ASTRA's CPU algorithms, NumPy, SciPy
and scikit-image, in as many processes as it is told.

    pipeline.py FOLDER PROCESSES

FOLDER is what pipeline-cases.ts wrote: exact line integrals, truths, jobs. Prints a line
of JSON: how many jobs, and the mean PSNR (dB, hu-window@1) by method, which shows that
the work is the same.

Left out, all in Python's favour: drawing phantoms and their line integrals, MTF and noise
power spectrum, pictures, records, statistics, the report. Different: the back-projector is
ASTRA's `linear` (the fastest of its CPU projectors), SSIM at two ranges is two calls, and
denoise_nl_means counts a pixel's own weight as 1 and has patches from 3 × 3.
"""

import importlib.util
import json
import os
import sys
from multiprocessing import Pool
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"  # one process a core

import astra
import numpy as np
from scipy.ndimage import correlate1d, gaussian_filter
from skimage.restoration import denoise_nl_means

spec = importlib.util.spec_from_file_location("golden_metrics", Path(__file__).with_name("golden-metrics.py"))
golden = importlib.util.module_from_spec(spec)
spec.loader.exec_module(golden)

folder = Path(sys.argv[1])
fbps = {}


class Fbp:
    """ASTRA's FBP of one size, kept for the next scan of that size. Lengths in pixels."""

    def __init__(self, views, bins, rows, columns):
        volume = astra.create_vol_geom(rows, columns)
        beam = astra.create_proj_geom("parallel", 1.0, bins, np.arange(views) * np.pi / views)
        self.projector = astra.create_projector("linear", beam, volume)
        self.sinogram = astra.data2d.create("-sino", beam)
        self.image = astra.data2d.create("-vol", volume)

    def __call__(self, sinogram, filter, cutoff):
        astra.data2d.store(self.sinogram, sinogram)
        config = astra.astra_dict("FBP")
        config["ProjectorId"] = self.projector
        config["ProjectionDataId"] = self.sinogram
        config["ReconstructionDataId"] = self.image
        config["option"] = {"FilterType": filter, "FilterD": cutoff}
        algorithm = astra.algorithm.create(config)
        astra.algorithm.run(algorithm)
        astra.algorithm.delete(algorithm)
        return astra.data2d.get(self.image)


def fbp_of(shape, grid):
    if (shape, grid) not in fbps:
        fbps[shape, grid] = Fbp(*shape, *grid)
    return fbps[shape, grid]


def measure(exact, dose, random):
    photons, electronic, floor = dose["photonsPerRay"], dose["electronicNoise"], dose["floor"]
    counts = random.poisson(photons * np.exp(-exact)) + electronic * random.standard_normal(exact.shape)
    return np.log(photons / np.maximum(counts, floor)).astype(np.float32)


def noise_level(hu):
    """As src/ct/noise-level.ts: median of the absolute second difference, two pixels apart, in the body."""
    side = hu[:-4, 2:-2] + hu[4:, 2:-2] + hu[2:-2, :-4] + hu[2:-2, 4:]
    corner = hu[:-4, :-4] + hu[:-4, 4:] + hu[4:, :-4] + hu[4:, 4:]
    response = np.abs(corner - 2 * side + 4 * hu[2:-2, 2:-2])
    return float(np.median(response[side > 4 * -900])) / (6 * 0.6744897501960817)


def reconstruct(sinogram, job, case, fbp):
    """CT numbers, HU, float32."""
    attenuation = fbp(sinogram, job["filter"], job["cutoff"]) / case["pixelMm"]
    hu = 1000 * (attenuation / case["muWater"] - 1)
    if job["method"] == "fbp":
        return hu
    if job["method"] == "gaussian":
        return gaussian_filter(hu, job["sigmaMm"] / case["pixelMm"], truncate=4)
    if job["method"] == "nlm":
        # scikit-image's distances of single pixels are wrong: its patches begin at 3 × 3.
        size, distance = max(3, 2 * job["patchRadius"] + 1), job["searchRadius"]
        return denoise_nl_means(hu, size, distance, job["strength"] * noise_level(hu), fast_mode=True)
    raise ValueError(f"pipeline.py has no method {job['method']}")


taps = np.exp(-((np.arange(11) - 5) ** 2) / (2 * 1.5**2))
taps /= taps.sum()


def redcnn(truth, image):
    """As golden-metrics.py, with separable filters in place of its direct convolution."""
    t, i = np.clip(truth, -160, 240), np.clip(image, -160, 240)

    def mean(values):
        return correlate1d(correlate1d(values, taps, axis=0, mode="constant"), taps, axis=1, mode="constant")

    mt, mi = mean(t), mean(i)
    squares, covariance = mean(t * t + i * i) - mt**2 - mi**2, mean(t * i) - mt * mi
    c1, c2 = (0.01 * 400) ** 2, (0.03 * 400) ** 2
    similarity = (2 * mt * mi + c1) * (2 * covariance + c2) / ((mt**2 + mi**2 + c1) * (squares + c2))
    return {"psnr_db": 10 * np.log10(400**2 / np.mean((t - i) ** 2)), "ssim": similarity.mean()}


def score(truth, image, case):
    window, exam = case["window"], case["exam"]
    image = image.astype(np.float64)
    return {
        "hu-window@1": golden.hu_window(truth, image, window),
        "lodopab@1": golden.lodopab(truth, image),
        "ldctbench@1": golden.ldctbench(truth, image, exam),
        "redcnn@1": redcnn(truth, image),
        "full-range@1": golden.scikit(truth, image, 4096),
        "rmse_hu": np.sqrt(np.mean((truth - image) ** 2)),
    }


def run_case(numbered):
    number, case = numbered
    exact = np.load(folder / f"exact-{number}.npy").astype(np.float64)
    truth = np.load(folder / f"truth-{number}.npy").astype(np.float64)
    random = np.random.default_rng(number)
    fbp = fbp_of(exact.shape, truth.shape)
    found = []
    for dose in case["doses"]:
        sinograms = [measure(exact, dose, random) for _ in range(case["realisations"])]
        for job in dose["jobs"]:
            images = [reconstruct(sinogram, job, case, fbp) for sinogram in sinograms]
            found.append((job["name"], float(score(truth, images[0], case)["hu-window@1"]["psnr_db"])))
    return found


if __name__ == "__main__":
    cases = json.loads((folder / "cases.json").read_text())
    with Pool(int(sys.argv[2])) as pool:
        found = [one for many in pool.imap_unordered(run_case, enumerate(cases)) for one in many]
    names = sorted({name for name, _ in found})
    psnr = {name: float(np.mean([value for other, value in found if other == name])) for name in names}
    print(json.dumps({"jobs": len(found), "psnrDb": psnr}))
