#!/usr/bin/env bash
# Installs from the folder that pack.sh made, without network: ./install.sh [TARGET], by default /opt/xueji
# The same again with a newer folder upgrades: the home stays, "xueji migrate" brings the database up.
set -euo pipefail
cd "$(dirname "$0")"
target="${1:-/opt/xueji}"
python="${PYTHON:-python3.11}"

sha256sum --quiet --check SHA256SUMS
mkdir -p "$target"
[ -x "$target/.venv/bin/python" ] || "$python" -m venv "$target/.venv"
pip=("$target/.venv/bin/python" -m pip --disable-pip-version-check install --quiet --no-index --find-links .)
"${pip[@]}" --require-hashes -r requirements.txt
"${pip[@]}" --no-deps --force-reinstall xueji-*.whl

if ! ls /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc >/dev/null 2>&1; then
  if [ "$(id -u)" = 0 ] && ls fonts-noto-cjk_*.deb >/dev/null 2>&1; then dpkg -i fonts-noto-cjk_*.deb; else
    echo "Noto CJK fonts are missing: papers cannot be printed. Install fonts-noto-cjk."
  fi
fi
case "$(openssl version 2>/dev/null)" in
  "OpenSSL "[3-9].*) ;;
  *) echo "OpenSSL 3 is missing: nodes that sign with SM2 need it, nothing else does. Install openssl." ;;
esac
"$target/.venv/bin/xueji" --help >/dev/null
echo "installed into $target"
