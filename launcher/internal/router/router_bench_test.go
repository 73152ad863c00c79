package router

import (
	"fmt"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"
)

// networksOfPolicy is more than policies usually have.
const networksOfPolicy = 10

// BenchmarkPlugBesideOthers shows whether a link costs more the more guests have one.
func BenchmarkPlugBesideOthers(b *testing.B) {
	for _, others := range []int{0, 100, 1000, 4000} {
		b.Run(fmt.Sprintf("others=%d", others), func(b *testing.B) {
			w := newWorld(b)
			for slot := range others {
				w.must(w.router.setPolicy(slot+10, policyOf(slot), nil))
			}
			guest := w.machine(6)
			pidfd, err := unix.PidfdOpen(guest.vmm.Process.Pid, 0)
			w.must(err)
			defer unix.Close(pidfd)
			for b.Loop() {
				_, err := w.router.Plug(guest.slot, pidfd, policyOf(guest.slot), nil)
				w.must(err)
				b.StopTimer()
				w.must(w.router.Unplug(guest.slot))
				b.StartTimer()
			}
		})
	}
}

func policyOf(slot int) Policy {
	var policy Policy
	for i := range networksOfPolicy {
		policy.Allowed = append(policy.Allowed, netip.PrefixFrom(address(0x0b000000+uint32(slot*networksOfPolicy+i)<<8), 24))
	}
	return policy
}
