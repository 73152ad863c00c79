package wire

import "encoding/json"

// MaxRequestBytes bounds a request's line without its newline. The largest one, a policy with full lists, is half of
// it.
const MaxRequestBytes = 256 * 1024

// MaxAnswerBytes bounds an answer's line without its newline: a list of as many machines as a launcher has uids for, 4,096, fits.
const MaxAnswerBytes = 1024 * 1024

// maxMessageBytes bounds the text of an error, so that an answer can never outgrow a line.
const maxMessageBytes = 2 * 1024

// Request is one line from the server. Spec is decoded a second time, for the verb that it belongs to.
type Request struct {
	ID   uint64          `json:"id"`
	Verb string          `json:"verb"`
	Spec json.RawMessage `json:"spec"`
}

// Problem is a Failure as it travels.
type Problem struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
}

type success struct {
	ID uint64 `json:"id"`
	OK any    `json:"ok"`
}

type refusal struct {
	ID    uint64  `json:"id"`
	Error Problem `json:"error"`
}

// Exited is an event: a machine's VMM has ended, and its cgroup and record are gone.
type Exited struct {
	Event   string `json:"event"`
	Machine string `json:"machine"`
	// ExitCode and Signal are 0 unless StatusKnown: only a parent learns them, and a restarted launcher is nobody's parent.
	ExitCode    int  `json:"exitCode"`
	Signal      int  `json:"signal"`
	StatusKnown bool `json:"statusKnown"`
	OOMKilled   bool `json:"oomKilled"`
}

// FlowOpened is an event: a guest has begun to send somewhere through the router.
type FlowOpened struct {
	Event    string `json:"event"`
	Machine  string `json:"machine"`
	Flow     uint32 `json:"flow"` // the number under which its end is told
	Protocol string `json:"protocol"`
	Address  string `json:"address"`
	Port     uint16 `json:"port"`
}

// FlowEnded is an event: a flow whose beginning was told is over.
type FlowEnded struct {
	Event     string `json:"event"`
	Machine   string `json:"machine"`
	Flow      uint32 `json:"flow"`
	BytesUp   uint64 `json:"bytesUp"`
	BytesDown uint64 `json:"bytesDown"`
}

// FlowBlocked is an event: a guest wanted to send somewhere and may not.
type FlowBlocked struct {
	Event    string `json:"event"`
	Machine  string `json:"machine"`
	Protocol string `json:"protocol"`
	Address  string `json:"address"`
	Port     uint16 `json:"port"`
	Reason   string `json:"reason"`
}

// MoreFlows is an event: so many more flows began, and packets were dropped, than was told one by one since the last such event.
type MoreFlows struct {
	Event   string `json:"event"`
	Machine string `json:"machine"`
	Opened  uint64 `json:"opened"`
	Blocked uint64 `json:"blocked"`
}

// Empty is the spec or the answer of verbs that have nothing to say.
type Empty struct{}

// Success encodes an answer as a line with its newline.
func Success(id uint64, answer any) ([]byte, error) { return line(success{ID: id, OK: answer}) }

// Refusal encodes an error as a line with its newline. The text is cut at a bound, for causes may quote what the kernel was asked.
func Refusal(id uint64, failure *Failure) ([]byte, error) {
	text := failure.Error()
	if len(text) > maxMessageBytes {
		text = text[:maxMessageBytes]
	}
	return line(refusal{ID: id, Error: Problem{Code: failure.Code, Message: text}})
}

// EventLine encodes an event as a line with its newline.
func EventLine(event any) ([]byte, error) { return line(event) }

func line(document any) ([]byte, error) {
	encoded, err := json.Marshal(document)
	if err != nil {
		return nil, Wrap(Internal, err, "the answer cannot be encoded")
	}
	if len(encoded) > MaxAnswerBytes {
		return nil, Fail(Internal, "the answer is longer than a line of %d bytes", MaxAnswerBytes)
	}
	return append(encoded, '\n'), nil
}
