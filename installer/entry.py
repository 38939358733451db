"""Entry script of the frozen program; ``--self-test`` is for the build (``installer/build.py``)."""

import sys

if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        from facturepro.app.self_test import run_self_test

        sys.exit(run_self_test())
    from facturepro.app import main

    main()
