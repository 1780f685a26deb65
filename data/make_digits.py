"""Write the demo's digits into a folder: images, `digits.csv` to label and `audit.csv` as truth."""

import argparse
from pathlib import Path

from loop.demo import write_digits


def main() -> None:
    """Write the files and say where they are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where to write; made if it is not there")
    for path in write_digits(parser.parse_args().folder):
        print(path)


if __name__ == "__main__":
    main()
