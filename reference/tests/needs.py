"""Tests that need what the second verifier needs say so and end, where it is not installed."""

import importlib.util
import sys


def skip_unless_installed():
    has_keccak = any(importlib.util.find_spec(name) for name in ('Crypto', 'Cryptodome'))
    missing = [] if importlib.util.find_spec('numpy') else ['numpy']
    missing += [] if has_keccak else ['pycryptodome']
    if missing:
        print(f'skipped: {" and ".join(missing)} not installed (apt-get install python3-numpy python3-pycryptodome)')
        print('0 passed, 0 failed')
        sys.exit(0)
