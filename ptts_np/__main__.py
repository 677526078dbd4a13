"""`python -m ptts_np`: the command line."""

import sys


def main() -> None:
    """Run one command and exit with its code."""
    from ptts_np.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
