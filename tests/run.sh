# The parts of ./dev that examine, test, measure and generate; sourced by it.

source tests/venv.sh
source tests/node.sh

count_tests() { # prints "N passed, N failed" of the logs of ./dev, Go, Python and fuzzing and of all Surefire reports that are newer than the start
  local passed=0 failed=0 report tests errors
  passed=$(cat build/{dev-test,dev-life-test,go-test,python-test,fuzz}.log | grep -c '^ *--- PASS' || true)
  failed=$(cat build/{dev-test,dev-life-test,go-test,python-test,fuzz}.log | grep -cE '^ *--- FAIL|^panic: test timed out' || true)
  while read -r report; do
    tests=$(grep -oPm1 '<testsuite [^>]*\btests="\K[0-9]+' "$report")
    errors=$(grep -oPm1 '<testsuite [^>]*\berrors="\K[0-9]+' "$report")
    errors=$((errors + $(grep -oPm1 '<testsuite [^>]*\bfailures="\K[0-9]+' "$report")))
    passed=$((passed + tests - errors - $(grep -oPm1 '<testsuite [^>]*\bskipped="\K[0-9]+' "$report")))
    failed=$((failed + errors))
  done < <(find . -path '*/surefire-reports/TEST-*.xml' -newer build/test-started)
  echo "$passed passed, $failed failed"
}

test_dev() {
  say "this script itself"
  bash tests/dev-test.sh >build/dev-test.log 2>&1 || { cat build/dev-test.log; return 1; }
}

test_go() {
  say "Go: format, vet, tests with the race detector"
  install_packages gcc libc6-dev
  [[ -z $(gofmt -l agent launcher server/testkit/src/main/go) ]] || die "not formatted: $(gofmt -l agent launcher server/testkit/src/main/go | tr '\n' ' '); run ./dev fmt"
  go vet ./agent/... ./launcher/... ./server/testkit/src/main/go/... || return 1
  CGO_ENABLED=1 as_root env "PATH=$PATH" "HOME=$HOME" CGO_ENABLED=1 go test -race -v -timeout 8m ./agent/... ./launcher/... >build/go-test.log 2>&1 ||
    { grep -E '^ *--- FAIL|^FAIL|panic:|_test.go' build/go-test.log | tail -n 60; return 1; }
}

readonly PYTHON_TEST_PACKAGES=(nodejs python3-ipykernel python3-jupyter-client python3-matplotlib python3-numpy python3-tornado)

test_python() { # against Debian's packages, as in the templates, with real kernels
  say "the interpreter: format, types, tests with real kernels"
  install_packages "${PYTHON_TEST_PACKAGES[@]}"
  install_venv python-checks interpreter/requirements.txt
  (
    cd interpreter
    export PATH=$CACHE/python-checks/bin:$PATH PYTHONDONTWRITEBYTECODE=1
    ruff check --quiet --no-cache . && ruff format --quiet --no-cache --check . && mypy --no-error-summary --cache-dir=/dev/null || exit 1
    /usr/bin/python3 -m tests.run
  ) >build/python-test.log 2>&1 || { grep -v '^--- PASS' build/python-test.log | tail -n 60; return 1; }
}

install_llm_clients() {
  install_venv llm-clients-python tests/llm-clients/python/requirements.txt
  install_node_modules llm-clients-node tests/llm-clients/node
}

test_llm_clients() { # the tests of the servers run them
  say "the programs with OpenAI's clients: format, types"
  install_llm_clients
  (
    export PATH=$CACHE/llm-clients-python/bin:$PATH
    "$CACHE/llm-clients-node/node_modules/.bin/tsc" -p "$CACHE/llm-clients-node" || exit 1
    cd tests/llm-clients/python
    ruff check --quiet --no-cache . && ruff format --quiet --no-cache --check . && mypy --no-error-summary --cache-dir=/dev/null
  )
}

maven_as_root() { # tests start launchers, which are root's, and servers, which are not
  as_root env ${JAZZER_FUZZ:+JAZZER_FUZZ=1} "PATH=$PATH" "HOME=$HOME" "JAVA_HOME=$JAVA_HOME" "MAVEN_OPTS=$MAVEN_OPTS" mvn -q -B -fae "$@"
}

go_fuzz_functions() { grep -rH '^func Fuzz' --include='*_test.go' agent launcher | sed -E 's|/[^/:]*:func (Fuzz[A-Za-z0-9_]*).*| \1|'; } # package and name

java_fuzz_methods() { # module, class and method of each @FuzzTest
  local file
  grep -rl '@FuzzTest' --include='*.java' server | while read -r file; do
    sed -nE '/^ *@FuzzTest/,/void/ s/.*void ([A-Za-z0-9_]+)\(.*/\1/p' "$file" | sed "s|^|${file%%/src/*} $(basename "$file" .java) |"
  done
}

