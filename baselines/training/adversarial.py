"""The adversarial loss of a denoiser: a Wasserstein critic with gradient penalty (Gulrajani et al. 2017) beside an L1 loss
(Wolterink et al. 2017). The critic is trained in float32, one step for each of the generator's. Its gradient has norm CONTRAST over a patch whatever
it learns, the L1 loss L1_WEIGHT ÷ side of the patch: 5 against 3, so that neither wins. (At an L1 weight of 20 the texture took over and PSNR fell below FBP.)"""

import torch

from networks import Critic

CRITIC_STEPS = 1
PENALTY = 10.0
L1_WEIGHT = 200.0
CONTRAST = 5.0
"""What the critic sees is (value − 1) · CONTRAST: soft tissue noise of 20 HU becomes 0.1, lungs −4."""


class AdversarialStep:
    def __init__(self, rate: float, weight: float):
        self.critic = Critic()
        self.weight = weight
        self.optimiser = torch.optim.Adam(self.critic.parameters(), lr=min(rate, 2e-4), betas=(0.5, 0.9))

    def generator_loss(self, output: torch.Tensor, truth: torch.Tensor, step: int) -> torch.Tensor:
        """Trains the critic on this batch, then scores the generator's output."""
        for _ in range(CRITIC_STEPS):
            self.critic_step(output.detach(), truth)
        fooled = self.critic(seen(output)).mean()
        return L1_WEIGHT * torch.mean(torch.abs(output - truth)) - self.weight * fooled

    def critic_step(self, fake: torch.Tensor, real: torch.Tensor) -> None:
        fake, real = seen(fake), seen(real)
        mix = torch.rand(len(real), 1, 1, 1)
        between = (mix * real + (1 - mix) * fake).requires_grad_(True)
        gradient = torch.autograd.grad(self.critic(between).sum(), between, create_graph=True)[0]
        norm = gradient.flatten(1).norm(dim=1)
        loss = self.critic(fake).mean() - self.critic(real).mean() + PENALTY * torch.mean((norm - 1) ** 2)
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()

    def state_dict(self) -> dict:
        return {'critic': self.critic.state_dict(), 'optimiser': self.optimiser.state_dict()}

    def load_state_dict(self, state: dict) -> None:
        self.critic.load_state_dict(state['critic'])
        self.optimiser.load_state_dict(state['optimiser'])


def seen(image: torch.Tensor) -> torch.Tensor:
    return (image.clamp(0, 1.6) - 1) * CONTRAST
