"""`python -m ptts_np`: the command line."""

import sys


def main() -> None:
    """Run one command and exit with its code."""
    try:
        from ptts_np.cli import run

        sys.exit(run(sys.argv[1:]))
    except KeyboardInterrupt:
        print("ptts-np: interrupted", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
