"""Trains one of the image networks and exports it. One command a network, see README.md:

    python train.py unet --fit pairs/mayo-fit.h5:3 --tune pairs/mayo-tune.h5 --out ../unet

Seeded. A checkpoint every few minutes; the same command again goes on from it. The tune files decide which weights are
kept (and when to stop); nothing else is read. What was done is written to training.json.
"""

import argparse
import copy
import json
import platform
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

import checkpoint
from adversarial import AdversarialStep
from evaluate import fbp_scores, tune_scores
from export import export_denoiser
from layer_rates import parameter_groups
from networks import Generator, RedCnn, UNet
from pairs import Pairs, Patches, SplitPatches, normalise, read_pairs

NETWORKS = {'red-cnn': RedCnn, 'unet': UNet, 'wgan': Generator, 'noise2inverse': UNet}
WINDOW_HU = (-1350.0, 450.0)
"""Errors inside this range count fully, outside (bone, metal, contrast agent) by OUTSIDE."""
OUTSIDE = 0.05

KEEP_LAST = ('wgan', 'noise2inverse')
"""The critic's texture is not what PSNR would choose, and noise2inverse may not look at clean images: no early stopping."""


def main() -> None:
    flags = parse()
    random = checkpoint.seed_everything(flags.seed)
    torch.set_num_threads(flags.threads)
    fit = [(read_pairs(path), weight) for path, weight in map(weighted, flags.fit)]
    tune = [read_pairs(path) for path in flags.tune]
    kernel = kernel_index(tune, flags.filter)
    kind = SplitPatches if flags.network == 'noise2inverse' else Patches
    patches = kind(fit, size=flags.patch, batch=flags.batch, random=random)
    network = NETWORKS[flags.network](**({'channels': flags.channels} if flags.channels else {}))
    if flags.start:
        network.load_state_dict(torch.load(flags.start, weights_only=False)['average'])
    run = Training(flags, network, patches, tune, kernel, random)
    run.go()
    network.load_state_dict(run.best['weights'])
    history = run.report(fit, tune)
    if flags.out:
        export_denoiser(flags.network, network, tune[0].filters[kernel], history, Path(flags.out))


@dataclass
class Rates:
    rate: float
    warm_up: int
    steps: int

    def at(self, step: int) -> float:
        """Linear warm-up, then half a cosine to zero."""
        if step < self.warm_up:
            return self.rate * (step + 1) / self.warm_up
        return self.rate * 0.5 * (1 + np.cos(np.pi * (step - self.warm_up) / max(1, self.steps - self.warm_up)))


