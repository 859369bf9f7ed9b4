"""The rows of the table, as data. A row has contestants, which take turns, and cells, each a figure with its target."""
import dataclasses
import typing

import ezkl_peer
import p3_whir
import pedigree
from measure import ROOT, SCRATCH, run_json
from pedigree import Job, csv, example, mnist, spec, synthetic, ten_digits

MIB, GIB = 2**20, 2**30


@dataclasses.dataclass
class Cell:
    what: str
    score: typing.Callable  # from {contestant: figures} to a number
    unit: str = ""
    target: float = None
    at_least: bool = False  # the target is a lower bound


@dataclasses.dataclass
class Row:
    key: str
    name: str
    contestants: dict  # name: call with the number of the repetition, gives figures
    cells: list
    slow: bool = False  # with --all only
    setup: typing.Callable = lambda: None


def plain(data, widths, batch, steps):
    """The same network, records, batch and steps in numpy."""
    x, y = data()
    return run_json([SCRATCH / "numpy" / "bin" / "python", ROOT / "bench" / "plain.py", "train", x, y, ",".join(map(str, widths)), batch, steps])


def arrays(data):
    def words():
        x, y = data()
        return ["--data", x, "--labels", y]
    return words


def signed(name, data):
    return lambda: pedigree.committed(name, *data())


def cpu(name):
    return lambda f: f[name]["cpu"]


def over_plain(figure):
    return lambda f: f["Pedigree"][figure] / f["numpy"]["train_cpu_seconds"]


def against_numpy(key, name, data, widths, batch, steps, prove_target, slow=False):
    job = Job(key, spec(widths, batch, profile="bulk", steps=steps), signed(key, data))
    return Row(key, name, {
        "Pedigree": lambda _: job.prove(),
        "numpy": lambda _: plain(data, widths, batch, steps),
    }, [
        Cell("prove / plain", over_plain("cpu"), "x", prove_target),
        Cell("the same, without one exact training", lambda f: (f["Pedigree"]["cpu"] - f["Pedigree"]["trace"]) / f["numpy"]["train_cpu_seconds"],
             "x", prove_target),
        Cell("exact training / plain", over_plain("trace"), "x", 4),
        Cell("prove", cpu("Pedigree"), "CPU s"),
        Cell("exact training", lambda f: f["Pedigree"]["trace"], "CPU s"),
        Cell("plain", lambda f: f["numpy"]["train_cpu_seconds"], "CPU s"),
        Cell("peak memory", lambda f: f["Pedigree"]["peak"] / GIB, "GiB"),
    ], slow, setup=job.train)


def proving(key, name, job, cells, slow=False):
    return Row(key, name, {"Pedigree": lambda _: job.prove()}, cells, slow, setup=job.train)


def opening(log_words):
    def total(f, name):
        return f[name]["commit_cpu_seconds"] + f[name]["open_cpu_seconds"]

    def best(f, kind):  # of its later rates
        return min(total(f, n) for n in f if n.startswith(f"p3-whir {kind}"))

    ours = f"Pedigree"
    contestants = {ours: lambda _: pedigree.opening(log_words)}
    for kind in ("plain", "hiding"):
        for rates in p3_whir.LATER_RATES:
            contestants[f"p3-whir {kind} {rates}"] = lambda n, kind=kind, rates=rates: p3_whir.opening(log_words, kind, rates, n + 1)
    cells = [
        Cell("ours (hiding) / p3-whir plain, its best", lambda f: total(f, ours) / best(f, "plain"), "x", 0.85),
        Cell("ours (hiding) / p3-whir hiding, its best", lambda f: total(f, ours) / best(f, "hiding"), "x", 0.5),
    ]
    for name in contestants:
        cells += [Cell(f"{name}: commit", lambda f, n=name: f[n]["commit_cpu_seconds"], "CPU s"),
                  Cell(f"{name}: open", lambda f, n=name: f[n]["open_cpu_seconds"], "CPU s"),
                  Cell(f"{name}: bytes", lambda f, n=name: f[n]["bytes"] / 1024, "KiB"),
                  Cell(f"{name}: verify", lambda f, n=name: f[n]["verify_milliseconds"], "ms")]
    return Row(f"opening-{log_words}", f"commit and open 2^{log_words} random words", contestants, cells, setup=p3_whir.build)


