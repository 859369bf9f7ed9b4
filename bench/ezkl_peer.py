"""EZKL from PyPI: one SGD step, keys made once."""
from measure import ROOT, SCRATCH, STEP_LIMIT, run_json

PYTHON = SCRATCH / "ezkl" / "bin" / "python"
FOLDER = SCRATCH / "ezkl-step"


def prepare():
    if not (FOLDER / "prove.key").exists():
        run_json([PYTHON, ROOT / "bench" / "ezkl_step.py", "prepare", FOLDER], limit=STEP_LIMIT)


def prove():
    return run_json([PYTHON, ROOT / "bench" / "ezkl_step.py", "prove", FOLDER], limit=STEP_LIMIT)
