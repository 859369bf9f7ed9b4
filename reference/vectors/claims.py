"""Claims that negative vectors are made of: an inference, evaluations and origins, on runs of their own."""

from data_claims_test import DataCorpus

# name: run
CLAIMS = {
    'infer-classes': 'classes',
    'score-classes-exact': 'classes',
    'score-classes-apart': 'classes',
    'score-classes-drawn': 'classes',
    'score-yes-confusion': 'yes',
    'score-numbers-bound': 'numbers',
    'origins-some': 'classes',
    'origins-hashed': 'yes',
}
# Of these each class of messages is altered.
# Fields that hang on which records were drawn, another draw with each making: metric and value.
BY_CHANCE = {'score-classes-drawn': (73, 75)}
IN_DEPTH = ('infer-classes', 'score-classes-apart', 'origins-some')


class VectorClaims(DataCorpus):
    """The claims of the differential test, and an inference."""

    def __init__(self, folder):
        folder.mkdir(exist_ok=True)
        super().__init__(folder)
        path = self.folder / 'infer-classes.pedigree'
        if not path.exists():
            (self.folder / 'asked.csv').write_text('a,b,c\n5.5,12.1,7\n14.9,3,9.6\n')
            files = ['classes', '--proof', 'classes.pedigree', '--input', 'asked.csv', '-o', path.name]
            self.call('infer', *files, '--inputs', 'hashed', '--progress', 'none', '--threads', 1)
        self.claims['infer-classes'] = path.read_bytes()

