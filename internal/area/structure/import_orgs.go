package structure

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"odaq/internal/kernel/act"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/event"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/ref"
	"odaq/internal/kernel/search"
)

// orgColumns are the columns of a file of organisations, with the names they
// may bear.
var orgColumns = map[string][]string{
	"kind": {"kind"}, "parent": {"parent"}, "territory": {"territory", "region"}, "place": {"place", "kato"}, "activity": {"activity", "oked"},
	"day": {"founded", "day", "founded_day"}, "decision": {"decision"}, "bin": {"bin"}, "registration": {"registration"}, "address": {"address"}, "employer": {"employer"},
}

// maxWrong is how many wrong cells a refused file is told.
const maxWrong = 100

// ImportOrganisations founds the organisations of a CSV or XLSX file: kind,
// name_kk, name_ru, name_en, parent, territory, place, activity, founded,
// decision, bin, registration, address, employer. A parent is an identifier, a
// BIN, "federation" or a name, of an organisation in the register or anywhere
// in the file; without one an organisation belongs to nobody yet. Every row is
// checked as Found does it. All rows enter or none: a refusal is a fault whose
// fields are named line:column. It returns how many were founded.
func (a *Area) ImportOrganisations(ctx context.Context, r io.Reader) (int, error) {
	t, err := openTable(r, columns(orgColumns), "kind", "name_kk", "day", "decision")
	if err != nil {
		return 0, err
	}
	in := newcomers{wrong: fault.New(fault.Invalid, "structure.import.wrong"), byName: map[string][]id.ID{}}
	for r, err := range t.rows() {
		if err != nil {
			return 0, err
		}
		in.add(a, r)
	}
	top, err := org.Top(ctx, a.desk.DB.Read(), a.desk.Today())
	if err != nil && !fault.Is(err, fault.NotFound) {
		return 0, err
	}
	return act.Do(ctx, a.desk, act.Request{Action: Found, Org: top.Org, Reason: "organisations", Input: t.sum}, func(tx *act.Tx) (int, error) {
		if err := takeTurn(ctx, tx.Tx); err != nil {
			return 0, err
		}
		if err := in.settle(ctx, a, tx, top.Org); err != nil {
			return 0, err
		}
		events := make([]org.Event, len(in.all))
		for i, n := range in.all {
			events[i] = org.Event{ID: id.New(), Org: n.org, Kind: org.Found, Day: n.Day, Decision: strings.TrimSpace(n.Decision), Detail: n.detail(), Account: tx.Actor.Account, Made: tx.Now}
			events[i].Detail.Names = trimmed(n.Names)
		}
		err := org.Load(ctx, tx.Tx, events)
		if refused, ok := errors.AsType[*org.Refused](err); ok {
			i := slices.IndexFunc(in.all, func(n newcomer) bool { return n.org == refused.Org })
			f := fault.Of(refused.Err)
			in.wrong.In(in.all[i].row.cell("parent"), f.Key, pairs(f.Args)...)
			return 0, in.refusal()
		}
		if err != nil {
			return 0, err
		}
		for _, e := range events {
			tx.Emit(event.Event{Name: Events[org.Found], Record: ref.To("org", e.Org), Org: e.Org, Day: e.Day})
		}
		tx.Changed(ref.To("import", id.New()), nil, map[string]any{"organisations": len(events)})
		return len(events), nil
	})
}

// newcomers are the organisations of a file.
type newcomers struct {
	all    []newcomer
	byName map[string][]id.ID // those of the file, by folded name
	wrong  *fault.Fault
}

type newcomer struct {
	FoundRequest
	org id.ID
	row row
}

// cell names a place in the file.
func (r row) cell(column string) string { return fmt.Sprintf("%d:%s", r.Line, column) }

func (in *newcomers) refusal() error {
	if len(in.wrong.Fields) > maxWrong {
		in.wrong.Fields = in.wrong.Fields[:maxWrong]
	}
	return in.wrong.OrNil()
}

