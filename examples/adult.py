"""Adult (UCI Census Income) as CSV with a header: `adult.py FOLDER OUT` writes OUT/west.csv and OUT/east.csv, halves of the training records, and
OUT/test.csv. Rows that may be those of training records are left out of the test set, and so are columns that the class does not depend on by meaning:
fnlwgt (a sampling weight) and education (education-num says the same)."""
import pathlib
import sys

COLUMNS = ("age workclass fnlwgt education education-num marital-status occupation relationship race sex capital-gain capital-loss "
           "hours-per-week native-country income").split()
KEPT = [i for i, name in enumerate(COLUMNS) if name not in ("fnlwgt", "education")]


def rows(path):
    for line in path.read_text().splitlines():
        cells = [cell.strip().rstrip(".") for cell in line.split(",")]
        if len(cells) == len(COLUMNS):
            yield ",".join("unknown" if cells[i] == "?" else cells[i] for i in KEPT)


def keys(row, apart=0):
    """What tells records apart whatever the schema rounds: years and hours to their neighbours, gains and losses not at all."""
    cells = dict(zip((COLUMNS[i] for i in KEPT), row.split(",")[:-1]))
    near = range(-apart, apart + 1)
    rest = tuple(cell for name, cell in cells.items() if name not in ("age", "hours-per-week", "capital-gain", "capital-loss"))
    return {(int(cells["age"]) + a, int(cells["hours-per-week"]) + h, rest) for a in near for h in near}


def write(path, lines):
    path.write_text("\n".join([",".join(COLUMNS[i] for i in KEPT), *lines]) + "\n")


def main():
    folder, out = map(pathlib.Path, sys.argv[1:])
    training = list(rows(folder / "adult.data"))
    inputs = set().union(*(keys(row, 1) for row in training))
    write(out / "west.csv", training[1::2])
    write(out / "east.csv", training[::2])
    write(out / "test.csv", [row for row in rows(folder / "adult.test") if not keys(row) & inputs])


main()