fuzz() { # NAME COMMAND...: runs one for its 60 seconds; one that runs no input has failed, too
  local name=$1 result=PASS reached
  shift
  "$@" >build/fuzz-output.log 2>&1 </dev/null || result=FAIL
  reached=$(grep -oE 'elapsed: [0-9hms]+, execs: [0-9]+|Done [0-9]+ runs in [0-9]+ second' build/fuzz-output.log | tail -n 1) || result=FAIL
  [[ $result == PASS ]] || tail -n 60 build/fuzz-output.log
  echo "--- $result: fuzz $name (budget 60 s; ${reached:-nothing was run})" | tee -a build/fuzz.log
  [[ $result == PASS ]]
}

test_fuzz() { # one by one: neither Go nor Jazzer fuzzes two in a process; Jazzer's budget stands in its annotations
  say "fuzzing"
  local status=0 place class name
  while read -r place name; do
    fuzz "$name" go test -run='^$' "-fuzz=^$name\$" -fuzztime=60s "./$place" || status=1
  done < <(go_fuzz_functions)
  while read -r place class name; do
    JAZZER_FUZZ=1 fuzz "$class.$name" maven_as_root test -DdisableXmlReport=true -pl "$place" "-Dtest=$class#$name" || status=1
  done < <(java_fuzz_methods)
  return $status
}

test_vm() {
  say "templates"
  prepare_templates build "${OMNIRUN_TEMPLATES:-base,playground}" || return 1
  local status=0
  [[ $groups ]] || install_venv schemathesis tests/schemathesis/requirements.txt
  install_llm_clients
  say "up, up again, doctor, down"
  bash tests/dev-life-test.sh >build/dev-life-test.log 2>&1 || { cat build/dev-life-test.log; status=1; }
  say "end to end, with real microVMs"
  maven_as_root install -DexcludedTestGroups=$groups -pl tests/e2e,bench || status=1
  return $status
}

run_tests() { # all of them, or with "vm" only those with microVMs
  local groups=long status=0 started
  [[ ${*} == *--long* ]] && groups=
  started=$(date +%s%3N)
  build
  touch build/test-started
  : >build/dev-test.log
  : >build/dev-life-test.log
  : >build/go-test.log
  : >build/python-test.log
  : >build/fuzz.log
  if [[ ${1:-} != vm ]]; then
    test_dev || status=1
    test_go || status=1
    test_python || status=1
    test_llm_clients || status=1
    say "the server's own tests"
    maven_as_root spotless:check install -DexcludedTestGroups=$groups -pl '!tests/e2e,!bench' || status=1
    [[ $groups ]] || test_fuzz || status=1
  fi
  test_vm || status=1
  say "tests took $((($(date +%s%3N) - started) / 1000)) s"
  count_tests
  return $status
}

prepare_templates() { # INSTANCE TEMPLATES: builds what is missing of them, beside whatever server runs
  (
    OMNIRUN_TEMPLATES=$2
    use_instance "$1"
    trap 'stop_launcher; as_root rm -rf $STATE' EXIT
    write_config && start_launcher && omnirun build --config $CONFIG
  )
}

examine() { # [INSTANCE]: what this host can do; installs no package, so that it can say which are missing
  local missing
  missing=$(missing_packages "${PACKAGES[@]}" | paste -sd' ')
  if [[ $missing ]]; then
    find_tools
    compile
    "$JAVA_HOME/bin/java" -cp "server/app/target/lib/*:server/app/target/classes" io.omnirun.app.Main doctor || true
    die "packages are missing: $missing; ./dev up installs them"
  fi
  build
  (
    use_instance "${1:-doctor}" # beside whatever server runs: with a launcher of its own it can run a guest under KVM
    trap 'stop_launcher; as_root rm -rf $STATE' EXIT
    write_config && start_launcher && omnirun doctor --probe --config $CONFIG
  )
}

install_litellm() { # a benchmark needs it that does without where it cannot be had
  install_venv litellm bench/litellm-requirements.txt 2>&1 | tee build/litellm-install.log || true
}

run_bench() {
  build
  [[ $# -gt 0 && " $* " != *" llm-gateway "* ]] || install_litellm
  prepare_templates build "${OMNIRUN_TEMPLATES:-base,playground}"
  mvn -q -B -Dmaven.test.skip=true install -pl bench -am
  as_root env "PATH=$PATH" "JAVA_HOME=$JAVA_HOME" "$JAVA_HOME/bin/java" -cp "bench/target/classes:bench/target/lib/*" \
    --enable-native-access=ALL-UNNAMED io.omnirun.bench.Bench "$@"
}

generate() { # the generated Go code is committed, so that a build needs no protoc
  install_packages protobuf-compiler libprotobuf-dev
  GOBIN=$ROOT/build/bin go install google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12
  GOBIN=$ROOT/build/bin go install connectrpc.com/connect/cmd/protoc-gen-connect-go@v1.21.1
  PATH=$ROOT/build/bin:$PATH protoc -I api/proto --go_out=. --go_opt=module=omnirun --connect-go_out=. \
    --connect-go_opt=module=omnirun $(cd api/proto && find . -name '*.proto' -printf '%P ')
}
