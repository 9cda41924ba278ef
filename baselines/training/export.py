"""Writes a trained network as ONNX with the metadata by which sinobench runs it, and checks the file against PyTorch.

The graph is traced with symbolic batch, rows and columns. Everything else that a user of the file needs (units, input FBP,
tiling) stands in its metadata under the key `sinobench`.
"""

import copy
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

from pairs import OFFSET_HU, SCALE_HU

OPSET = 17
LARGEST_ERROR = 1e-4
CREDIT = (
    'Trained on slices of TCGA-LUAD (The Cancer Imaging Archive, CC BY 3.0; Albertina et al. 2016, '
    'doi:10.7937/K9/TCIA.2016.JGNIHEP5), changed by simulated low-dose scans, and on drawn phantoms.'
)
TITLES = {
    'red-cnn': ('RED-CNN', 'Chen et al. 2017, Low-dose CT with a residual encoder-decoder convolutional neural network, doi:10.1109/TMI.2017.2715284'),
    'unet': ('U-Net on FBP', 'Jin et al. 2017, Deep convolutional neural network for inverse problems in imaging (FBPConvNet), doi:10.1109/TIP.2017.2713099'),
    'wgan': ('WGAN denoiser', 'Wolterink et al. 2017, Generative adversarial networks for noise reduction in low-dose CT, doi:10.1109/TMI.2017.2708987'),
    'noise2inverse': ('Noise2Inverse', 'Hendriksen et al. 2020, Noise2Inverse: self-supervised deep convolutional denoising for tomography, doi:10.1109/TCI.2020.3019647'),
}


def export_denoiser(name: str, network: torch.nn.Module, base: dict, history: dict, folder: Path) -> None:
    """folder/model.onnx and folder/training.json. @raises SystemExit when ONNX Runtime and PyTorch differ by more than 1e-4."""
    network = network.float().eval()
    folder.mkdir(parents=True, exist_ok=True)
    title, citation = TITLES[name]
    metadata = {
        'format': 'sinobench-network@1',
        'kind': 'image-to-image',
        'title': title,
        'citation': citation,
        'licence': 'CC BY 4.0',
        'credit': CREDIT,
        'input': {'filter': base['name'], 'cutoff': base['cutoff'], 'offsetHu': OFFSET_HU, 'scaleHu': SCALE_HU, 'noise': True},
        'tile': {'multiple': network.multiple, 'radius': receptive_radius(network)},
    }
    if name == 'noise2inverse':
        metadata['splits'] = 4
    side = 64
    example = (torch.rand(1, 1, side, side), torch.rand(1, 1, side, side) * 0.1)
    axes = {0: 'batch', 2: 'rows', 3: 'columns'}
    path = folder / 'model.onnx'
    torch.onnx.export(
        network,
        example,
        str(path),
        input_names=['image', 'noise'],
        output_names=['output'],
        dynamic_axes={'image': axes, 'noise': axes, 'output': axes},
        opset_version=OPSET,
        do_constant_folding=True,
        dynamo=False,
    )
    finish(path, metadata)
    error = difference(path, network)
    if not error <= LARGEST_ERROR:
        raise SystemExit(f'{path}: ONNX Runtime and PyTorch differ by {error:.1e} (relative L2), at most {LARGEST_ERROR} is accepted.')
    (folder / 'training.json').write_text(json.dumps({**history, 'onnxError': float(f'{error:.2g}')}, indent=1) + '\n')
    print(f'Wrote {path} ({path.stat().st_size / 1e6:.1f} MB); ONNX Runtime and PyTorch differ by {error:.1e}.', flush=True)


def finish(path: Path, metadata: dict) -> None:
    """Puts the metadata in and takes out what says where the file was made."""
    model = onnx.load(str(path))
    for node in model.graph.node:
        node.doc_string = ''
        del node.metadata_props[:]
    del model.metadata_props[:]
    onnx.helper.set_model_props(model, {'sinobench': json.dumps(metadata)})
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(path))


def difference(path: Path, network: torch.nn.Module) -> float:
    """Largest relative L2 difference of what the network adds to its input, over two sizes and batches."""
    session = onnxruntime.InferenceSession(str(path), providers=['CPUExecutionProvider'])
    random = np.random.default_rng(5)
    worst = 0.0
    for batch, rows, columns in ((1, 64, 96), (3, 40, 56)):
        image = (1 + 0.3 * random.standard_normal((batch, 1, rows, columns))).astype(np.float32)
        noise = np.full_like(image, 0.05)
        (ours,) = session.run(['output'], {'image': image, 'noise': noise})
        with torch.no_grad():
            theirs = network(torch.from_numpy(image), torch.from_numpy(noise)).numpy()
        added = float(np.linalg.norm(theirs - image))
        if added == 0:
            raise SystemExit(f'{path}: the network gives its input back; its training has failed.')
        worst = max(worst, float(np.linalg.norm(ours - theirs)) / added)
    return worst


def receptive_radius(network: torch.nn.Module) -> int:
    """How far (pixels) a change of the input reaches, over every alignment with the poolings; found by backward reach of ones."""
    twin = copy.deepcopy(network)
    with torch.no_grad():
        for parameter in twin.parameters():
            parameter.fill_(0.01)
    side = 256
    radius = 0
    for shift in range(network.multiple):
        x = torch.ones(1, 1, side, side, requires_grad=True)
        # Max pooling passes only its maximum: a ramp in both directions would hide the others, so each direction has its own.
        for direction in (1, -1):
            ramp = (torch.arange(side) * 1e-3 * direction)[None, None, :, None] + torch.ones(1, 1, side, side)
            x = ramp.clone().requires_grad_(True)
            row = side // 2 + shift
            twin(x, torch.ones(1, 1, side, side))[0, 0, row, side // 2].backward()
            reached = x.grad[0, 0].abs().amax(1).nonzero()[:, 0]
            radius = max(radius, int((reached - row).abs().max()))
    return radius
