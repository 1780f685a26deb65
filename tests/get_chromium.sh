#!/bin/sh
# Finds a Chromium for the browser tests, or gets one: Debian's package as root, else Playwright's.
set -u
for name in chromium-headless-shell chromium chromium-browser google-chrome; do
  command -v "$name" >/dev/null 2>&1 && exit 0
done
python - <<'PY' && exit 0
import pathlib, sys
from playwright.sync_api import sync_playwright
with sync_playwright() as found:
    sys.exit(not pathlib.Path(found.chromium.executable_path).exists())
PY
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  apt-get update -qq
  for name in chromium-headless-shell chromium; do
    echo "Installing Chromium (apt-get install $name) for the browser tests …"
    apt-get install -y -qq --no-install-recommends "$name" >/dev/null && exit 0
  done
fi
echo "Getting Playwright's Chromium for the browser tests …"
playwright install chromium && exit 0
echo "The browser tests need Chromium, and it could not be installed. Install it yourself:" >&2
echo "  sudo apt-get install chromium      (Debian, Ubuntu)" >&2
echo "  brew install --cask chromium       (macOS)" >&2
exit 1
