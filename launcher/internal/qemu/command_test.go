package qemu

import (
	"slices"
	"strings"
	"testing"

	"omnirun/launcher/internal/spec"
)

func size(accelerator spec.Accelerator, vcpus int64) spec.Size {
	return spec.Size{Accelerator: accelerator, VCPUs: vcpus, MemoryMib: 512}
}

// after gives every value of a repeated option, in order.
func after(arguments []string, option string) []string {
	var values []string
	for i, argument := range arguments {
		if argument == option {
			values = append(values, arguments[i+1])
		}
	}
	return values
}

func TestABootAndWhatIsLoadedHaveTheSameDevicesInTheSameOrder(t *testing.T) {
	boot := Machine{Start: Boot, Size: size(spec.TCG, 1), CommandLine: "quiet"}.Arguments()
	for _, start := range []Start{Clone, Resume} {
		loaded := Machine{Start: start, Size: size(spec.TCG, 1)}.Arguments()
		for _, option := range []string{"-device", "-machine", "-cpu", "-smp", "-m", "-accel", "-blockdev", "-serial", "-netdev"} {
			if !slices.Equal(after(boot, option), after(loaded, option)) {
				t.Errorf("%s differs:\n%v\n%v", option, after(boot, option), after(loaded, option))
			}
		}
	}
	devices := strings.Join(after(boot, "-device"), " ")
	if strings.Index(devices, "drive=base") > strings.Index(devices, "drive=own") {
		t.Error("the shared image is not the first disk")
	}
}

func TestAClonesMemoryIsPrivateAndItHasNoKernel(t *testing.T) {
	clone := Machine{Start: Clone, Size: size(spec.TCG, 1)}.Arguments()
	if memory := after(clone, "-object")[0]; memory != "memory-backend-file,id=ram,size=512M,mem-path=/proc/self/fd/9,share=off" {
		t.Error(memory)
	}
	if slices.Contains(clone, "-kernel") || !slices.Equal(after(clone, "-incoming"), []string{"defer"}) {
		t.Error(clone)
	}
}

func TestAResumedMachineHasMemoryOfItsOwnAndNoDescriptorForIt(t *testing.T) {
	resumed := Machine{Start: Resume, Size: size(spec.TCG, 1)}
	if memory := after(resumed.Arguments(), "-object")[0]; memory != "memory-backend-ram,id=ram,size=512M" {
		t.Error(memory)
	}
	if !slices.Equal(after(resumed.Arguments(), "-incoming"), []string{"defer"}) {
		t.Error(resumed.Arguments())
	}
	if descriptors := resumed.Descriptors(); slices.Contains(descriptors, RAMDescriptor) || !slices.Contains(descriptors, StateDescriptor) {
		t.Error(descriptors)
	}
}

func TestABootsMemoryIsSharedAndItsCommandLineIsOneArgument(t *testing.T) {
	boot := Machine{Start: Boot, Size: size(spec.TCG, 1), CommandLine: "console=ttyS0 -S -qmp x"}.Arguments()
	if !strings.HasSuffix(after(boot, "-object")[0], ",share=on") {
		t.Error(after(boot, "-object"))
	}
	if !slices.Equal(after(boot, "-append"), []string{"console=ttyS0 -S -qmp x"}) || slices.Contains(boot, "-S") {
		t.Error(boot)
	}
}

func TestAHostWithoutSpaceDoesNotStopAMachine(t *testing.T) {
	disks := 0
	for _, device := range after(Machine{Start: Clone, Size: size(spec.TCG, 1)}.Arguments(), "-device") {
		if !strings.HasPrefix(device, "virtio-blk-pci,") {
			continue
		}
		disks++
		if !strings.HasSuffix(device, ",werror=report,rerror=report") {
			t.Error(device)
		}
	}
	if disks != 2 {
		t.Errorf("%d disks", disks)
	}
}

func TestTheAcceleratorDecidesTheProcessor(t *testing.T) {
	for _, expectation := range []struct {
		size             spec.Size
		accelerator, cpu string
	}{
		{size(spec.TCG, 1), "tcg,thread=single,tb-size=128", "max,-erms,-la57"},
		{size(spec.TCG, 4), "tcg,thread=multi,tb-size=128", "max,-erms,-la57"},
		{size(spec.KVM, 2), "kvm", "host"},
	} {
		arguments := Machine{Start: Clone, Size: expectation.size}.Arguments()
		if after(arguments, "-accel")[0] != expectation.accelerator || after(arguments, "-cpu")[0] != expectation.cpu {
			t.Errorf("%+v: %v", expectation, arguments)
		}
	}
}

func TestEveryMachineRunsInQEMUsSystemCallFilter(t *testing.T) {
	for _, start := range []Start{Boot, Clone, Resume} {
		filter := after(Machine{Start: start, Size: size(spec.TCG, 1)}.Arguments(), "-sandbox")
		if !slices.Equal(filter, []string{"on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"}) {
			t.Error(filter)
		}
	}
}
