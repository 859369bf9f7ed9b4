"""EZKL from PyPI: a graph of ezkl_graphs.py, keys made once."""
from measure import ROOT, SCRATCH, STEP_LIMIT, run_json

PYTHON = SCRATCH / "ezkl" / "bin" / "python"


def folder(graph):
    return SCRATCH / f"ezkl-{graph}"


def prepare(graph):
    if not (folder(graph) / "prove.key").exists():
        run_json([PYTHON, ROOT / "bench" / "ezkl_graphs.py", "prepare", graph, folder(graph)], limit=STEP_LIMIT)


def prove(graph):
    return run_json([PYTHON, ROOT / "bench" / "ezkl_graphs.py", "prove", graph, folder(graph)], limit=STEP_LIMIT)
