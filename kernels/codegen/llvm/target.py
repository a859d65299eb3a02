"""The processor that code is generated for: what LLVM is told, and what the emitters ask.

`NUMBA_CPU_NAME` and `NUMBA_CPU_FEATURES` restrict both, as they restrict Numba.
"""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from typing import Any

import llvmlite.binding as llvm

BITS = {"float64": 64, "float32": 32}


@dataclass(frozen=True)
class Target:
    """A processor in LLVM's terms."""

    triple: str
    """Architecture, vendor and operating system."""
    cpu: str
    features: str
    """Additions to what the CPU has by its name, and what it lacks: `+avx2,-avx512f`."""
    level: int = 3
    """LLVM's level of optimisation, from 0 for code that is compiled soon and runs slowly."""

    @classmethod
    @functools.cache
    def host(cls) -> Target:
        """The processor of this process, restricted by the environment."""
        cpu = os.environ.get("NUMBA_CPU_NAME") or llvm.get_host_cpu_name()
        features = os.environ.get("NUMBA_CPU_FEATURES")
        if features is None:
            generic = cpu.lower() == "generic"
            features = "" if generic else llvm.get_host_cpu_features().flatten()
        return cls(llvm.get_process_triple(), cpu, checked(features))

    @functools.cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(name[1:] for name in self.features.split(",") if name.startswith("+"))

    @property
    def is_arm(self) -> bool:
        """True for an Arm of 64 bits, which always has NEON, whatever the features say."""
        return self.triple.startswith(("aarch64", "arm64"))

    @property
    def is_x86(self) -> bool:
        """True for a processor with at least SSE2."""
        return self.triple.startswith(("x86_64", "amd64"))

    @property
    def register_bits(self) -> int:
        """The width of a vector register."""
        if "avx512f" in self._names:
            return 512
        return 256 if "avx" in self._names else 128

    def lanes(self, dtype: str) -> int:
        """The number of numbers of this dtype in a vector register."""
        return self.register_bits // BITS[dtype]

    @property
    def looks_up(self) -> bool:
        """True if an instruction looks each lane up in a table of 16 numbers in registers."""
        return self.register_bits == 512

    @property
    def registers(self) -> int:
        """The number of vector registers."""
        return 32 if self.register_bits == 512 or self.is_arm else 16

    @property
    def fuses(self) -> bool:
        """True if a multiply-add is one instruction; elsewhere LLVM would call a library for it."""
        return self.is_arm or bool(self._names & {"fma", "avx512f"})

    @property
    def most_vectors(self) -> int:
        """The most sums to have in registers at once: some are left for what is added to them."""
        return 14 if self.registers == 32 else 12

    def machine(self) -> Any:
        """LLVM's target machine.

        Code addresses its constants relative to the instruction (position-independent code in the
        small code model), which takes one instruction less for each than absolute addresses.
        """
        initialize(self.triple == llvm.get_process_triple())
        target = llvm.Target.from_triple(self.triple)
        return target.create_target_machine(
            cpu=self.cpu, features=self.features, opt=self.level, reloc="pic", codemodel="small"
        )


def checked(features: str) -> str:
    """Features as LLVM takes them, which ends the process if a name has no sign.

    Raises
    ------
    ValueError
        If a name has no + or - before it.
    """
    names = [name.strip() for name in features.split(",") if name.strip()]
    for name in names:
        if not name.startswith(("+", "-")):
            raise ValueError(
                f"NUMBA_CPU_FEATURES must be like +avx2,-avx512f, with + or - before each name, "
                f"got {name!r}"
            )
    return ",".join(names)


@functools.cache
def initialize(native: bool) -> None:
    """Make LLVM ready for this process's architecture, or for all, which takes 10 MB more."""
    if native:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
    else:
        llvm.initialize_all_targets()
        llvm.initialize_all_asmprinters()
