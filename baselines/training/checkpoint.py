"""State of a training run on disk: written beside and renamed, so that a kill leaves the old one whole."""

import os
import random
from pathlib import Path
from typing import Any

import numpy as np
import torch


def save(path: Path, state: dict[str, Any], generator: np.random.Generator) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = {**state, 'numpy': generator.bit_generator.state, 'torch': torch.get_rng_state()}
    beside = path.with_suffix('.partial')
    torch.save(whole, beside)
    os.replace(beside, path)


def load(path: Path, generator: np.random.Generator) -> dict[str, Any] | None:
    """None when there is no checkpoint; the generators continue where they were."""
    if not path.is_file():
        return None
    state = torch.load(path, weights_only=False)
    generator.bit_generator.state = state['numpy']
    torch.set_rng_state(state['torch'])
    return state


def seed_everything(seed: int) -> np.random.Generator:
    random.seed(seed)
    torch.manual_seed(seed)
    return np.random.default_rng(seed)
