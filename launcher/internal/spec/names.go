package spec

import (
	"regexp"

	"omnirun/launcher/internal/wire"
)

// Machine is the checked name of a machine: "m-" and 20 characters of [a-z0-9].
type Machine string

// Hash is the checked content hash that names a golden snapshot, a kernel or an image: 16 to 64 hexadecimal digits.
type Hash string

// Instance is the checked name of a launcher: 1 to 16 characters of [a-z0-9].
type Instance string

var (
	machinePattern  = regexp.MustCompile(`\Am-[a-z0-9]{20}\z`)
	hashPattern     = regexp.MustCompile(`\A[a-f0-9]{16,64}\z`)
	instancePattern = regexp.MustCompile(`\A[a-z0-9]{1,16}\z`)
)

// ParseMachine checks a machine's name.
func ParseMachine(name string) (Machine, error) {
	if !machinePattern.MatchString(name) {
		return "", wire.Fail(wire.InvalidSpec, "machine must be m- and 20 characters of [a-z0-9]")
	}
	return Machine(name), nil
}

// ParseInstance checks a launcher's name.
func ParseInstance(name string) (Instance, error) {
	if !instancePattern.MatchString(name) {
		return "", wire.Fail(wire.InvalidSpec, "instance must be 1 to 16 characters of [a-z0-9]")
	}
	return Instance(name), nil
}

func parseHash(field, name string) (Hash, error) {
	if !hashPattern.MatchString(name) {
		return "", wire.Fail(wire.InvalidSpec, "%s must be 16 to 64 hexadecimal digits in lower case", field)
	}
	return Hash(name), nil
}
