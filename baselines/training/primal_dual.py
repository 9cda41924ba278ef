"""Trains learned primal-dual (Adler & Öktem 2018, doi:10.1109/TMI.2018.2799231), small, and exports its two networks.

    python primal_dual.py --fit pairs/sparse-thorax-fit.h5 … --tune pairs/sparse-thorax-tune.h5 --out ../learned-primal-dual

The operator is sinobench's own projector as a sparse matrix (projector.py), divided by its norm; images are attenuation
over that of water. Both states start from FBP and zero. One ONNX file holds the networks of all steps (`step` chooses).
"""

import argparse
import copy
import json
import platform
import time
from pathlib import Path

import numpy as np
import onnxruntime
import torch

import checkpoint
from evaluate import psnr_hu_window
from export import LARGEST_ERROR, OPSET, finish
from networks import StepNetwork
from pairs import Pairs, read_pairs
from projector import Operator, joseph_matrix, operator_norm
from train import Rates, squared_error, weighted

MU_WATER = 0.0192
TITLE = 'Learned primal-dual'
CITATION = 'Adler & Öktem 2018, Learned primal-dual reconstruction, doi:10.1109/TMI.2018.2799231'
CREDIT = 'Trained on drawn phantoms only; no patient is behind them.'


class PrimalDual(torch.nn.Module):
    """`forward(g, start)`: g = measured line integrals ÷ (µ_water · norm) [batch, 1, views, bins], start = FBP in units of water."""

    def __init__(self, operator: Operator, steps: int = 6, state: int = 5):
        super().__init__()
        self.operator, self.steps, self.state = operator, steps, state
        self.dual = StepNetwork(steps, state, 2)
        self.primal = StepNetwork(steps, state, 1)

    def forward(self, g, start):
        f = start.repeat(1, self.state, 1, 1)
        h = torch.zeros(len(g), self.state, *g.shape[2:])
        for i in range(self.steps):
            step = torch.tensor([float(i)])
            projected = self.operator.forward(f[:, 1:2])
            with torch.autocast('cpu', dtype=torch.bfloat16):
                h = self.dual(step, h, projected, g).float()
            back = self.operator.adjoint(h[:, 0:1])
            with torch.autocast('cpu', dtype=torch.bfloat16):
                f = self.primal(step, f, back).float()
        return f[:, 0:1]


def main() -> None:
    flags = parse()
    random = checkpoint.seed_everything(flags.seed)
    torch.set_num_threads(flags.threads)
    fit = [(read_pairs(path, sinograms=True), weight) for path, weight in map(weighted, flags.fit)]
    tune = [read_pairs(path, sinograms=True) for path in flags.tune]
    operator, norm = operator_of(tune[0])
    network = PrimalDual(operator, steps=flags.unrolled)
    average = copy.deepcopy(network).eval()
    optimiser = torch.optim.Adam(network.parameters(), betas=(0.9, 0.99))
    rates = Rates(flags.rate, warm_up=20, steps=flags.steps)
    run = {'step': 0, 'seconds': 0.0, 'log': [], 'best': {'score': -np.inf, 'step': 0, 'weights': copy.deepcopy(average.state_dict())}}
    path = Path(flags.checkpoint)
    if (state := checkpoint.load(path, random)) is not None:
        network.load_state_dict(state['network'])
        average.load_state_dict(state['average'])
        optimiser.load_state_dict(state['optimiser'])
        run = state['run']
        print(f'Goes on from step {run["step"]} of {path}.', flush=True)
    weights = np.array([weight for _, weight in fit])
    kernel = [entry['name'] for entry in tune[0].filters].index(flags.filter)
    saved = time.monotonic()
    losses = []
    while run['step'] < flags.steps:
        began = time.monotonic()
        for group in optimiser.param_groups:
            group['lr'] = rates.at(run['step'])
        g, start, truth = draw([pairs for pairs, _ in fit], weights / weights.sum(), flags.batch, kernel, norm, random)
        output = network(g, start)
        loss = squared_error(output, truth)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        losses.append(float(loss.detach()))
        run['step'] += 1
        keep = min(0.99, run['step'] / (run['step'] + 10))
        with torch.no_grad():
            for mean, now in zip(average.parameters(), network.parameters()):
                mean.lerp_(now, 1 - keep)
        run['seconds'] += time.monotonic() - began
        last = run['step'] == flags.steps
        if run['step'] % flags.every == 0 or last:
            scores = tune_scores(average, tune, kernel, norm)
            run['log'].append({'step': run['step'], 'minutes': round(run['seconds'] / 60, 1), 'loss': float(np.mean(losses)), **{k: round(v, 3) for k, v in scores.items()}})
            print(json.dumps(run['log'][-1]), flush=True)
            losses = []
            if scores['mean'] > run['best']['score']:
                run['best'] = {'score': scores['mean'], 'step': run['step'], 'weights': copy.deepcopy(average.state_dict())}
        if time.monotonic() - saved > 120 or last:
            checkpoint.save(path, {'network': network.state_dict(), 'average': average.state_dict(), 'optimiser': optimiser.state_dict(), 'run': run}, random)
            saved = time.monotonic()
    network.load_state_dict(run['best']['weights'])
    if flags.out:
        export(network, tune[0], flags, run, fit, Path(flags.out))


