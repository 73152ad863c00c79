package process

import "omnirun/agent/internal/spool"

// Output is the newest output of a process. With a terminal there is only Stdout.
type Output struct {
	Stdout, Stderr []byte
	// Truncated: what was written before is missing.
	StdoutTruncated, StderrTruncated bool
}

// ReadOutput returns at most limit of the newest bytes of each stream, in memory as a whole.
func (p *Process) ReadOutput(limit int64) (output Output, err error) {
	output.Stdout, output.StdoutTruncated, err = readNewest(p.stdout, limit)
	if err != nil || p.stderr == nil {
		return output, err
	}
	output.Stderr, output.StderrTruncated, err = readNewest(p.stderr, limit)
	return output, err
}

func readNewest(from *spool.Spool, limit int64) (data []byte, truncated bool, err error) {
	data, first, err := from.ReadNewest(limit)
	return data, first > 0, err
}
