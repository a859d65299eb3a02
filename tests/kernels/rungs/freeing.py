"""Threads that plan, call, and drop: `python -m tests.kernels.rungs.freeing CALLS SEED`.

Each thread plans one of a few architectures, so that their code is freed and loaded again all the
time; keeps entries of some plans and drops the plans; calls entries that it or another thread has
kept, with arrays, lists and what is refused; and drops those. Every result is compared.
"""

from __future__ import annotations

import gc
import random
import sys
import threading
from typing import Any

import numpy as np

import kernels

THREADS = 4
MOST_KEPT = 20
SIZES = [(1 + k % 4, 2 + k, 1 + k % 3) for k in range(8)]
NETWORKS = [kernels.Network.centred(sizes, seed) for sizes in SIZES for seed in (1, 2)]
OPERATIONS = ("forward", "forward_batch", "gradient")


def expected(number: int) -> tuple[Any, Any, dict[str, Any]]:
    """Return samples for a network, and what its operations give for them."""
    network = NETWORKS[number]
    generator = np.random.default_rng(number)
    X, Y = generator.random((5, network.sizes[0])), generator.random((5, network.sizes[-1]))
    plan = kernels.plan(network, "vectorized")
    results = {"forward": plan.forward(X[0]), "forward_batch": plan.forward_batch(X)}
    return X, Y, results | {"gradient": plan.gradient(X, Y).theta}


EXPECTED = [expected(number) for number in range(len(NETWORKS))]


class Fuzz:
    """What the threads share: entries whose plans may be gone."""

    def __init__(self, calls: int) -> None:
        self.calls = calls
        self.kept: list[tuple[int, str, Any]] = []
        self.faults: list[BaseException] = []
        self.accepted = self.refused = 0

    def run(self, seed: int) -> None:
        """Make so many calls in one thread."""
        choose = random.Random(seed)
        try:
            for _ in range(self.calls):
                self.step(choose)
        except BaseException as fault:
            self.faults.append(fault)
            raise

    def step(self, choose: random.Random) -> None:
        """Plan, keep, and drop a plan; or call a kept entry, and perhaps drop it."""
        turn = choose.random()
        if turn < 0.3 or not self.kept:
            number = choose.randrange(len(NETWORKS))
            plan = kernels.plan(NETWORKS[number], "specialized", operations=OPERATIONS)
            if turn < 0.1:
                plan.update(NETWORKS[number].theta)
            for operation in choose.sample(OPERATIONS, 2):
                entry = getattr(plan, operation)
                self.call(number, operation, entry, choose)
                self.kept.append((number, operation, entry))
        else:
            self.call(*choose.choice(self.kept), choose)
        while len(self.kept) > MOST_KEPT:
            self.kept.pop(choose.randrange(MOST_KEPT // 2))
        if turn > 0.99:
            gc.collect()

    def call(self, number: int, operation: str, entry: Any, choose: random.Random) -> None:
        """Call an entry in one of several ways, and compare."""
        X, Y, results = EXPECTED[number]
        arguments = [X[0]] if operation == "forward" else [X]
        if operation == "gradient":
            arguments.append(Y)
        way = choose.randrange(5)
        if way == 0:
            try:
                entry(*arguments[:-1], arguments[-1][:0])
            except ValueError:
                self.refused += 1
            else:
                assert operation == "forward_batch"  # no samples give no outputs
            return
        if way == 1:
            arguments = [one.tolist() for one in arguments]
        elif way == 2:
            arguments = [one.astype("f4").astype(">f8") for one in arguments]
        found = entry(*arguments)
        if way == 3:
            assert entry(*arguments, out=found) is found
        found = found.theta if operation == "gradient" else found
        np.testing.assert_allclose(found, results[operation], atol=1e-5 if way == 2 else 1e-13)
        self.accepted += 1


def main(calls: int, seed: int) -> None:
    """Run the threads, and print how many calls were accepted and refused."""
    sys.setswitchinterval(1e-5)
    fuzz = Fuzz(calls)
    threads = [threading.Thread(target=fuzz.run, args=(seed + k,)) for k in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if fuzz.faults:
        raise SystemExit(f"{len(fuzz.faults)} threads failed")
    print(f"{fuzz.accepted} accepted, {fuzz.refused} refused")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
