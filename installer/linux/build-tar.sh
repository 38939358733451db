#!/usr/bin/env bash
# FacturePro-VERSION-linux-ARCH.tar.xz, with install.sh inside. Build on the oldest system to be served (glibc 2.34 at least).
set -euo pipefail
cd "$(dirname "$0")/../.."

version=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml | head -1)
archive="dist/FacturePro-$version-linux-$(uname -m).tar.xz"

uv run python installer/build.py
cp installer/linux/install.sh installer/linux/facturepro.desktop resources/icons/app.svg LICENSE dist/FacturePro/
tar -C dist -cJf "$archive" FacturePro
echo "$archive"
