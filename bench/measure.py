"""Child processes and what they cost; what machine this is."""
import json
import os
import pathlib
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "bench"
SCRATCH = ROOT / "build" / "bench-peers"
STEP_LIMIT = 600  # seconds that one step of a peer may take
# One thread for everybody: CPU seconds then mean the same work for all, and no pool spins for more.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "RAYON_NUM_THREADS": "1"}


class Missing(Exception):
    """A peer or record that cannot be had; its text says why."""


def run(words, limit=None, env=None, cwd=None):
    """Runs a child to its end: its standard output, CPU seconds (user and system, its children counted), peak bytes."""
    environment = {k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        clock = time.monotonic()
        child = subprocess.Popen([str(w) for w in words], stdout=out, stderr=err, cwd=cwd, env=environment | ONE_THREAD | (env or {}))
        late = False
        while True:
            pid, status, usage = os.wait4(child.pid, os.WNOHANG)
            if pid:
                break
            if limit and not late and time.monotonic() - clock > limit:
                late = True
                child.kill()
            time.sleep(0.002)
        child.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - clock
        out.seek(0)
        err.seek(0)
        text, complaint = out.read().decode(), err.read().decode(errors="replace")
    name = pathlib.Path(str(words[0])).name
    if late:
        raise Missing(f"{name} took more than {limit} s")
    if child.returncode != 0:
        last = (complaint.strip() or text.strip() or "nothing said").splitlines()[-1]
        raise Missing(f"{name} ended with {child.returncode}: {last[:200]}")
    return {"out": text, "cpu": usage.ru_utime + usage.ru_stime, "wall": seconds, "peak": usage.ru_maxrss * 1024}


def run_json(words, **named):
    """The same for a child that prints one JSON object, whatever else in front of it; its keys are added."""
    result = run(words, **named)
    text = result.pop("out")
    start = 0 if text.startswith("{") else text.rindex("\n{") + 1
    return result | json.loads(text[start:])


def median(values):
    return statistics.median(values)


def first_line(*words):
    try:
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip().splitlines()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return "unknown"


def machine():
    """Processor, instruction sets, memory and load, as text."""
    info = pathlib.Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*: (.*)", info)
    flags = set(re.search(r"flags\s*: (.*)", info).group(1).split())
    wanted = ["avx2", "bmi2", "avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512ifma", "avx512_vbmi", "avx512_vnni"]
    memory = int(re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text()).group(1)) / 2**20
    return {
        "processor": model.group(1) if model else "unknown",
        "cores": os.cpu_count(),
        "instruction sets": " ".join(f for f in wanted if f in flags),
        "memory": f"{memory:.0f} GiB",
        "huge pages": pathlib.Path("/sys/kernel/mm/transparent_hugepage/enabled").read_text().strip(),
        "load before": "%.2f %.2f %.2f" % os.getloadavg(),
    }


def others():
    """What else takes a tenth of a core or more right now."""
    out = subprocess.run(["top", "-b", "-n", "2", "-d", "1", "-w", "200"], capture_output=True, text=True).stdout
    rows = [line.split() for line in out.split("\n\n")[-1].splitlines() if re.match(r"\s*\d+ ", line)]
    return ", ".join(f"{r[11]} {r[8]}%" for r in rows if float(r[8]) >= 10) or "nothing"


def say(text):
    print(text, file=sys.stderr, flush=True)