def against_ezkl(key, name, graph, prove, setup, target):
    ezkl = lambda f: f["EZKL"]["cpu_seconds"]["witness"] + f["EZKL"]["cpu_seconds"]["prove"]
    return Row(key, name, {"Pedigree": lambda _: prove(), "EZKL": lambda _: ezkl_peer.prove(graph)}, [
        Cell("EZKL / Pedigree", lambda f: ezkl(f) / f["Pedigree"]["cpu"], "x", target, at_least=True),
        Cell("Pedigree", cpu("Pedigree"), "CPU s"),
        Cell("EZKL, witness and proof", ezkl, "CPU s"),
        Cell("Pedigree: peak memory", lambda f: f["Pedigree"]["peak"] / GIB, "GiB"),
        Cell("EZKL: peak memory", lambda f: f["EZKL"]["peak"] / GIB, "GiB"),
    ], setup=lambda: (setup(), ezkl_peer.prepare(graph)))


def growth():
    jobs = {n: Job(f"growth-{n}", example("logistic_digits.json", steps=n), csv("digits.csv")) for n in (64, 256, 1024, 4096, 16384)}
    cells = [Cell("CPU s a step, 16,384 steps / 1,024 steps", lambda f: f["16384"]["cpu"] / 16 / f["1024"]["cpu"], "x", 1.1)]
    cells += [Cell(f"{n} steps", cpu(str(n)), "CPU s") for n in jobs]
    return Row("growth", "growth, logistic 64-10, batch 8", {str(n): lambda _, job=job: job.prove() for n, job in jobs.items()}, cells,
               slow=True, setup=lambda: [job.train() for job in jobs.values()])


WIDE = [784, 2816, 2816, 10]  # 10.2 million parameters


