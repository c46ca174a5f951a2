package db

import (
	"reflect"
	"strconv"
	"strings"
)

// Args collects the arguments of a statement built in pieces. Use it as
//
//	var a db.Args
//	query := "SELECT id FROM member WHERE union_id = " + a.Add(union) + " AND state IN (" + a.List(states) + ")"
//	rows, err := q.Query(ctx, query, a.Values()...)
type Args struct{ values []any }

// Add takes one argument and returns its placeholder, "$3".
func (a *Args) Add(value any) string {
	a.values = append(a.values, value)
	return "$" + strconv.Itoa(len(a.values))
}

// List takes a slice, such as []int64 or []any, and returns a placeholder for
// each element, "$4, $5, $6", or "NULL" for an empty slice, which no IN
// matches. It panics on anything but a slice.
func (a *Args) List(slice any) string {
	elements := reflect.ValueOf(slice)
	if elements.Kind() != reflect.Slice {
		panic("db: Args.List needs a slice, not " + elements.Kind().String())
	}
	if elements.Len() == 0 {
		return "NULL"
	}
	places := make([]string, elements.Len())
	for i := range places {
		places[i] = a.Add(elements.Index(i).Interface())
	}
	return strings.Join(places, ", ")
}

// Values gives the arguments in the order of their placeholders.
func (a *Args) Values() []any { return a.values }