// add reads a row and checks what is wrong in itself.
func (in *newcomers) add(a *Area, r row) {
	n := newcomer{FoundRequest{Kind: org.Kind(strings.ToLower(r.get("kind"))), Names: r.names(), Territory: r.get("territory"), Place: r.get("place"), Activity: r.get("activity"),
		BIN: r.get("bin"), Registration: r.get("registration"), Address: r.get("address"), Employer: r.get("employer"), Decision: r.get("decision")}, id.New(), r}
	var err error
	if s := r.get("day"); s != "" {
		if n.Day, err = cal.ParseDay(s); err != nil {
			in.wrong.In(r.cell("day"), "fault.date")
			n.Day = a.desk.Today() // judged already
		}
	}
	if f := fault.Of(a.CheckFound(n.FoundRequest)); f != nil {
		for _, wrong := range f.Fields {
			in.wrong.In(r.cell(wrong.Name), wrong.Key, pairs(wrong.Args)...)
		}
	}
	in.all = append(in.all, n)
	for _, name := range []string{n.Names.KK, n.Names.RU, n.Names.EN} {
		if key := search.Fold(strings.TrimSpace(name)); key != "" && !slices.Contains(in.byName[key], n.org) {
			in.byName[key] = append(in.byName[key], n.org)
		}
	}
	if n.Kind == org.Federation {
		in.byName[string(org.Federation)] = append(in.byName[string(org.Federation)], n.org)
	}
}

// sibling is what two organisations must not have in common.
type sibling struct {
	parent id.ID
	kind   org.Kind
	name   string
}

// settle finds the parents and checks the rows against the register: whether
// the actor may found there, whether classifiers know the codes, whether a BIN
// or a name beneath the same parent is taken.
func (in *newcomers) settle(ctx context.Context, a *Area, tx *act.Tx, top id.ID) error {
	standing := map[string][]id.ID{}
	taken := map[sibling]bool{}
	bins := map[string]bool{}
	err := eachOrg(ctx, tx, org.Find{Day: a.desk.Today(), Outside: true, Limit: 1000}, func(v org.Version) error {
		taken[sibling{v.Parent, v.Kind, search.Fold(v.Names.KK)}] = true
		for _, name := range []string{search.Fold(v.Names.KK), search.Fold(v.Names.RU), search.Fold(v.Names.EN), v.BIN, v.Org.String()} {
			if name != "" && !slices.Contains(standing[name], v.Org) {
				standing[name] = append(standing[name], v.Org)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if top != 0 {
		standing[string(org.Federation)] = []id.ID{top}
	}
	asked := map[id.ID]bool{0: true, top: true} // where the actor may found
	for _, n := range in.all {
		asked[n.org] = true
	}
	for i := range in.all {
		n := &in.all[i]
		if cell := n.row.get("parent"); cell != "" {
			found := append(slices.Clone(standing[search.Fold(cell)]), in.byName[search.Fold(cell)]...)
			if len(found) == 0 {
				found = standing[strings.ToLower(cell)]
			}
			switch len(found) {
			case 0:
				in.wrong.In(n.row.cell("parent"), "structure.import.no-parent")
				continue
			case 1:
				n.Parent = found[0]
			default:
				in.wrong.In(n.row.cell("parent"), "structure.import.parents", "N", len(found))
				continue
			}
		}
		if n.Kind == org.Federation && (top != 0 || len(in.byName[string(org.Federation)]) > 1) {
			in.wrong.In(n.row.cell("kind"), "structure.import.second-federation")
		}
		name := sibling{n.Parent, n.Kind, search.Fold(strings.TrimSpace(n.Names.KK))}
		if taken[name] {
			in.wrong.In(n.row.cell("name_kk"), "structure.import.namesake")
		}
		taken[name] = true
		if n.BIN != "" && n.Kind != org.Primary && bins[n.BIN] {
			in.wrong.In(n.row.cell("bin"), "structure.import.twice")
		}
		bins[n.BIN] = true
		if !asked[n.Parent] {
			if err := tx.Require(ctx, Found, n.Parent); err != nil {
				return err
			}
			asked[n.Parent] = true
		}
		err := a.checkAgainst(ctx, tx, RecordRequest{Org: n.org, Kind: org.Found, Day: n.Day, Detail: n.detail()}, org.Version{})
		if f, ok := errors.AsType[*fault.Fault](err); ok {
			for _, wrong := range f.Fields {
				in.wrong.In(n.row.cell(wrong.Name), wrong.Key, pairs(wrong.Args)...)
			}
		} else if err != nil {
			return err
		}
	}
	return in.refusal()
}

// pairs gives a message's arguments as fault.New takes them.
func pairs(args fault.Args) []any {
	var out []any
	for name, value := range args {
		out = append(out, name, value)
	}
	return out
}
