#!/usr/bin/env bash
# FacturePro.dmg for the processor of this Mac (pikepdf and numpy have no universal wheels: run once on ARM, once on Intel).
# Signing and notarisation happen when SIGNING_IDENTITY and NOTARY_PROFILE (xcrun notarytool store-credentials) are set.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml | head -1)
app=dist/FacturePro.app
dmg="dist/FacturePro-$version-$(uname -m).dmg"

uv run python installer/build.py
if [ -n "${SIGNING_IDENTITY:-}" ]; then
  codesign --force --deep --options runtime --timestamp --entitlements installer/macos/entitlements.plist \
    --sign "$SIGNING_IDENTITY" "$app"
  codesign --verify --deep --strict "$app"
fi

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
cp -R "$app" "$stage/"
ln -s /Applications "$stage/Applications"
rm -f "$dmg"
hdiutil create -volname FacturePro -srcfolder "$stage" -format UDBZ "$dmg"

if [ -n "${SIGNING_IDENTITY:-}" ] && [ -n "${NOTARY_PROFILE:-}" ]; then
  codesign --sign "$SIGNING_IDENTITY" --timestamp "$dmg"
  xcrun notarytool submit "$dmg" --keychain-profile "$NOTARY_PROFILE" --wait
  xcrun stapler staple "$dmg"
fi
echo "$dmg"
