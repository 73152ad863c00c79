#!/usr/bin/env bash
# The life of an installation, as a newcomer leads it: up, up again, doctor, down, with a real server and real microVMs under another name and
# port than a developer's own. Runs what ./dev test has built.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=../dev
source ./dev
build() { find_tools as_service; } # ./dev test has, and the directory of this test holds no sources

# One at a time on a host: another's traces would look like ours, and be removed.
exec 7>"${TMPDIR:-/tmp}/omnirun-dev-life-test.lock"
flock -n 7 || die "another test of the life of an installation runs"

readonly NAME=lifecycle DOCTOR=lifedoc
directory=$(mktemp -d)
chmod 0755 "$directory"
cd "$directory"
mkdir build
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export OMNIRUN_BIND=127.0.0.1:$port OMNIRUN_TEMPLATES=playground
use_instance $NAME

network_prefix() { echo "${NETWORK%%.0.0/*}."; }

traces() { # everything of this installation, its template builder and its doctor that the host knows
  local name
  for name in $NAME $DOCTOR; do
    pgrep -af "omnirun-$name|$SERVICE_HOME/$name" | grep -v "^$$ \|dev-life-test" || true
    find /sys/fs/cgroup -type d -path "*omnirun*$name*" 2>/dev/null || true
    grep "omnirun-$name\|$SERVICE_HOME/$name" /proc/mounts || true
    as_root nft list tables | grep "omnirun_$name" || true
    as_root find "$SERVICE_HOME" /run -maxdepth 1 \( -name "$name*" -o -name "omnirun-$name*" \)
  done
  ip -o route show | grep "^$(network_prefix)" || true
  ls -d build/dev.env build/server.pid "build/$NAME-launcher.pid" 2>/dev/null || true
  ss -Hltn "sport = :$port"
}

end() {
  (down) >/dev/null 2>&1 || true
  rm -rf "$directory"
}

failures=0
check() { # NAME COMMAND...
  local name=$1
  shift
  if "$@"; then
    echo "--- PASS: $name"
  else
    echo "--- FAIL: $name"
    failures=$((failures + 1))
  fi
}
run() { # NAME COMMAND...: its output in build/NAME.txt, and shown if it fails
  local name=$1 status
  shift
  set +e # not in a condition: there the shell would ignore what fails in its middle
  (set -e; "$@") >"build/$name.txt" 2>&1
  status=$?
  set -e
  ((status == 0)) || cat "build/$name.txt"
  check "$name" [ $status == 0 ]
}
says() { grep -qE "$2" "build/$1.txt"; }
server_answers() { (source build/dev.env && curl -fs -H "X-API-Key: $OMNIRUN_API_KEY" "$OMNIRUN_API_URL/sandboxes" >/dev/null); }
same_server() { [[ $(cat build/server.pid) == "$first" ]]; }
key_is_private() { [[ $(stat -c %a build/dev.env) == 600 ]]; }
nothing_is_left() {
  local left
  left=$(traces)
  [[ -z $left ]] || { echo "$left"; return 1; }
}

nothing_is_left || die "an earlier test was cut off: what it left is above, and nothing was done"
trap end EXIT
run firstUp up
first=$(cat build/server.pid)
check firstUpRunsPythonInAGuest says firstUp '499500 from Python in a microVM'
check firstUpNamesBothKernels says firstUp 'guest kernel: .+, host kernel: .+'
check firstUpLeavesAServerThatAnswers server_answers
check firstUpKeepsTheKeyPrivate key_is_private
run secondUp up
check secondUpKeepsTheServer same_server
check secondUpRunsPythonInAGuest says secondUp '499500 from Python in a microVM'
run doctor examine $DOCTOR
check doctorSaysThatThereIsInternet says doctor 'ok +internet'
check doctorNamesTheAccelerator says doctor '(TCG|KVM)'
check doctorKeepsTheServer server_answers
run down down
check downLeavesNothing nothing_is_left
exit $((failures > 0))
