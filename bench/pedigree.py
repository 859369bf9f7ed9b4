"""Pedigree's own side: records, runs and proofs in the scratch folder."""
import json
import shutil

from measure import BUILD, ROOT, SCRATCH, Missing, run, run_json

PROGRAM = BUILD / "pedigree"
EXAMPLES = ROOT / "examples"
MNIST = ROOT.parent / "shared" / "data" / "mnist"
THREADS = ["--threads", "1"]


def spec(widths, batch, loss="cross_entropy", rate=0.03125, profile=None, **length):
    """A run specification: ReLU between linear layers; `length` is steps=N or epochs=N."""
    model = []
    for width in widths:
        model += [{"op": "linear", "out": width}, {"op": "relu"}]
    settings = {"version": 1, "model": model[:-1], "loss": loss, "optimizer": {"name": "sgd", "lr": rate}, "batch": batch, "seed": "7"}
    if profile:
        settings["security"] = {"profile": profile}
    return settings | length


def example(name, **changes):
    return json.loads((EXAMPLES / name).read_text()) | changes


def csv(name):
    return ["--data", EXAMPLES / "data" / name, "--label", "label"]


def ten_digits():
    """The first record of each class: for jobs whose peers commit to no dataset."""
    header, *rows = (EXAMPLES / "data" / "digits.csv").read_text().splitlines(keepends=True)
    first = {}
    for row in rows:
        first.setdefault(row.rsplit(",", 1)[1], row)
    path = SCRATCH / "ten_digits.csv"
    path.write_text(header + "".join(first.values()))
    return ["--data", path, "--label", "label"]


def mnist():
    """Records of MNIST, or why there are none."""
    images, labels = MNIST / "train-images-idx3-ubyte.gz", MNIST / "train-labels-idx1-ubyte.gz"
    if not images.exists() or not labels.exists():
        raise Missing("no records in ../shared/data/mnist")
    return images, labels


def synthetic(records, features, classes):
    """Class means plus noise, as NPY files; made once by the numpy of the peers."""
    x, y = (SCRATCH / f"{kind}-{records}x{features}-{classes}.npy" for kind in "xy")
    if not y.exists():
        run([SCRATCH / "numpy" / "bin" / "python", ROOT / "bench" / "plain.py", "records", records, features, classes, x, y])
    return x, y


def commit(folder, key, *words):
    run([PROGRAM, "data", "commit", *words, "--purpose", "benchmark", "--key", key, "-o", folder, *THREADS])


def committed(name, records, labels):
    """A dataset signed once in the bulk profile, as a custodian of that many records would; not part of any row."""
    folder, key = SCRATCH / "runs" / f"{name}-committed", SCRATCH / "runs" / f"{name}-key"
    # Anew for each table: one of another release may not be read, and its openings are used up some day.
    shutil.rmtree(folder, ignore_errors=True)
    for old in (key, key.with_suffix(".pub")):
        old.unlink(missing_ok=True)
    run([PROGRAM, "key", "new", "--out", key])
    commit(folder, key, records, "--labels", labels, "--licence", "CC-BY-SA-3.0", "--profile", "bulk")
    return ["--data", folder]


class Job:
    """One training, done when first asked for and again when its records have been opened as often as they may; proofs of it as often as wanted."""

    PROOFS = 8  # that any dataset covers

    def __init__(self, name, settings, data, dry_run=64, prove=()):
        self.name, self.settings, self.data, self.dry_run, self.options = name, settings, data, dry_run, list(prove)
        self.folder = SCRATCH / "runs" / name
        self.trained, self.proofs = None, 0

    def train(self):
        if self.trained is None:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True)
            (self.folder / "spec.json").write_text(json.dumps(self.settings))
            data = self.data() if callable(self.data) else self.data
            dry = [] if self.dry_run is None else ["--dry-run", self.dry_run]
            self.trained = run_json([PROGRAM, "train", self.folder / "spec.json", *data, "-o", self.folder / "run", *dry, *THREADS, "--json"])
        return self.trained

    def prove(self):
        """A proof: CPU seconds and peak bytes of the whole process; what the program says of itself; `trace` the exact training."""
        if self.proofs == self.PROOFS:
            self.trained, self.proofs = None, 0
        self.train()
        self.proofs += 1
        proof = self.folder / "proof.pedigree"
        proof.unlink(missing_ok=True)
        figures = run_json([PROGRAM, "prove", self.folder / "run", "-o", proof, *self.options, *THREADS, "--json"])
        return figures | {"trace": figures["plain_cpu_seconds"], "steps": self.trained["steps"]}

    def verify(self):
        proof = self.folder / "proof.pedigree"
        if not proof.exists():
            self.prove()
        return run_json([PROGRAM, "verify", proof, "--json"])


