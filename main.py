"""Entry script for a checkout and for PyInstaller."""

from facturepro.app import main

if __name__ == "__main__":
    main()