class Training:
    """The loop: batches, steps, the moving average of the weights, scores on the tune files, checkpoints."""

    def __init__(self, flags, network, patches, tune: list[Pairs], kernel: int, random):
        self.flags, self.network, self.patches, self.tune, self.kernel, self.random = flags, network, patches, tune, kernel, random
        self.average = copy.deepcopy(network).eval()
        network.to(memory_format=torch.channels_last)
        self.optimiser = torch.optim.Adam(parameter_groups(network, flags.rate, flags.layer_decay), betas=(0.9, 0.99))
        self.rates = Rates(flags.rate, warm_up=min(200, flags.steps // 20), steps=flags.steps)
        self.adversary = AdversarialStep(flags.rate, flags.adversarial) if flags.network == 'wgan' else None
        self.step, self.seconds = 0, 0.0
        self.log: list[dict] = []
        self.best = {'score': -np.inf, 'step': 0, 'weights': copy.deepcopy(network.state_dict())}
        self.path = Path(flags.checkpoint)
        self.restore()

    def restore(self) -> None:
        state = checkpoint.load(self.path, self.random)
        if state is None:
            return
        self.network.load_state_dict(state['network'])
        self.average.load_state_dict(state['average'])
        self.optimiser.load_state_dict(state['optimiser'])
        if self.adversary:
            self.adversary.load_state_dict(state['adversary'])
        self.step, self.seconds, self.log, self.best = state['step'], state['seconds'], state['log'], state['best']
        print(f'Goes on from step {self.step} of {self.path}.', flush=True)

    def save(self) -> None:
        state = {
            'network': self.network.state_dict(),
            'average': self.average.state_dict(),
            'optimiser': self.optimiser.state_dict(),
            'adversary': self.adversary.state_dict() if self.adversary else None,
            'step': self.step,
            'seconds': self.seconds,
            'log': self.log,
            'best': self.best,
        }
        checkpoint.save(self.path, state, self.random)

    def go(self) -> None:
        saved = began = time.monotonic()
        losses = []
        while self.step < self.flags.steps:
            rate = self.rates.at(self.step)
            for group in self.optimiser.param_groups:
                group['lr'] = rate * group['scale']
            losses.append(self.one_step())
            self.step += 1
            self.follow()
            last = self.step == self.flags.steps
            if self.step % self.flags.every == 0 or last:
                self.seconds += time.monotonic() - began
                self.score(float(np.mean(losses)))
                losses = []
                began = time.monotonic()
            if time.monotonic() - saved > 120 or last:
                self.seconds += time.monotonic() - began
                self.save()
                saved = began = time.monotonic()

    def one_step(self) -> float:
        batch = self.patches.draw()
        image, noise, truth = (torch.from_numpy(part).contiguous(memory_format=torch.channels_last) for part in (batch.image, batch.noise, batch.truth))
        with torch.autocast('cpu', dtype=torch.bfloat16):
            output = self.network(image, noise)
        loss = squared_error(output.float(), truth) if self.flags.network != 'noise2inverse' else torch.mean((output.float() - truth) ** 2)
        if self.adversary:
            loss = self.adversary.generator_loss(output.float(), truth, self.step)
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        return float(loss.detach())

    def follow(self) -> None:
        """The average of the weights over about the last thousand steps is what is scored and exported."""
        keep = min(0.999, self.step / (self.step + 10))
        with torch.no_grad():
            for mean, now in zip(self.average.parameters(), self.network.parameters()):
                mean.lerp_(now, 1 - keep)

    def score(self, loss: float) -> None:
        scores = tune_scores(self.average, self.tune, self.kernel)
        self.log.append({'step': self.step, 'minutes': round(self.seconds / 60, 1), 'loss': loss, **{k: round(v, 3) for k, v in scores.items()}})
        print(json.dumps(self.log[-1]), flush=True)
        if scores['mean'] > self.best['score'] or self.flags.network in KEEP_LAST:
            self.best = {'score': scores['mean'], 'step': self.step, 'weights': copy.deepcopy(self.average.state_dict())}

    def report(self, fit, tune) -> dict:
        """training.json: everything that one needs to know to do it again."""
        flags = {key: value for key, value in vars(self.flags).items() if key not in ('out', 'checkpoint', 'fit', 'tune')}
        describe = lambda pairs: {
            'file': pairs.path.name,
            'preset': pairs.preset,
            'filters': pairs.filters,
            'pairs': len(pairs.dose),
            'cases': len(pairs.truth),
            'subjects': len(set(pairs.subject)),
            'doses': sorted({float(dose) for dose in pairs.dose}),
        }
        return {
            'network': self.flags.network,
            'settings': flags,
            'fit': [{**describe(pairs), 'weight': weight} for pairs, weight in fit],
            'tune': [describe(pairs) for pairs in tune],
            'parameters': sum(p.numel() for p in self.network.parameters()),
            'seconds': round(self.seconds),
            'hardware': f'{self.flags.threads} CPU threads, bfloat16 where autocast allows',
            'torch': torch.__version__,
            'python': platform.python_version(),
            'keptStep': self.best['step'],
            'tuneScores': {key: round(value, 3) for key, value in tune_scores(self.network.eval(), tune, self.kernel).items()},
            'tuneScoresFbp': {key: round(value, 3) for key, value in fbp_scores(tune, self.kernel).items()},
            'log': self.log,
        }


def squared_error(output: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    low, high = normalise(np.array(WINDOW_HU)).tolist()
    inside = torch.mean((output.clamp(low, high) - truth.clamp(low, high)) ** 2)
    return inside + OUTSIDE * torch.mean((output - truth) ** 2)


def weighted(text: str) -> tuple[str, float]:
    path, _, weight = text.partition(':')
    return path, float(weight or 1)


def kernel_index(tune: list[Pairs], name: str) -> int:
    names = [entry['name'] for entry in tune[0].filters]
    if name not in names:
        raise SystemExit(f'--filter {name}: the tune files hold {", ".join(names)}.')
    return names.index(name)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('network', choices=sorted(NETWORKS))
    parser.add_argument('--fit', nargs='+', required=True, metavar='FILE:WEIGHT', help='pairs to learn from; weight 1 when absent')
    parser.add_argument('--tune', nargs='+', required=True, metavar='FILE', help='pairs that decide which weights are kept')
    parser.add_argument('--filter', default='ram-lak', help='FBP kernel that the exported model asks for')
    parser.add_argument('--steps', type=int, default=12000)
    parser.add_argument('--batch', type=int, default=8)
    parser.add_argument('--patch', type=int, default=96, help='side of a patch, pixels')
    parser.add_argument('--channels', type=int, help="width, in place of the network's own")
    parser.add_argument('--rate', type=float, default=1e-3, help='largest learning rate of the last layer')
    parser.add_argument('--layer-decay', type=float, default=1.0, help='each earlier layer learns with this fraction of the next')
    parser.add_argument('--adversarial', type=float, default=1.0, help='wgan: weight of the critic against the L1 loss')
    parser.add_argument('--start', help='checkpoint whose weights to begin with (fine-tuning)')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--threads', type=int, default=1, help='one is best on a machine with other work')
    parser.add_argument('--every', type=int, default=1000, help='steps between scores')
    parser.add_argument('--checkpoint', required=True, help='file that the run is kept in')
    parser.add_argument('--out', help='folder for model.onnx and training.json')
    return parser.parse_args()


if __name__ == '__main__':
    main()