class Inference:
    """Answers of a proven model to its first record, as often as wanted: the weights are committed once for a few."""

    OPENINGS = 6  # as many as a root of 2^10 rows has room for beside these weights

    def __init__(self, name, settings, data):
        self.job = Job(name, settings, data, dry_run=None, prove=["--openings", self.OPENINGS])
        self.rows = self.job.folder / "rows.csv"
        self.made = 0

    def prepare(self, records):
        self.job.prove()
        self.rows.write_text("".join(records.read_text().splitlines(keepends=True)[:2]))

    def prove(self):
        if self.made > 0 and self.made % self.OPENINGS == 0:
            self.job.prove()
        self.made += 1
        claim = self.job.folder / f"claim-{self.made}.pedigree"
        figures = run_json([PROGRAM, "infer", self.job.folder / "run", "--proof", self.job.folder / "proof.pedigree", "--input", self.rows,
                            "-o", claim, "--inputs", "hidden", *THREADS, "--json"])
        verdict = run_json([PROGRAM, "verify", claim, "--run", self.job.folder / "proof.pedigree", "--json"])
        return figures | {"verify": verdict["milliseconds"]}


class Claims:
    """An evaluation of a model on records of its own, and origins of a list, as often as wanted. Digits: the last fifth is the test set.
    Both datasets are signed, for as many openings as all turns take."""

    TEST, OPENINGS = 359, 64

    def __init__(self, name, settings):
        self.folder = SCRATCH / "runs" / name
        self.training, self.tests, self.key = (self.folder / part for part in ("training.csv", "tests", "key"))
        self.job = Job(name, settings, lambda: self.split(), dry_run=None, prove=["--openings", self.OPENINGS])
        self.proof, self.made = self.folder / "proof.pedigree", 0

    def split(self):
        header, *rows = (EXAMPLES / "data" / "digits.csv").read_text().splitlines(keepends=True)
        for path, part in ((self.training, rows[:-self.TEST]), (self.folder / "tests.csv", rows[-self.TEST:]), (self.folder / "list.csv", rows[:10])):
            path.write_text(header + "".join(part))
        run([PROGRAM, "key", "new", "--out", self.key])
        self.commit(self.training, self.folder / "committed")
        return ["--data", self.folder / "committed"]

    def commit(self, records, folder, *options):
        commit(folder, self.key, records, "--label", "label", "--licence", "CC-BY-4.0", "--openings", self.OPENINGS, *options)

    def prepare(self):
        if self.job.trained is not None:
            return
        self.job.prove()
        self.commit(self.folder / "tests.csv", self.tests, "--schema", self.folder / "run" / "schema.json")

    def claim(self, *words):
        self.made += 1
        claim = self.folder / f"claim-{self.made}.pedigree"
        figures = run_json([PROGRAM, words[0], self.folder / "run", "--proof", self.proof, *words[1:], "-o", claim, *THREADS, "--json"])
        verdict = run_json([PROGRAM, "verify", claim, "--run", self.proof, "--any-custodian", "--json"])
        return figures | {"verify": verdict["milliseconds"]}

    def score(self):
        ticket = self.folder / f"ticket-{self.made}.json"
        run([PROGRAM, "data", "ticket", self.tests, "--proof", self.proof, "--key", self.key, "-o", ticket])
        return self.claim("score", "--test", self.tests, "--ticket", ticket, "--apart")

    def origins(self):
        return self.claim("origins", "--records", self.folder / "list.csv")


def opening(log_words, profile="fast"):
    return run_json([BUILD / "pedigree_opening_bench", log_words, profile])
