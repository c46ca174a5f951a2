package structure

import "odaq/internal/kernel/org"

// Events are the names under which other areas hear of each kind of event. The
// record is "org:ID"; a handler that needs more reads the organisation's history.
var Events = map[org.EventKind]string{
	org.Found:    "structure.founded",
	org.Admit:    "structure.admitted",
	org.Rename:   "structure.renamed",
	org.Move:     "structure.moved",
	org.Describe: "structure.described",
	org.Merge:    "structure.merged",
	org.Split:    "structure.split",
	org.Suspend:  "structure.suspended",
	org.Resume:   "structure.resumed",
	org.Leave:    "structure.left",
	org.Dissolve: "structure.dissolved",
}
