#!/usr/bin/python3
"""Every RFC that the sources name has a row in docs/rfcs.md, and every row is named by a source.

  tests/check_rfcs.py ROOT        exit 1 with the missing ones
"""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from check_floors import sources


def numbers_in_sources(root):
    found = {}
    for name, path in sources(root):
        for number in re.findall(r'RFC (\d{4})', path.read_text(encoding='utf-8')):
            found.setdefault(number, name)
    return found


def numbers_in_table(root):
    rows = re.findall(r'^\| ([\d, ]+) \|', (root / 'docs/rfcs.md').read_text(encoding='utf-8'), re.M)
    return {number for row in rows for number in re.findall(r'\d{4}', row)}


def main():
    root = pathlib.Path(sys.argv[1])
    sources, table = numbers_in_sources(root), numbers_in_table(root)
    for number in sorted(set(sources) - table):
        print(f'docs/rfcs.md has no row for RFC {number}, named in {sources[number]}')
    for number in sorted(table - set(sources)):
        print(f'docs/rfcs.md has a row for RFC {number}, which no source names')
    return 1 if set(sources) != table else 0


if __name__ == '__main__':
    sys.exit(main())
