#!/usr/bin/env bash
# Tests of ./dev: each in a shell and a directory of its own, with processes of its own. Needs the service user, which ./dev test makes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly REPOSITORY=$PWD

lives() { kill -0 "$1" 2>/dev/null && [[ $(ps -o stat= -p "$1") != Z* ]]; }
start() { # PROGRAM WORDS...: a bash with these words in its command line, which waits until it is killed; sets $started
  "$@" &
  started=$!
  read -r _ <&8 # it has begun, so its command line is its own
}
start_words() { start bash -c "$(<serve)" "$@"; }

testStrangerOfAStalePidFileLivesOn() {
  start_words something else
  echo "$started" >build/server.pid
  end_server
  lives "$started" && [[ ! -e build/server.pid ]]
}

testStrangerIsNotTakenForTheRunningServer() {
  start_words something else
  echo "$started" >build/server.pid
  ! owned build/server.pid "$(server_words)"
}

testDamagedPidFilesNameNobody() {
  local content
  for content in '' x -1 0 '1 2' $'1\n2' '$(id)'; do
    printf '%s' "$content" >build/server.pid
    ! owned build/server.pid "" || return 1
  done
  ! owned build/missing.pid ""
}

testOurOwnServerIsEndedAndWaitedFor() {
  # shellcheck disable=SC2046
  start_words java $(server_words) --api-key-file x
  echo "$started" >build/server.pid
  [[ $(owned build/server.pid "$(server_words)") == "$started" ]]
  end_server
  ! lives "$started" && [[ ! -e build/server.pid ]]
}

testServerOfAnotherInstanceIsAStranger() {
  # shellcheck disable=SC2046
  start_words java $(server_words)
  echo "$started" >build/server.pid
  use_instance another
  end_server
  lives "$started"
}

testServerIsCurrentUntilCodeOrConfigurationChanges() {
  curl() { true; } # it would answer
  API=unused
  # shellcheck disable=SC2046
  start_words java $(build_mark) $(server_words)
  echo "$started" >build/server.pid
  server_is_current
  echo other >"$INSTALL/hash"
  ! server_is_current || return 1
  echo code >"$INSTALL/hash"
  server_is_current
  echo http.bind=other >"$CONFIG"
  ! server_is_current
}

testLauncherIsRestartedWhenItsBinaryChanged() {
  local words
  in_background() { echo "$@" >build/started; echo msg=serving >"build/$1.log"; } # starts nothing
  cp /bin/bash "$INSTALL/omnirun-launcher"
  read -ra words <<<"$(launcher_words)"
  start "${words[@]}" # a bash that runs the script "serve"
  echo "$started" >"build/$INSTANCE-launcher.pid"
  start_launcher
  lives "$started"
  [[ ! -e build/started ]]
  cp /bin/cat "$INSTALL/new" && mv "$INSTALL/new" "$INSTALL/omnirun-launcher"
  start_launcher
  ! lives "$started" && [[ $(<build/started) == *"$(launcher_words) --run-dir"* ]]
}

testStaleLauncherPidDoesNotKeepALauncherFromStarting() {
  in_background() { echo "$@" >build/started; echo msg=serving >"build/$1.log"; } # starts nothing
  start_words something else
  echo "$started" >"build/$INSTANCE-launcher.pid"
  start_launcher
  lives "$started" && [[ -e build/started ]]
}

testWhatRunsInTheBackgroundLeavesItsPidAndLog() {
  in_background thing bash -c 'echo said; read -r _ <&9'
  until grep -qs said build/thing.log; do kill -0 $! || return 1; done
  started=$(owned build/thing.pid "bash -c")
  lives "$started"
  end_process build/thing.pid "bash -c"
  ! lives "$started"
}

make_jdk() { # DIRECTORY: programs that call themselves a JDK 25
  mkdir -p "$1/bin"
  printf '#!/bin/sh\necho javac 25.0.1\n' >"$1/bin/javac"
  printf '#!/bin/sh\necho java 25.0.1\n' >"$1/bin/java"
  chmod +x "$1"/bin/*
}

testJdkInAClosedHomeIsSkippedWithTheReason() {
  local said
  make_jdk home/jdk-25
  chmod 0700 home
  said=$(JAVA_HOME=$PWD/home/jdk-25 && find_tools as_service 2>&1 >/dev/null && [[ $JAVA_HOME != "$PWD"/* ]])
  [[ $said == *"skipped the JDK in $PWD/home/jdk-25: omnirun cannot run it ("*"ermission denied)"* ]]
}

testJdkThatTheServiceUserCanRunIsTaken() {
  make_jdk open/jdk-25
  JAVA_HOME=$PWD/open/jdk-25
  find_tools as_service
  [[ $JAVA_HOME == "$PWD/open/jdk-25" ]]
}

testDoctorInstallsNothingAndNamesWhatIsMissing() {
  local said
  missing_packages() { printf '%s\n' one two; }
  find_tools() { true; }
  compile() { true; }
  as_root() { echo "as root: $*"; }
  make_jdk jdk
  JAVA_HOME=$PWD/jdk
  said=$(examine 2>&1) && return 1
  [[ $said == *"packages are missing: one two"* && $said != *"as root"* ]]
}

run() { # TEST: in a subshell, from a directory where everything of ./dev's is the test's own
  (
    # shellcheck source=../dev
    source "$REPOSITORY/dev"
    cd "$1"
    INSTALL=$PWD/install
    use_instance "t$$"
    STATE=$PWD/state RUN=$PWD/run CONFIG=$PWD/state/server.properties
    mkdir -p build install state run
    echo code >"$INSTALL/hash"
    echo configuration >"$CONFIG"
    mkfifo hold ready
    exec 9<>hold 8<>ready
    echo 'echo >&8; read -r _ <&9' >serve
    trap 'kill -9 $(jobs -p) 2>/dev/null || true' EXIT
    set -e
    "$2"
  )
}

failures=0
for test in $(compgen -A function | grep '^test'); do
  directory=$(mktemp -d)
  chmod 0755 "$directory"
  # Not in a condition: there the shell would ignore the failures of a test's single lines.
  set +e
  run "$directory" "$test" >"$directory/output" 2>&1
  status=$?
  set -e
  if ((status == 0)); then
    echo "--- PASS: $test"
  else
    printf -- '--- FAIL: %s\n' "$test"
    cat "$directory/output"
    failures=$((failures + 1))
  fi
  rm -rf "$directory"
done
exit $((failures > 0))
