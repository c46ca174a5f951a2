package membership

import (
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
)

// ApplicationState is how far an application is.
type ApplicationState string

// The states of an application; a person decides, never the program.
const (
	Open     ApplicationState = "open"
	Admitted ApplicationState = "admitted"
	Refused  ApplicationState = "refused"
)

// Application is a request to be admitted to a primary organisation.
type Application struct {
	ID       id.ID
	Person   id.ID // the applicant's record; after admission the member's
	Org      id.ID
	Category string
	Day      cal.Day // when it was made
	State    ApplicationState
	Decided  cal.Day // cal.Forever while it is open
	Decision string  // number of the decision that admitted
	Reason   string  // of the refusal
	Account  id.ID   // who decided
	Made     cal.Instant
}

func decidedAlready() error { return fault.New(fault.Unready, "membership.application-decided") }
