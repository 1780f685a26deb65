"""What botorch does with preferences; run by `tuning_botorch` in an environment with it."""

import json
import sys
import time
import warnings

import numpy as np
import torch
from botorch.acquisition.preference import qExpectedUtilityOfBestOption
from botorch.fit import fit_gpytorch_mll
from botorch.models.pairwise_gp import PairwiseGP, PairwiseLaplaceMarginalLogLikelihood
from botorch.optim import optimize_acqf
from numpy.typing import NDArray
from tuning_functions import FUNCTIONS

Matrix = NDArray[np.float64]

warnings.simplefilter("ignore")
torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)


def fit(points: Matrix, won: list[bool]) -> PairwiseGP:
    """Its model of pairs, (2n, sides) one after another, and whether the first won, (n,)."""
    rows = [[2 * n, 2 * n + 1] if first else [2 * n + 1, 2 * n] for n, first in enumerate(won)]
    model = PairwiseGP(torch.tensor(points), torch.tensor(rows))
    fit_gpytorch_mll(PairwiseLaplaceMarginalLogLikelihood(model.likelihood, model))
    return model


def best(model: PairwiseGP, points: Matrix) -> Matrix:
    """The point that it believes best of those that were shown."""
    with torch.no_grad():
        return points[int(model.posterior(torch.tensor(points)).mean.argmax())]


def main() -> None:
    """Read the task, tune, and print regrets and seconds."""
    task = json.load(sys.stdin)
    judged, seed = FUNCTIONS[task["function"]], task["seed"]
    names = list(judged.parameters)

    def setting(point: Matrix) -> dict[str, float]:
        ends = ((judged.parameters[name]["low"], judged.parameters[name]["high"]) for name in names)
        values = [low + at * (high - low) for (low, high), at in zip(ends, point, strict=True)]
        return dict(zip(names, values, strict=True))

    ours = np.array([point for a, b, _ in task["pairs"] for point in (a, b)])
    said = [won for *_, won in task["pairs"]]
    told = {"own": [], "same": [], "seconds": []}
    for n in task["at"]:
        known = ours[: 2 * n]
        told["same"].append(judged.regret(setting(best(fit(known, said[:n]), known))))
    torch.manual_seed(seed)
    noise = np.random.default_rng([seed, 4])
    points, won = list(ours[: 2 * task["firsts"]]), []
    bounds = torch.tensor([[0.0] * len(names), [1.0] * len(names)])
    for n in range(max(task["at"])):
        if 2 * n >= len(points):
            begin = time.perf_counter()
            model = fit(np.array(points), won)
            chosen, _ = optimize_acqf(
                qExpectedUtilityOfBestOption(model), bounds, q=2, num_restarts=4, raw_samples=256
            )
            points += list(chosen.numpy())
            told["seconds"].append(time.perf_counter() - begin)
        a, b = setting(points[2 * n]), setting(points[2 * n + 1])
        won.append(judged.prefers_first(a, b, noise))
        if n + 1 in task["at"]:
            shown = np.array(points[: 2 * n + 2])
            told["own"].append(judged.regret(setting(best(fit(shown, won), shown))))
    print(json.dumps(told))


if __name__ == "__main__":
    main()
