package jail

import (
	"encoding/binary"
	"testing"

	"golang.org/x/sys/unix"
)

var program = image{path: 0x1234_5678_9abc, arguments: 0x2345_6789_abc8}

// judge runs a filter as the kernel does, as far as filters here go.
func judge(t *testing.T, f filter, architecture, number uint32, arguments ...uint64) uint32 {
	t.Helper()
	data := make([]byte, 64)
	binary.LittleEndian.PutUint32(data[callOffset:], number)
	binary.LittleEndian.PutUint32(data[architectureOffset:], architecture)
	for i, argument := range arguments {
		binary.LittleEndian.PutUint64(data[argumentsOffset+argumentBytes*i:], argument)
	}
	var loaded uint32
	for at := 0; at < len(f); at++ {
		step := f[at]
		if step.Code == unix.BPF_LD|unix.BPF_W|unix.BPF_ABS {
			loaded = binary.LittleEndian.Uint32(data[step.K:])
			continue
		}
		if step.Code == unix.BPF_RET|unix.BPF_K {
			return step.K
		}
		passes := map[uint16]bool{unix.BPF_JEQ: loaded == step.K, unix.BPF_JGE: loaded >= step.K, unix.BPF_JSET: loaded&step.K != 0}
		if passes[step.Code&0xf0] {
			at += int(step.Jt)
		} else {
			at += int(step.Jf)
		}
	}
	t.Fatal("the filter has no end")
	return 0
}

func TestAVMMsCallsAreJudgedByNumberAndArguments(t *testing.T) {
	const here, allowed = unix.AUDIT_ARCH_X86_64, uint32(unix.SECCOMP_RET_ALLOW)
	const thread = unix.CLONE_VM | unix.CLONE_FS | unix.CLONE_FILES | unix.CLONE_SIGHAND | unix.CLONE_THREAD
	const upper = 1 << 32
	for name, expectation := range map[string]struct {
		architecture, number uint32
		arguments            []uint64
		want                 uint32
	}{
		"read":                          {here, unix.SYS_READ, nil, allowed},
		"ptrace":                        {here, unix.SYS_PTRACE, nil, refused},
		"a call that is not yet there":  {here, 9999, nil, refused},
		"read of the 32-bit interface":  {unix.AUDIT_ARCH_I386, 3, nil, refused},
		"read by a 32-bit number":       {unix.AUDIT_ARCH_I386, unix.SYS_READ, nil, refused},
		"read of x32":                   {here, x32Calls | unix.SYS_READ, nil, refused},
		"a thread":                      {here, unix.SYS_CLONE, []uint64{thread}, allowed},
		"a process":                     {here, unix.SYS_CLONE, []uint64{unix.CLONE_VM | uint64(unix.SIGCHLD)}, refused},
		"a thread in a namespace":       {here, unix.SYS_CLONE, []uint64{thread | unix.CLONE_NEWNET}, refused},
		"clone3":                        {here, unix.SYS_CLONE3, nil, refused},
		"a unix socket":                 {here, unix.SYS_SOCKET, []uint64{unix.AF_UNIX}, allowed},
		"an IP socket":                  {here, unix.SYS_SOCKET, []uint64{unix.AF_INET}, refused},
		"a pair of IP sockets":          {here, unix.SYS_SOCKETPAIR, []uint64{unix.AF_INET}, refused},
		"reading a limit":               {here, unix.SYS_PRLIMIT64, []uint64{0, 7, 0, 1}, allowed},
		"setting a limit":               {here, unix.SYS_PRLIMIT64, []uint64{0, 7, 1, 0}, refused},
		"setting a limit from far":      {here, unix.SYS_PRLIMIT64, []uint64{0, 7, upper, 0}, refused},
		"the VMM":                       {here, unix.SYS_EXECVE, []uint64{uint64(program.path), uint64(program.arguments)}, allowed},
		"another program":               {here, unix.SYS_EXECVE, []uint64{uint64(program.path) + 1, uint64(program.arguments)}, refused},
		"the VMM with other arguments":  {here, unix.SYS_EXECVE, []uint64{uint64(program.path), uint64(program.arguments) + 8}, refused},
		"a program at a far address":    {here, unix.SYS_EXECVE, []uint64{uint64(program.path) ^ upper, uint64(program.arguments)}, refused},
		"a program by a descriptor":     {here, unix.SYS_EXECVEAT, []uint64{0, uint64(program.path), uint64(program.arguments)}, refused},
		"a socket with a large number":  {here, unix.SYS_SOCKET, []uint64{unix.AF_UNIX | upper}, refused},
		"memory that may be executed":   {here, unix.SYS_MMAP, []uint64{0, 4096, unix.PROT_READ | unix.PROT_EXEC}, allowed},
		"a filter on top of this":       {here, unix.SYS_SECCOMP, []uint64{unix.SECCOMP_SET_MODE_FILTER}, allowed},
		"who listens to other filters":  {here, unix.SYS_PIDFD_GETFD, nil, refused},
		"a file of another's by handle": {here, unix.SYS_OPEN_BY_HANDLE_AT, nil, refused},
	} {
		if got := judge(t, vmmFilter(program), expectation.architecture, expectation.number, expectation.arguments...); got != expectation.want {
			t.Errorf("%s: %#x, want %#x", name, got, expectation.want)
		}
	}
}

func TestTheFilterIsNotLongerThanTheKernelTakes(t *testing.T) {
	for _, each := range []filter{vmmFilter(program), jailerFilter()} {
		if length := len(each); length > unix.BPF_MAXINSNS {
			t.Errorf("it has %d steps", length)
		}
	}
}

func TestArgumentsAreNeverWhereTheyWereBefore(t *testing.T) {
	seen := make(map[uintptr]bool)
	for range 50 {
		made, err := newImage("/program", []string{"program", "argument"})
		if err != nil {
			t.Fatal(err)
		}
		for _, address := range []uintptr{made.path, made.arguments} {
			if seen[address] || address < lowestAddress || address >= lowestAddress+1<<addressBits || address%pointerBytes != 0 {
				t.Errorf("the address %#x", address)
			}
			seen[address] = true
		}
	}
}
