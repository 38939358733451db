#!/usr/bin/env bash
# Install for this person, without administrator rights. Data stay in ~/.local/share/FacturePro, whatever happens here.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
share="${XDG_DATA_HOME:-$HOME/.local/share}"
target="$HOME/.local/opt/FacturePro"

mkdir -p "$HOME/.local/opt" "$HOME/.local/bin" "$share/applications" "$share/icons/hicolor/scalable/apps"
rm -rf "$target.new"
cp -R "$here" "$target.new"
rm -rf "$target"
mv "$target.new" "$target"
ln -sf "$target/facturepro" "$HOME/.local/bin/facturepro"
cp "$target/app.svg" "$share/icons/hicolor/scalable/apps/facturepro.svg"
sed "s|@PROGRAM@|$target/facturepro|" "$target/facturepro.desktop" > "$share/applications/facturepro.desktop"
echo "FacturePro est installé : $HOME/.local/bin/facturepro"
