"""Identity and names of machines."""

from __future__ import annotations

from benchmarks.measure import fields, machines
from benchmarks.measure.machines import LONGEST

KNOWN = {"processor": "AMD EPYC", "vector_instructions": "avx2", "cores": 2, "memory_gib": 24}


def test_a_name_has_processor_vectors_and_cores() -> None:
    assert machines.name(KNOWN) == "amd-epyc-avx2-2-cores"
    assert machines.name({}) == "unknown-unknown-unknown-cores"
    hostile = machines.name(KNOWN | {"processor": "../../etc/<b>passwd</b>\n"})
    assert hostile == "etc-b-passwd-b-avx2-2-cores"
    longest = machines.name(KNOWN | {"processor": "x" * 500})
    assert len(longest) == LONGEST
    assert longest.endswith("x-avx2-2-cores")


def test_a_description_has_generation_or_family_and_model() -> None:
    amd = KNOWN | {"processor_vendor": "AuthenticAMD", "processor_family": 25, "processor_model": 1}
    assert machines.described(amd) == "AMD EPYC (Zen 3, avx2, 2 cores)"
    models = {
        (23, 1): "Zen",
        (23, 49): "Zen 2",
        (25, 17): "Zen 4",
        (25, 33): "Zen 3",
        (26, 2): "Zen 5",
    }
    for (family, model), name in models.items():
        columns = amd | {"processor_family": family, "processor_model": model, "cores": 1}
        assert machines.described(columns) == f"AMD EPYC ({name}, avx2, 1 core)"
    later = machines.described(amd | {"processor_family": 99})
    assert later == "AMD EPYC (family 99 model 1, avx2, 2 cores)"
    other = machines.described(amd | {"processor_vendor": "GenuineIntel", "processor_family": 6})
    assert other == "AMD EPYC (family 6 model 1, avx2, 2 cores)"
    assert machines.described(KNOWN) == "AMD EPYC (avx2, 2 cores)"
    assert machines.described({}) == "unknown (unknown)"
    assert (
        machines.listed([amd, KNOWN, amd])
        == "AMD EPYC (Zen 3, avx2, 2 cores) and AMD EPYC (avx2, 2 cores)"
    )


def test_every_column_of_a_machine_is_part_of_its_identity() -> None:
    whole = {
        name: "text" if kind == fields.TEXT else 1 for name, kind in fields.MACHINE.items()
    } | {"numpy": "2.0"}
    same = machines.identity(whole)
    assert machines.identity(whole | {"numpy": "2.1"}) == same
    for name, value in whole.items():
        if name in fields.MACHINE:
            assert machines.identity(whole | {name: f"{value}2"}) != same, name
            unknown = machines.identity(whole | {name: None})
            assert unknown != same
            assert unknown == machines.identity(whole | {name: fields.UNKNOWN})


def test_differences_name_the_columns_with_both_values() -> None:
    one = machines.identity(KNOWN)
    other = machines.identity({**KNOWN, "memory_gib": 48, "microcode": "0x1"})
    assert machines.differences(one, other) == ["microcode unknown and 0x1", "memory_gib 24 and 48"]
    assert machines.differences(one, one) == []


def test_names_that_are_taken_get_a_number() -> None:
    assert machines.free("a", []) == "a"
    assert machines.free("a", ["a", "a-2", "a-4"]) == "a-3"
    one = machines.identity(KNOWN)
    assert machines.is_named_after("amd-epyc-avx2-2-cores", one)
    assert machines.is_named_after("amd-epyc-avx2-2-cores-12", one)
    assert not machines.is_named_after("amd-epyc-avx2-2-cores-new", one)
