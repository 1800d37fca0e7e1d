"""A diagnosis is plain data, as JSON has them."""

from __future__ import annotations

import json

from phasekit.doctor import Diagnosis, Finding


def test_a_diagnosis_survives_json() -> None:
    finding = Finding("few-counts", "The brightest voxel has 40 photons.", "Count longer.")
    diagnosis = Diagnosis((finding,), {"time": "about 60 s"})
    read = json.loads(json.dumps(diagnosis.plain()))
    assert Diagnosis(tuple(Finding(**part) for part in read["findings"]), read["facts"]) == diagnosis
