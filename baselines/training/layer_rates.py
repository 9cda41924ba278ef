"""Learning rates for fine-tuning that decay exponentially from the last layer to the first (Chougrad & Zouaki 2017):
the layer l of L learns with rate · decay^(L − 1 − l), so that early, general filters change least."""

import torch


def parameter_groups(network: torch.nn.Module, rate: float, decay: float) -> list[dict]:
    """Adam's groups; decay 1 gives every layer the same rate."""
    layers = in_order_of_use(network)
    return [{'params': layer, 'lr': rate * decay ** (len(layers) - 1 - i), 'scale': decay ** (len(layers) - 1 - i)} for i, layer in enumerate(layers)]


def in_order_of_use(network: torch.nn.Module) -> list[list[torch.nn.Parameter]]:
    used: list[torch.nn.Module] = []
    hooks = [
        module.register_forward_hook(lambda module, *_: used.append(module) if module not in used else None)
        for module in network.modules()
        if isinstance(module, torch.nn.Conv2d)
    ]
    with torch.no_grad():
        side = 32
        network(torch.zeros(1, 1, side, side), torch.zeros(1, 1, side, side))
    for hook in hooks:
        hook.remove()
    return [list(module.parameters()) for module in used]
