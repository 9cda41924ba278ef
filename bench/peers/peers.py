"""The same work by ASTRA's CPU algorithms and scikit-image. Reads the name of a task a
line, does it once, answers with a line of JSON: the milliseconds that it took and the
mean attenuation (1/mm) in the middle of a reconstruction, which shows that it is the
same work. Arguments: JSON with the sizes, and a file of the parallel sinogram (float32)."""

import json
import sys
import time

import numpy as np

setup = json.loads(sys.argv[1])
size, pixel = setup["size"], setup["pixelMm"]
views, fan_views, bins = setup["views"], setup["fanViews"], setup["bins"]
sinogram = np.fromfile(setup["sinogram"], np.float32).reshape(views, bins)
angles = np.arange(views) * np.pi / views


def middle(image):
    """Lengths here are in pixels, so attenuation is per pixel."""
    half = size // 8
    centre = slice(size // 2 - half, size // 2 + half)
    return float(image[centre, centre].mean()) / pixel


def scikit_image():
    import skimage
    from skimage.transform import iradon

    versions["skimage"] = skimage.__version__
    columns, degrees = np.ascontiguousarray(sinogram.T), np.degrees(angles)
    return {"fbp skimage": lambda: middle(iradon(columns, theta=degrees, output_size=size, filter_name="ramp", circle=False))}


def astra_toolbox():
    import astra

    versions["astra"] = astra.__version__
    volume = astra.create_vol_geom(size, size)
    parallel = astra.create_proj_geom("parallel", 1.0, bins, angles)
    projector = astra.create_projector("linear", parallel, volume)
    fan_angles = np.arange(fan_views) * 2 * np.pi / fan_views
    to_source, to_detector = setup["sourceToIsocentreMm"] / pixel, setup["sourceToDetectorMm"] / pixel
    fan = astra.create_proj_geom("fanflat", setup["fanPitchMm"] / pixel, bins, fan_angles, to_source, to_detector - to_source)
    fan_projector = astra.create_projector("line_fanflat", fan, volume)

    data = astra.data2d.create("-sino", parallel, sinogram)
    projected = astra.data2d.create("-sino", parallel, 0)
    fan_data = astra.data2d.create("-sino", fan, np.ones((fan_views, bins), np.float32))
    disc = (np.hypot(*np.mgrid[-1:1:size * 1j, -1:1:size * 1j]) < 0.8).astype(np.float32)
    image = astra.data2d.create("-vol", volume, disc)

    def algorithm(kind, projector, sinogram_id, volume_id):
        config = astra.astra_dict(kind)
        config["ProjectorId"] = projector
        config["ProjectionDataId"] = sinogram_id
        config["VolumeDataId" if kind == "FP" else "ReconstructionDataId"] = volume_id
        return astra.algorithm.create(config)

    def blank():
        return astra.data2d.create("-vol", volume, 0)

    fbp_image, bp_image = blank(), blank()
    fbp = algorithm("FBP", projector, data, fbp_image)
    forward = algorithm("FP", projector, projected, image)
    adjoint = algorithm("BP", projector, projected, bp_image)
    fan_bp = algorithm("BP", fan_projector, fan_data, blank())
    sirt = algorithm("SIRT", projector, data, blank())
    cgls = algorithm("CGLS", projector, data, blank())

    def run_fbp():
        astra.algorithm.run(fbp)
        return middle(astra.data2d.get_shared(fbp_image))

    def run_pair():
        astra.algorithm.run(forward)
        astra.algorithm.run(adjoint)

    return {
        "fbp astra": run_fbp,
        "fan bp astra": lambda: astra.algorithm.run(fan_bp),
        "pair astra": run_pair,
        # Further runs go on where the last ended; the warm-up took what is computed once.
        "iteration astra SIRT": lambda: astra.algorithm.run(sirt, 1),
        "iteration astra CGLS": lambda: astra.algorithm.run(cgls, 1),
    }


tasks, missing, versions = {}, [], {}
for make in (scikit_image, astra_toolbox):
    try:
        tasks.update(make())
    except ImportError as error:
        missing.append(str(error))
print(json.dumps({"tasks": list(tasks), "missing": missing, "versions": versions}), flush=True)
for line in sys.stdin:
    start = time.perf_counter()
    value = tasks[line.strip()]()
    print(json.dumps({"ms": (time.perf_counter() - start) * 1000, "value": value}), flush=True)
