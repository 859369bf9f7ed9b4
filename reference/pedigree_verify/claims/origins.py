"""Kind 5: which rows of a run's datasets are equal to records of a list, and that no others are (docs/claims.md section 5)."""

from dataclasses import dataclass

import numpy as np

from ..codec import Decoder
from ..identity import dataset_identity
from ..manifest import check_manifest, read_manifest
from ..multilinear import clog
from ..program import Builder
from ..refusal import require
from ..rules import check_family, check_version
from ..statement import MAX_DATASETS, read_context, read_list
from .claim import Kind
from .matrix import HASHED, MAX_SAMPLES, SHOWN, Matrix, check_matrix, read_matrix, shows_of
from .shows import Hits, Rows, Side, emit_apart

_MAX_HITS = 4096


@dataclass
class OriginsStatement:
    """`hits`: pairs (row, record)."""

    kind: int
    arithmetic: int
    profile: int
    datasets: list
    samples: int
    records: Matrix
    hits: list
    encoded: bytes
    weights: object = None

    @property
    def features(self):
        return self.datasets[0].features

    @property
    def input_bits(self):
        return max(m.input_bits for m in self.datasets)


def _check_equal_records(s, cells, check):
    """Equal records have the same rows. `cells`: an array [records, features]."""
    rows_of = {record: [] for _, record in s.hits}
    for row, record in s.hits:
        rows_of[record].append(row)
    hit = {cells[record].tobytes(): rows for record, rows in rows_of.items()}
    for record, cell in enumerate(cells):
        rows = hit.get(cell.tobytes())
        require(rows is None or rows == rows_of.get(record), check)


class Origins(Kind):
    def parse(self, encoded):
        d = Decoder(encoded)
        fields = {'kind': d.u8(), 'arithmetic': d.u32(), 'profile': d.u8()}
        fields['datasets'] = read_list(d, MAX_DATASETS, read_manifest)
        fields['samples'] = d.u32()
        fields['records'] = read_matrix(d)
        fields['hits'] = read_list(d, _MAX_HITS, lambda d: (d.u32(), d.u32()))
        read_context(d)
        d.finish()
        return OriginsStatement(**fields, encoded=encoded)

    def judge(self, s):
        check_version(s)
        self._check_datasets(s)
        require(1 <= s.samples <= MAX_SAMPLES, 'statement_range')
        check_matrix(s.records, s.samples * s.features, s.input_bits, (HASHED, SHOWN))
        self._check_hits(s)
        return self._compile(s)

    def _check_datasets(self, s):
        require(len(s.datasets) > 0, 'statement_range')
        for d, m in enumerate(s.datasets):
            check_manifest(m)
            require(m.features == s.features, 'manifest_fields')
            require(m.labels == s.datasets[0].labels, 'manifest_fields')
            check_family(m, s.profile, s.datasets[:d])

    def _check_hits(self, s):
        count = sum(m.records for m in s.datasets)
        require(all(row < count and record < s.samples for row, record in s.hits), 'statement_range')
        require(all(a < b for a, b in zip(s.hits, s.hits[1:])), 'statement_range')
        if s.records.visibility == SHOWN:
            _check_equal_records(s, s.records.cells.reshape(-1, s.features), 'statement_range')

    def samples(self, s):
        return s.samples

    def _compile(self, s):
        bits = s.input_bits
        cells = clog(s.features) + clog(s.samples)
        b = Builder(0, clog(s.samples), max(8, min(20, cells)))
        columns, _ = b.datasets(s.datasets)
        records = b.input(s.features, 1 << bits)
        b.range(b.affine([(1, records)], 1 << bits), bits + 1)
        shows = shows_of(b, 'inputs', s.records, s.features, records)
        sides = self._sides(s, columns, records)
        shows.append(emit_apart(b, *sides))
        if s.hits:
            shows.append(Hits(records, self._pairs(s, columns)))
        return b.program, shows

    def _first_rows(self, s):
        return np.cumsum([0] + [m.records for m in s.datasets])

    def _sides(self, s, columns, records):
        first, excluded = self._first_rows(s), sorted({row for row, _ in s.hits})
        side = []
        for d, m in enumerate(s.datasets):
            own = tuple(int(x - first[d]) for x in excluded if first[d] <= x < first[d + 1])
            side.append(Rows(columns[d], m.records, own))
        return Side(side), Side([Rows(records, s.samples)])

    def _pairs(self, s, columns):
        first, out = self._first_rows(s), []
        for row, record in s.hits:
            d = int(np.searchsorted(first, row, 'right')) - 1
            out.append((columns[d], int(row - first[d]), record))
        return out

    # ---- what a reader adds
    def matrices(self, s):
        return {'inputs': (s.records, s.features)}

    def check_cells(self, s, cells):
        _check_equal_records(s, cells, 'claim_cells')

    def rests_on_run(self, s):
        return True

    def check_run(self, policy, run, s):
        trained = run.statement.datasets
        same = [(dataset_identity(m), m.schema) for m in trained]
        require(same == [(dataset_identity(m), m.schema) for m in s.datasets], 'claim_data')