def all_rows():
    random_784 = lambda: synthetic(8192, 784, 10)
    random_4096 = lambda: synthetic(4096, 4096, 10)
    mnist_job = Job("mnist", spec([256, 10], 64, profile="bulk", epochs=1), signed("mnist", mnist))
    one = Job("wide-1", spec(WIDE[1:], 16, profile="bulk", steps=1), signed("wide-1", random_784), dry_run=1)
    many = Job("wide-64", spec(WIDE[1:], 16, profile="bulk", steps=64), signed("wide-64", random_784), dry_run=16)
    random_128 = lambda: synthetic(32768, 128, 2)
    logistic = Job("logistic-epoch", spec([2], 1024, profile="bulk", epochs=1), signed("logistic-epoch", random_128))
    declared = Job("logistic-declared", spec([2], 1024, epochs=1), arrays(random_128))
    step = Job("logistic-step", example("logistic_digits.json"), ten_digits, dry_run=None)
    floor = Job("floor", example("logistic_digits.json", batch=1), ten_digits, dry_run=None)
    among_many = Job("one-of-many", example("logistic_digits.json", batch=1), csv("digits.csv"), dry_run=None)
    digits = Job("digits", example("digits.json"), csv("digits.csv"), dry_run=None)
    small = Job("digits-small", example("digits.json", security={"profile": "small"}), csv("digits.csv"), dry_run=None)
    answer = pedigree.Inference("infer", example("digits.json"), csv("digits.csv"))
    prepare_answer = lambda: answer.prepare(pedigree.EXAMPLES / "data" / "digits.csv")
    cancer = Job("cancer", example("breast_cancer.json"), csv("breast_cancer.csv"), dry_run=None)
    seconds = lambda target: Cell("prove", cpu("Pedigree"), "CPU s", target)
    memory = lambda target=None: Cell("peak memory", lambda f: f["Pedigree"]["peak"] / GIB, "GiB", target)
    size = lambda target=None: Cell("bytes", lambda f: f["Pedigree"]["bytes"] / 1024, "KiB", target)
    claims = pedigree.Claims("claims", example("digits.json"))
    claim_row = lambda key, name, prove: Row(key, name, {"Pedigree": lambda _: prove()}, [
        Cell("prove", lambda f: 1000 * f["Pedigree"]["cpu"], "CPU ms"), Cell("verify", lambda f: f["Pedigree"]["verify"], "ms"), size()],
        setup=claims.prepare)
    return [
        proving("floor", "floor: logistic 64-10, one sample of ten records, process included", floor, [
            Cell("prove", lambda f: 1000 * f["Pedigree"]["cpu"], "CPU ms", 50),
            Cell("elapsed", lambda f: 1000 * f["Pedigree"]["wall"], "ms")]),
        proving("one-of-many", "the same, one sample of 1,797 records, all range-checked", among_many, [
            Cell("prove", lambda f: 1000 * f["Pedigree"]["cpu"], "CPU ms")]),
        proving("cancer", "breast cancer 30-32-2, 20 epochs", cancer, [seconds(0.8), size(), memory()]),
        proving("digits", "digits 64-128-10, 225 steps (2^23 words)", digits, [seconds(1.5), size(340), memory()]),
        proving("small-profile", "the same, small profile", small, [size(200), seconds(None)]),
        Row("verify", "verify one segment (digits)", {"Pedigree": lambda _: digits.verify()},
            [Cell("verify", lambda f: f["Pedigree"]["milliseconds"], "ms", 30)], setup=digits.train),
        Row("infer", "inference 64-128-10, one sample, inputs hidden", {"Pedigree": lambda _: answer.prove()}, [
            Cell("prove", lambda f: 1000 * f["Pedigree"]["cpu"], "CPU ms", 50),
            Cell("verify", lambda f: f["Pedigree"]["verify"], "ms"), size()],
            setup=prepare_answer),
        claim_row("score", "evaluation 64-128-10 on 359 private records, none of them of the 1,438 of the run", claims.score),
        claim_row("origins", "origins of 10 records in a run over 1,438", claims.origins),
        proving("logistic-epoch", "logistic 32,768 x 128, one epoch, batch 1,024, bulk", logistic, [seconds(1), size(), memory()]),
        proving("logistic-declared", "the same, fast profile, records committed and range-checked in the proof", declared, [seconds(None), size(), memory()]),
        opening(22),
        opening(24),
        against_numpy("1024", "784-1024-1024-10, batch 128, 64 steps, bulk", random_784, [1024, 1024, 10], 128, 64, 20),
        against_ezkl("ezkl-step", "one SGD step, logistic 64-10, batch 8, against EZKL", "step", step.prove, step.train, 1000),
        against_ezkl("ezkl-infer", "inference 64-128-10, one sample, scores shown, against EZKL", "infer", answer.prove, prepare_answer, 300),
        proving("mnist", "MNIST 784-256-10, batch 64, one epoch, bulk", mnist_job,
                [seconds(45), memory(5), size(), Cell("segments", lambda f: f["Pedigree"]["segments"])]),
        against_numpy("4096", "4096-4096-4096-10, batch 256, 16 steps, bulk", random_4096, [4096, 4096, 10], 256, 16, 5, slow=True),
        proving("wide-1", "10 million parameters, batch 16, one step, bulk", one, [seconds(4), memory()], slow=True),
        proving("wide-64", "10 million parameters, batch 16, 64 steps, bulk", many,
                [Cell("prove, a step", lambda f: f["Pedigree"]["cpu"] / 64, "CPU s", 0.25), memory()], slow=True),
        growth(),
    ]
