package backup

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"testing"

	"filippo.io/age"
)

// persons are rows like those of members: numbers, names, sealed fields.
func persons(n int) content {
	c := content{table: Table{Name: "person", Columns: []string{"id", "surname", "given", "sort_key", "birth", "sealed", "contact", "org", "status"},
		Types: []string{bigint, text, text, bytea, bigint, bytea, bytea, bigint, text}}}
	for i := range n {
		b := make([]byte, 180)
		rand.Read(b)
		c.rows = append(c.rows, []any{int64(i) << 40, fmt.Sprint("Сынақбаев", i%977), "Айгүл", b[:24], int64(7000 + i%9000), b[24:69], b[69:], int64(i%500) << 40, "active"})
	}
	return c
}

func BenchmarkWrite(b *testing.B) {
	c := persons(10_000)
	key, err := age.GenerateX25519Identity()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		out, err := wrap(io.Discard, []age.Recipient{key.Recipient()})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := out.Write(lines(b, c)); err != nil {
			b.Fatal(err)
		}
		if err := out.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*len(c.rows))/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkRead(b *testing.B) {
	c := persons(10_000)
	key, err := age.GenerateX25519Identity()
	if err != nil {
		b.Fatal(err)
	}
	var file bytes.Buffer
	out, err := wrap(&file, []age.Recipient{key.Recipient()})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := out.Write(lines(b, c)); err != nil {
		b.Fatal(err)
	}
	if err := out.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		r, err := unseal(bytes.NewReader(file.Bytes()), []age.Identity{key})
		if err != nil {
			b.Fatal(err)
		}
		if err := r.Check(func(int64, int64) {}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*len(c.rows))/b.Elapsed().Seconds(), "rows/s")
}
