# Installs Python programs that tests need into the cache; sourced by ./dev.

install_venv() { # NAME REQUIREMENTS: anew when what is pinned has changed, or an earlier attempt was cut off
  local venv=$CACHE/$1 pinned=$2
  cmp -s "$pinned" "$venv/requirements.txt" && return
  say "installing $1"
  install_packages python3-venv
  as_root rm -rf "$venv"
  as_root /usr/bin/python3 -m venv "$venv" || return 1
  as_root env "PATH=$PATH" "HOME=$HOME" "$venv/bin/pip" install --quiet --no-deps --only-binary=:all: --requirement "$pinned" || return 1 # a caller may go on without
  as_root chmod -R go+rX "$venv"
  as_root install -m 0644 "$pinned" "$venv/requirements.txt" # the last: it says that all before has succeeded
}
