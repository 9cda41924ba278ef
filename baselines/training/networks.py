"""The networks, by their papers, at a size for two CPU cores.

Images are normalised CT numbers, (HU + 1000) / 1000, so that the zero padding of a
convolution is air. `image` and `noise` are float32 [batch, 1, rows, columns]; the
noise plane is the estimated noise level of the whole image in the same unit. Every
denoiser ends in a layer that starts at zero or nearly: untrained, it is the identity.
"""

import torch
from torch import nn
from torch.nn import functional as F


class RedCnn(nn.Module):
    """RED-CNN (Chen et al. 2017, doi:10.1109/TMI.2017.2715284): five 5×5 convolutions without padding,
    five transposed ones, three shortcuts. A transposed convolution of stride 1 is written as a convolution
    with full padding. 32 channels in place of 96; no ReLU after the last layer."""

    multiple = 1

    def __init__(self, channels: int = 32):
        super().__init__()
        self.encoder = nn.ModuleList(nn.Conv2d(2 if i == 0 else channels, channels, 5) for i in range(5))
        self.decoder = nn.ModuleList(nn.Conv2d(channels, 1 if i == 4 else channels, 5, padding=4) for i in range(5))
        start_gently([*self.encoder, *self.decoder])

    def forward(self, image, noise):
        x = torch.cat([image, noise], 1)
        shortcuts = []
        for i, layer in enumerate(self.encoder):
            x = F.relu(layer(x))
            if i in (1, 3):
                shortcuts.append(x)
        for i, layer in enumerate(self.decoder):
            x = fully_padded(layer, x) if self.training else layer(x)
            if i in (0, 2):
                x = x + shortcuts.pop()
            if i < 4:
                x = F.relu(x)
        return image + x


def fully_padded(layer: nn.Conv2d, x: torch.Tensor) -> torch.Tensor:
    """`layer(x)`, padded in two halves: the gradient of a padding of 4 takes five times as long on a CPU."""
    return F.conv2d(F.pad(x, (2, 2, 2, 2)), layer.weight, layer.bias, padding=2)


def start_gently(layers) -> None:
    """He's weights, without which a plain stack of ReLUs dies in its first steps; almost zero in the last layer."""
    for layer in layers:
        nn.init.kaiming_normal_(layer.weight, nonlinearity='relu')
        nn.init.zeros_(layer.bias)
    with torch.no_grad():
        layers[-1].weight *= 0.01


class UNet(nn.Module):
    """FBPConvNet (Jin et al. 2017, doi:10.1109/TIP.2017.2713099): a residual U-Net. Three poolings, 32 channels at
    the full resolution, no batch normalisation, nearest-neighbour up-sampling."""

    multiple = 8

    def __init__(self, channels: int = 32, depth: int = 3):
        super().__init__()
        widths = [channels << level for level in range(depth + 1)]
        self.down = nn.ModuleList(double(2 if i == 0 else widths[i - 1], widths[i]) for i in range(depth + 1))
        self.lift = nn.ModuleList(nn.Conv2d(widths[i + 1], widths[i], 3, padding=1) for i in range(depth))
        self.up = nn.ModuleList(double(2 * widths[i], widths[i]) for i in range(depth))
        self.last = nn.Conv2d(channels, 1, 1)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(self, image, noise):
        x = torch.cat([image, noise], 1)
        skips = []
        for i, block in enumerate(self.down):
            x = block(x if i == 0 else F.max_pool2d(x, 2))
            skips.append(x)
        skips.pop()
        for lift, block in zip(reversed(self.lift), reversed(self.up)):
            x = F.relu(lift(F.interpolate(x, scale_factor=2.0, mode='nearest')))
            x = block(torch.cat([skips.pop(), x], 1))
        return image + self.last(x)


class Generator(nn.Module):
    """The generator of Wolterink et al. 2017 (doi:10.1109/TMI.2017.2708987), in two dimensions: eight 3×3
    convolutions and nothing else, so that it sees little more than the noise's own correlation length."""

    multiple = 1

    def __init__(self, channels: int = 48, layers: int = 8):
        super().__init__()
        steps: list[nn.Module] = []
        for i in range(layers - 1):
            steps += [nn.Conv2d(2 if i == 0 else channels, channels, 3, padding=1), nn.ReLU()]
        self.layers = nn.Sequential(*steps, nn.Conv2d(channels, 1, 3, padding=1))
        start_gently(self.layers[::2])

    def forward(self, image, noise):
        return image + self.layers(torch.cat([image, noise], 1))


class Critic(nn.Module):
    """Wasserstein critic of 64² patches: strided convolutions, one number. Smooth activation, since the gradient
    penalty differentiates it twice."""

    def __init__(self, channels: int = 32):
        super().__init__()
        widths = [1, channels, 2 * channels, 2 * channels, 4 * channels]
        steps: list[nn.Module] = []
        for i, (a, b) in enumerate(zip(widths, widths[1:])):
            steps += [nn.Conv2d(a, b, 3, stride=1 if i == 0 else 2, padding=1), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*steps)
        self.last = nn.Linear(widths[-1], 1)

    def forward(self, x):
        return self.last(self.layers(x).mean((2, 3)))


def double(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(), nn.Conv2d(outputs, outputs, 3, padding=1), nn.ReLU()
    )


class StepNetwork(nn.Module):
    """One of the small networks of learned primal-dual, for all unrolled steps: the weights of every step are stacked and
    `step` (float32 [1], a whole number) picks its own, so that one ONNX file serves all steps. Three 3×3 convolutions, residual;
    ReLU in place of the paper's PReLU."""

    def __init__(self, steps: int, state: int, others: int, channels: int = 32):
        super().__init__()
        widths = [state + others, channels, channels, state]
        self.weights = nn.ParameterList()
        self.biases = nn.ParameterList()
        for i, (a, b) in enumerate(zip(widths, widths[1:])):
            scale = (2 / (9 * a)) ** 0.5 if i < 2 else 0.0
            self.weights.append(nn.Parameter(torch.randn(steps, b, a, 3, 3) * scale))
            self.biases.append(nn.Parameter(torch.zeros(steps, b)))

    def forward(self, step, state, *others):
        step = step.long()
        x = torch.cat([state, *others], 1)
        if self.training:
            x = x.contiguous(memory_format=torch.channels_last)
        for i, (weight, bias) in enumerate(zip(self.weights, self.biases)):
            x = F.conv2d(x, weight[step][0], bias[step][0], padding=1)
            if i < 2:
                x = F.relu(x)
        return state + x
