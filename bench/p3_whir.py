"""p3-whir as published, through cargo: bench/p3-whir is the program."""
import os

from measure import ROOT, SCRATCH, STEP_LIMIT, Missing, run, run_json

VERSION = "0.9.0-rc.2"
# Folds of six columns first and four later, first rate 1/4, as shipped; later rates: ours, and the two that suit it best.
FOLDS, FIRST_RATE, LATER_RATES, GRINDING = (6, 4), 2, ("4,7,10", "3,6,9", "6,9,12"), 16
PROGRAM = SCRATCH / "p3-whir" / "release" / "p3-whir-bench"


def build():
    if not any(os.access(f"{folder}/cargo", os.X_OK) for folder in os.environ["PATH"].split(":")):
        raise Missing("no cargo")
    run(["cargo", "build", "--release", "-q"], limit=STEP_LIMIT, cwd=ROOT / "bench" / "p3-whir",
        env={"RUSTFLAGS": "-C target-cpu=native", "CARGO_TARGET_DIR": str(SCRATCH / "p3-whir")})


def opening(log_words, kind, rates, seed):
    # Its tables in huge pages, as ours are.
    figures = run_json([PROGRAM, log_words, kind, *FOLDS, FIRST_RATE, rates, GRINDING, seed], limit=STEP_LIMIT,
                       env={"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"})
    return figures
