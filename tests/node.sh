# Installs JavaScript programs that tests need into the cache; sourced by ./dev.

install_node_modules() { # NAME FOLDER: what the folder pins, anew when that has changed or an earlier attempt was cut off; and its programs beside it
  local installed=$CACHE/$1 folder=$2
  if ! cmp -s "$folder/package-lock.json" "$installed/complete"; then
    say "installing $1"
    command -v npm >/dev/null || install_packages nodejs npm
    as_root rm -rf "$installed"
    as_root install -D -m 0644 -t "$installed" "$folder"/package{,-lock}.json
    as_root env "PATH=$PATH" "HOME=$HOME" npm ci --prefix "$installed" --ignore-scripts --no-audit --no-fund --loglevel=error || return 1
    as_root chmod -R go+rX "$installed"
    as_root install -m 0644 "$folder/package-lock.json" "$installed/complete" # the last: it says that all before has succeeded
  fi
  as_root install -m 0644 -t "$installed" "$folder"/*.mjs "$folder/tsconfig.json" # modules are looked for where a program lies
}
