#!/bin/sh
# Makes bench/peers/.venv (ignored by git) with what `npm run bench:peers` compares with.
set -eu
cd "$(dirname "$0")"
command -v python3 >/dev/null || { echo 'Install Python 3.9 or newer (Debian: apt install python3 python3-venv).' >&2; exit 1; }
[ -x .venv/bin/python ] || python3 -m venv .venv || { echo 'Install venv (Debian: apt install python3-venv).' >&2; exit 1; }
for package in scikit-image astra-toolbox; do
  .venv/bin/pip install --quiet "$package" || echo "pip has no $package for this Python and platform; its rows are left out." >&2
done
command -v g++ >/dev/null || echo 'Install g++ for the plain C++ back-projector (Debian: apt install g++).' >&2
