#!/usr/bin/env bash
# Packs everything that an installation without network needs into a folder: docs/deploy/pack.sh FOLDER
# Run in a checkout that is set up (make setup), on a machine of the same kind and Python version as the target.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder="${1:?a folder to pack into}"
mkdir -p "$folder"

# Only what runs, at the very versions of the lock, with hashes and without addresses.
.venv/bin/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --python .venv/bin/python \
  --constraint requirements.lock pyproject.toml -o "$folder/requirements.txt"
.venv/bin/python -m pip download --quiet --disable-pip-version-check --only-binary :all: --require-hashes \
  -r "$folder/requirements.txt" -d "$folder"
.venv/bin/python -m hatchling build -t wheel -d "$folder"
cp docs/deploy/xueji.service docs/deploy/nginx.conf docs/deploy/install.sh "$folder/"

# The fonts of the printed papers, where this machine can fetch packages of its system.
if command -v apt-get >/dev/null; then
  (cd "$folder" && apt-get download -qq fonts-noto-cjk) || echo "fonts-noto-cjk was not packed: add it by hand"
fi
(cd "$folder" && find . -type f ! -name SHA256SUMS -print0 | sort -z | xargs -0 sha256sum >SHA256SUMS)
echo "$(find "$folder" -type f | wc -l) files, $(du -sh "$folder" | cut -f1)"
