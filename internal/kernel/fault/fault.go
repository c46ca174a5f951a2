// Package fault has the errors that people see. A fault says its kind, a
// message key with arguments (the language is chosen at the edge), which
// fields are wrong, and keeps its cause for the log. An error that is no
// fault is Internal: shown as a reference number, logged whole.
package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Kind decides the HTTP status and the CLI's exit code.
type Kind int

// The kinds.
const (
	Internal    Kind = iota // a defect or an unknown error: 500
	Invalid                 // the input breaks a rule: 422
	Denied                  // the actor may see the record but not do this: 403
	NotFound                // absent, or not visible to the actor: 404
	Conflict                // somebody changed it meanwhile, or it exists: 409
	Unready                 // the record is not in the state for this: 409
	Limited                 // too often: 429
	Unavailable             // a part we need does not answer: 503
	TooBig                  // more bytes than the limit: 413
)

var names = [...]string{"internal", "invalid", "denied", "not-found", "conflict", "unready", "limited", "unavailable", "too-big"}
var statuses = [...]int{500, 422, 403, 404, 409, 409, 429, 503, 413}
var exits = [...]int{70, 65, 77, 66, 73, 73, 75, 69, 65} // sysexits(3)

// String is the kind's name as the API writes it.
func (k Kind) String() string { return names[k] }

// Status is the HTTP status of the kind.
func (k Kind) Status() int { return statuses[k] }

// Exit is the exit code of the kind for commands, after sysexits(3).
func (k Kind) Exit() int { return exits[k] }

// Args are the values of a message. They must never hold a national ID.
type Args map[string]any

// Field is what is wrong with one field of the input.
type Field struct {
	Name string // as in the form and the JSON body
	Key  string
	Args Args
}

// Fault is an error with words.
type Fault struct {
	Kind   Kind
	Key    string
	Args   Args
	Fields []Field
	Cause  error
}

// New makes a fault; pairs are the message's arguments: "Max", 10, "Name", n.
func New(kind Kind, key string, pairs ...any) *Fault {
	return &Fault{Kind: kind, Key: key, Args: args(pairs)}
}

// In adds a wrong field and returns f, so that checks read as a chain.
func (f *Fault) In(field, key string, pairs ...any) *Fault {
	f.Fields = append(f.Fields, Field{Name: field, Key: key, Args: args(pairs)})
	return f
}

// Because keeps the cause and returns f.
func (f *Fault) Because(cause error) *Fault {
	f.Cause = cause
	return f
}

// OrNil is f when a field is wrong and nil otherwise: the end of a check.
func (f *Fault) OrNil() error {
	if len(f.Fields) == 0 {
		return nil
	}
	return f
}

// Error is for the log; people read the translated message.
func (f *Fault) Error() string {
	var b strings.Builder
	b.WriteString(f.Kind.String() + ": " + f.Key)
	for _, fd := range f.Fields {
		fmt.Fprintf(&b, "; %s: %s", fd.Name, fd.Key)
	}
	if f.Cause != nil {
		b.WriteString(": " + f.Cause.Error())
	}
	return b.String()
}

// Unwrap gives the cause.
func (f *Fault) Unwrap() error { return f.Cause }

// Of finds the fault in err; any other error is Internal.
func Of(err error) *Fault {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*Fault](err); ok {
		return f
	}
	return &Fault{Kind: Internal, Key: "fault.internal", Cause: err}
}

// Is reports whether err is a fault of the kind.
func Is(err error, kind Kind) bool { return err != nil && Of(err).Kind == kind }

// Check starts the collection of wrong fields of one input.
func Check() *Fault { return New(Invalid, "fault.invalid") }

// Absent is the answer for what does not exist or may not be seen.
func Absent() *Fault { return New(NotFound, "fault.not-found") }

func args(pairs []any) Args {
	if len(pairs) == 0 {
		return nil
	}
	if len(pairs)%2 != 0 {
		panic("fault: odd number of message arguments")
	}
	m := make(Args, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1]
	}
	return m
}
