"""Runs the rows of bench/rows.py, the contestants of all rows taking turns, and prints one table: started by ./bench.sh."""
import argparse
import datetime
import pathlib
import shlex
import sys
import time

import measure
import p3_whir
import rows
from measure import ROOT, SCRATCH, Missing, first_line, median, say

REPETITIONS = 3
ONCE_FROM = 60  # seconds: rows that take longer run once
SHORT, SHORT_REPETITIONS = 1, 9  # rows whose turn takes less than a second


class Result:
    """What a row has so far: a list of {contestant: figures}, or why it has none."""

    def __init__(self, row, repetitions):
        self.row, self.repetitions, self.turns, self.missing = row, repetitions, [], None

    def turn(self, number):
        begin, figures = time.monotonic(), {}
        try:
            if number == 0:
                self.row.setup()
                begin = time.monotonic()
            for name, call in self.row.contestants.items():
                figures[name] = call(number)
        except Missing as reason:
            self.missing = f"missing: {reason}"
            return
        self.turns.append(figures)
        took = time.monotonic() - begin
        if took > ONCE_FROM:
            self.repetitions = 1
        elif number == 0 and took < SHORT:
            self.repetitions = SHORT_REPETITIONS

    def values(self, cell):
        return [cell.score(figures) for figures in self.turns]


def number(x):
    return f"{x:,.0f}" if x >= 1000 else f"{x:.3g}" if x >= 0.1 else f"{x:.2g}"


def lines_of(result):
    """The table's lines of one row, as cells."""
    first = True
    for cell in result.row.cells:
        target = "" if cell.target is None else f"{'>=' if cell.at_least else '<='} {number(cell.target)}"
        name, first = (result.row.name if first else ""), False
        if not result.turns or result.missing:
            if target or name:
                yield [name, cell.what, target, "", "", ("no: " if target else "") + (result.missing or "not run")]
            continue
        values = result.values(cell)
        middle = median(values)
        reached = ""
        if cell.target is not None:
            reached = "yes" if (middle >= cell.target if cell.at_least else middle <= cell.target) else "no"
        spread = f"{number(min(values))} - {number(max(values))}" if len(values) > 1 else "run once"
        yield [name, cell.what, target, f"{number(middle)} {cell.unit}".strip(), spread, reached]


def table(results):
    head = ["row", "figure", "target", "median", "spread", "reached"]
    lines = [line for result in results for line in lines_of(result)]
    widths = [max(len(line[i]) for line in [head, *lines]) for i in range(len(head))]
    draw = lambda line: "| " + " | ".join(text.ljust(width) for text, width in zip(line, widths)) + " |"
    return "\n".join([draw(head), "| " + " | ".join("-" * w for w in widths) + " |", *map(draw, lines)])


def versions():
    python = lambda peer, module: first_line(SCRATCH / peer / "bin" / "python", "-c", f"from importlib.metadata import version; print(version('{module}'))")
    return {
        "pedigree": f"{first_line(measure.BUILD / 'pedigree', '--version')} at {first_line('git', '-C', ROOT, 'rev-parse', '--short', 'HEAD')}",
        "p3-whir": f"{p3_whir.VERSION}, {first_line('rustc', '--version')}, -C target-cpu=native",
        "EZKL": python("ezkl", "ezkl"),
        "numpy": f"{python('numpy', 'numpy')} with its own OpenBLAS",
        "compiler": first_line("clang++-19", "--version"),
    }


def main():
    parser = argparse.ArgumentParser(prog="bench.sh", description="Measures the rows of docs/benchmarks.md on this machine.")
    parser.add_argument("--all", action="store_true", help="the long rows too")
    parser.add_argument("--only", action="append", metavar="ROW", help="this row alone; may be repeated")
    parser.add_argument("--out", metavar="FILE", help="writes the result as Markdown")
    options = parser.parse_args()
    everything = rows.all_rows()
    unknown = set(options.only or []) - {row.key for row in everything}
    if unknown:
        parser.error(f"no row {', '.join(unknown)}; rows: {', '.join(row.key for row in everything)}")
    results = [Result(row, REPETITIONS) for row in everything]
    chosen = [r for r in results if (r.row.key in options.only if options.only else options.all or not r.row.slow)]
    facts = measure.machine() | {"also running before": measure.others()}
    for turn in range(SHORT_REPETITIONS):
        for result in chosen:
            if turn < result.repetitions and not result.missing:
                say(f"{turn + 1} of {result.repetitions}: {result.row.name}")
                result.turn(turn)
    facts["load after"] = "%.2f %.2f %.2f" % measure.os.getloadavg()
    facts["also running after"] = measure.others()
    command = shlex.join(["./bench.sh", *sys.argv[1:]])
    shown = chosen if options.only else results
    text = "\n".join([
        *(f"- {name}: {value}" for name, value in facts.items()),
        *(f"- {name}: {value}" for name, value in versions().items()),
        f"- command: `{command}`, {datetime.date.today()}; one thread each",
        "", table(shown), ""])
    print(text)
    if options.out:
        pathlib.Path(options.out).write_text(text)


main()
