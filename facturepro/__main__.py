"""``python -m facturepro``."""

from facturepro.app import main

if __name__ == "__main__":
    main()
