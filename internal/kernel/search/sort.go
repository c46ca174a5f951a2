package search

import (
	"sync"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// A sorter is a collator with its buffer; neither may be shared by goroutines.
type sorter struct {
	collator *collate.Collator
	buf      collate.Buffer
}

// sorters holds a *sync.Pool of *sorter per language tag.
var sorters sync.Map

func sorterPool(lang string) *sync.Pool {
	if p, ok := sorters.Load(lang); ok {
		return p.(*sync.Pool)
	}
	tag := language.Make(lang)
	p := &sync.Pool{New: func() any { return &sorter{collator: collate.New(tag, collate.Loose, collate.Numeric)} }}
	got, _ := sorters.LoadOrStore(lang, p)
	return got.(*sync.Pool)
}

// SortKey is the place of s in the alphabetical order of a language ("kk", "ru",
// "en"): bytes that any database compares as they are. Case and accents do not
// matter, and numbers sort by value («№ 2» before «№ 10»). In "kk" every letter
// of the Kazakh alphabet has its own place. Equal keys need a second column.
func SortKey(lang, s string) []byte { return appendKeys(lang, s) }

// PersonKey is the place of a person in a list: by surname, then given name,
// then patronymic; a missing part sorts first.
func PersonKey(lang string, n Name) []byte {
	return appendKeys(lang, n.Surname, n.Given, n.Patronymic)
}

func appendKeys(lang string, parts ...string) []byte {
	pool := sorterPool(lang)
	s := pool.Get().(*sorter)
	defer pool.Put(s)
	key := make([]byte, 0, 64)
	for i, part := range parts {
		if i > 0 {
			key = append(key, 0, 0) // below every weight
		}
		s.buf.Reset()
		key = append(key, s.collator.KeyFromString(&s.buf, part)...)
	}
	return key
}
