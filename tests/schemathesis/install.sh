# Installs schemathesis, which fuzzes the API, into the cache; sourced by ./dev.

install_schemathesis() { # anew when what is pinned has changed, or an earlier attempt was cut off
  local venv=$CACHE/schemathesis pinned=tests/schemathesis/requirements.txt
  cmp -s "$pinned" "$venv/requirements.txt" && return
  say "installing schemathesis"
  install_packages python3-venv
  as_root rm -rf "$venv"
  as_root python3 -m venv "$venv"
  as_root env "PATH=$PATH" "HOME=$HOME" "$venv/bin/pip" install --quiet --no-deps --only-binary=:all: --requirement "$pinned"
  as_root chmod -R go+rX "$venv"
  as_root install -m 0644 "$pinned" "$venv/requirements.txt" # the last: it says that all before has succeeded
}
