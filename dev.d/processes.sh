# The parts of ./dev that start and end processes; sourced by it. A pid file alone proves nothing: after a crash or a reboot its number is a
# stranger's. So a process is ours if these words stand in its command line.

server_words() { echo "-cp $INSTALL/lib/* io.omnirun.app.Main serve --config $CONFIG"; }
launcher_words() { echo "$INSTALL/omnirun-launcher serve --socket $RUN/launcher.sock"; }

owned() { # FILE WORDS: prints the pid in the file if that process has these words
  local pid words
  [[ -f $1 && $(<"$1") =~ ^[1-9][0-9]*$ ]] || return 1
  pid=$(<"$1")
  mapfile -d '' -t words < <(as_root cat "/proc/$pid/cmdline" 2>/dev/null)
  [[ " ${words[*]} " == *" $2 "* ]] && echo "$pid"
}

end_process() { # FILE WORDS: asks our process to end and waits until it has; a stranger is left alone
  local pid
  if pid=$(owned "$1" "$2") && as_root kill "$pid" 2>/dev/null; then as_root tail --pid="$pid" -f /dev/null; fi
  rm -f "$1"
}

in_background() { # NAME COMMAND...: starts it as root, apart from this terminal; build/NAME.pid and build/NAME.log are its
  local name=$1
  shift
  rm -f "build/$name.pid"
  : >"build/$name.log" # at once: whoever reads it next must not read what another has said
  # shellcheck disable=SC2016 # the inner shell expands them
  as_root setsid sh -c 'echo $$ >"$0"; exec "$@"' "build/$name.pid" "$@" >>"build/$name.log" 2>&1 </dev/null &
}

start_launcher() { # restarts one whose binary has changed: the machines run on and are found again
  local pid
  if pid=$(owned build/$INSTANCE-launcher.pid "$(launcher_words)"); then
    as_root cmp -s "/proc/$pid/exe" "$INSTALL/omnirun-launcher" && return
    end_process build/$INSTANCE-launcher.pid "$(launcher_words)"
  fi
  as_root install -d -m 0755 $RUN
  # shellcheck disable=SC2206 # none is no word
  local network=()
  [[ $NETWORK == none ]] || network=(--network "$NETWORK")
  in_background $INSTANCE-launcher $(launcher_words) --run-dir $RUN/launcher --instance $INSTANCE --uid-base $UID_BASE --state-dir $STATE \
    --cache-dir $CACHE --server-uid "$(id -u $SERVICE_USER)" --server-gid "$(id -g $SERVICE_USER)" "${network[@]}"
  for _ in {1..100}; do # its word, not its socket, which one that was killed leaves behind
    grep -qs msg=serving build/$INSTANCE-launcher.log && return
    kill -0 $! 2>/dev/null || break
    sleep 0.05
  done
  die "the launcher did not start: $(tail -n 3 build/$INSTANCE-launcher.log)"
}

build_mark() { # names code and configuration in a server's command line, so that one of an older build is told by it
  echo "-Domnirun.build=$(as_root cat $INSTALL/hash $CONFIG | sha256sum | cut -c1-16)"
}

server_is_current() { owned build/server.pid "$(build_mark) $(server_words)" >/dev/null && curl -fs "$API/status" >/dev/null; }

start_server() {
  in_background server "${AS_SERVICE[@]}" "$JAVA_HOME/bin/java" "${SERVER_JVM[@]}" "$(build_mark)" \
    -cp "$INSTALL/lib/*" io.omnirun.app.Main serve --config $CONFIG --api-key-file $STATE/first.key
  for _ in {1..600}; do
    curl -fs "$API/status" | grep -q '"playground"' && break
    kill -0 $! 2>/dev/null || die "the server did not start: $(tail -n 5 build/server.log)"
    sleep 0.05
  done
  curl -fs "$API/status" | grep -q '"playground"' || die "the server has not made its template ready: $(tail -n 5 build/server.log)"
  printf 'OMNIRUN_API_URL=%s\nOMNIRUN_API_KEY=%s\n' "$API" "$(as_root cat $STATE/first.key)" >build/dev.env
  chmod 600 build/dev.env
}

end_server() { end_process build/server.pid "$(server_words)"; } # its sandboxes run on

stop_launcher() { # ends the launcher with every machine it started
  end_process build/$INSTANCE-launcher.pid "$(launcher_words)"
  as_root "$INSTALL/omnirun-launcher" sweep --instance $INSTANCE --run-dir $RUN/launcher
  as_root rm -rf $RUN
}