def operator_of(pairs: Pairs) -> tuple[Operator, float]:
    """sinobench's projector over its norm, for the scan and grid of a pairs file. @raises SystemExit when it is no parallel beam or not square."""
    geometry, side = pairs.geometry, pairs.truth.shape[1]
    if geometry['kind'] != 'parallel' or pairs.truth.shape[2] != side or len(set(pairs.pixel_mm)) != 1:
        raise SystemExit(f'{pairs.path}: learned primal-dual is trained on parallel beams and square images of one pixel size.')
    matrix = joseph_matrix(np.array(geometry['anglesRad']), geometry['bins'], geometry['pitchMm'], side, float(pairs.pixel_mm[0]), geometry['offsetMm'])
    norm = operator_norm(matrix)
    return Operator((matrix / norm).astype(np.float32), (side, side), (len(geometry['anglesRad']), geometry['bins'])), norm


def scaled(pairs: Pairs, pair: int, kernel: int, norm: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Data and start as the network wants them, and the normalised truth. (HU + 1000)/1000 is attenuation over water's,
    so the same images serve here that serve the denoisers."""
    return pairs.sinogram[pair] / (MU_WATER * norm), pairs.fbp[pair, kernel], pairs.truth[pairs.case_index[pair]]


def draw(sources: list[Pairs], weights, batch: int, kernel: int, norm: float, random) -> tuple[torch.Tensor, ...]:
    parts = []
    for _ in range(batch):
        pairs = sources[random.choice(len(sources), p=weights)]
        parts.append(scaled(pairs, int(random.integers(len(pairs.dose))), kernel, norm))
    return tuple(torch.from_numpy(np.stack(part)[:, None].astype(np.float32)) for part in zip(*parts))


def tune_scores(network: PrimalDual, tune: list[Pairs], kernel: int, norm: float) -> dict[str, float]:
    scores: dict[str, list[float]] = {}
    for pairs in tune:
        for pair in range(len(pairs.dose)):
            g, start, truth = scaled(pairs, pair, kernel, norm)
            with torch.no_grad():
                image = network(*(torch.from_numpy(a[None, None].astype(np.float32)) for a in (g, start)))[0, 0].numpy()
            scores.setdefault(f'{pairs.path.stem} {pairs.dose[pair]:g}', []).append(
                psnr_hu_window(image, truth, pairs.window[pairs.case_index[pair]])
            )
    means = {key: float(np.mean(values)) for key, values in scores.items()}
    return {**means, 'mean': float(np.mean(list(means.values())))}


def export(network: PrimalDual, pairs: Pairs, flags, run: dict, fit, folder: Path) -> None:
    """primal.onnx, dual.onnx, training.json. @raises SystemExit when ONNX Runtime and PyTorch differ by more than 1e-4."""
    folder.mkdir(parents=True, exist_ok=True)
    base = pairs.filters[[entry['name'] for entry in pairs.filters].index(flags.filter)]
    worst = 0.0
    for role, others in (('primal', ['adjoint']), ('dual', ['projection', 'data'])):
        part = getattr(network, role).float().eval()
        names = ['step', 'state', *others]
        shapes = [(1, network.state, 24, 32), *((1, 1, 24, 32) for _ in others)]
        axes = {0: 'batch', 2: 'rows', 3: 'columns'}
        path = folder / f'{role}.onnx'
        example = (torch.tensor([1.0]), *(torch.randn(shape) for shape in shapes))
        torch.onnx.export(
            part, example, str(path), input_names=names, output_names=['output'],
            dynamic_axes={name: axes for name in [*names[1:], 'output']}, opset_version=OPSET, dynamo=False,
        )
        finish(path, {
            'format': 'sinobench-network@1', 'kind': 'primal-dual', 'title': TITLE, 'citation': CITATION, 'licence': 'CC BY 4.0', 'credit': CREDIT,
            'role': role, 'steps': network.steps, 'state': network.state,
            'input': {'filter': base['name'], 'cutoff': base['cutoff']},
        })
        session = onnxruntime.InferenceSession(str(path), providers=['CPUExecutionProvider'])
        for step in range(network.steps):
            feeds = [torch.tensor([float(step)]), *(torch.randn(2, shape[1], 17, 23) for shape in shapes)]
            (ours,) = session.run(['output'], {name: feed.numpy() for name, feed in zip(names, feeds)})
            with torch.no_grad():
                theirs = part(*feeds).numpy()
            worst = max(worst, float(np.linalg.norm(ours - theirs) / np.linalg.norm(theirs)))
    if not worst <= LARGEST_ERROR:
        raise SystemExit(f'{folder}: ONNX Runtime and PyTorch differ by {worst:.1e}, at most {LARGEST_ERROR} is accepted.')
    settings = {key: value for key, value in vars(flags).items() if key not in ('out', 'checkpoint', 'fit', 'tune')}
    describe = lambda p: {'file': p.path.name, 'preset': p.preset, 'pairs': len(p.dose), 'cases': len(p.truth), 'doses': sorted({float(d) for d in p.dose})}
    history = {
        'network': 'learned-primal-dual', 'settings': settings,
        'fit': [{**describe(p), 'weight': w} for p, w in fit], 'tune': [describe(p) for p in map(read_pairs, flags.tune)],
        'parameters': sum(p.numel() for p in network.parameters()), 'seconds': round(run['seconds']),
        'hardware': f'{flags.threads} CPU threads, bfloat16 where autocast allows', 'torch': torch.__version__, 'python': platform.python_version(),
        'keptStep': run['best']['step'], 'log': run['log'], 'onnxError': float(f'{worst:.2g}'),
    }
    (folder / 'training.json').write_text(json.dumps(history, indent=1) + '\n')
    print(f'Wrote {folder}; ONNX Runtime and PyTorch differ by {worst:.1e}.', flush=True)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--fit', nargs='+', required=True, metavar='FILE:WEIGHT')
    parser.add_argument('--tune', nargs='+', required=True, metavar='FILE')
    parser.add_argument('--filter', default='hann', help='FBP kernel of the first image')
    parser.add_argument('--unrolled', type=int, default=6, help='primal-dual steps')
    parser.add_argument('--steps', type=int, default=1200)
    parser.add_argument('--batch', type=int, default=4)
    parser.add_argument('--rate', type=float, default=2e-3)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--threads', type=int, default=1, help='one is best on a machine with other work')
    parser.add_argument('--every', type=int, default=100)
    parser.add_argument('--checkpoint', required=True)
    parser.add_argument('--out')
    return parser.parse_args()


if __name__ == '__main__':
    main()
