package db_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"odaq/internal/platform/db"
	"odaq/internal/testkit/dbtest"
)

func eachEngine(b *testing.B, run func(b *testing.B, d *db.DB)) {
	b.Run("sqlite", func(b *testing.B) { run(b, dbtest.SQLite(b)) })
	b.Run("postgres", func(b *testing.B) {
		d, err := db.Open(b.Context(), dbtest.Postgres(b), db.Options{})
		if err != nil {
			b.Fatal(err)
		}
		defer d.Close()
		run(b, d)
	})
}

// BenchmarkCommit compares Write and Group with 64 callers, one row each.
func BenchmarkCommit(b *testing.B) {
	eachEngine(b, func(b *testing.B, d *db.DB) {
		migrate(b, d)
		var next atomic.Int64
		for name, commit := range map[string]func(context.Context, func(*db.Tx) error) error{"Write": d.Write, "Group": d.Group} {
			b.Run(name, func(b *testing.B) {
				b.SetParallelism(32)
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						n := next.Add(1)
						err := commit(b.Context(), func(tx *db.Tx) error {
							_, err := tx.Exec(b.Context(), insertMember, 1, n, "Айгүл")
							return err
						})
						if err != nil {
							b.Error(err)
							return
						}
					}
				})
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
			})
		}
	})
}

// BenchmarkLoad compares Bulk with one statement per row in one transaction.
func BenchmarkLoad(b *testing.B) {
	const rows = 20_000
	columns := []string{"union_id", "number", "name"}
	eachEngine(b, func(b *testing.B, d *db.DB) {
		migrate(b, d)
		var next int64
		for name, load := range map[string]func(tx *db.Tx) error{
			"Bulk": func(tx *db.Tx) error {
				_, err := tx.Bulk(b.Context(), "trial_member", columns, func(yield func([]any, error) bool) {
					for range rows {
						next++
						if !yield([]any{int64(1), next, "Айгүл"}, nil) {
							return
						}
					}
				})
				return err
			},
			"Exec": func(tx *db.Tx) error {
				for range rows {
					next++
					if _, err := tx.Exec(b.Context(), insertMember, 1, next, "Айгүл"); err != nil {
						return err
					}
				}
				return nil
			},
		} {
			b.Run(name, func(b *testing.B) {
				for b.Loop() {
					write(b, d, load)
				}
				b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "rows/s")
			})
		}
	})
}

// BenchmarkLoadBare is BenchmarkLoad with the drivers alone: what Bulk is
// measured against.
func BenchmarkLoadBare(b *testing.B) {
	const rows = 20_000
	var next int64
	b.Run("sqlite", func(b *testing.B) {
		path := filepath.Join(b.TempDir(), "bare.db")
		made, err := db.Open(b.Context(), path, db.Options{})
		if err != nil {
			b.Fatal(err)
		}
		migrate(b, made)
		made.Close()
		bare, err := sql.Open("sqlite", path+"?_pragma=synchronous(2)&_pragma=foreign_keys(1)&_pragma=cache_size(-65536)&_txlock=immediate")
		if err != nil {
			b.Fatal(err)
		}
		defer bare.Close()
		for b.Loop() {
			tx, err := bare.Begin()
			if err != nil {
				b.Fatal(err)
			}
			insert, err := tx.Prepare(insertMember)
			if err != nil {
				b.Fatal(err)
			}
			for range rows {
				next++
				if _, err := insert.Exec(int64(1), next, "Айгүл"); err != nil {
					b.Fatal(err)
				}
			}
			if err := tx.Commit(); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "rows/s")
	})
	b.Run("postgres", func(b *testing.B) {
		url := dbtest.Postgres(b)
		made, err := db.Open(b.Context(), url, db.Options{})
		if err != nil {
			b.Fatal(err)
		}
		migrate(b, made)
		made.Close()
		bare, err := pgx.Connect(b.Context(), url)
		if err != nil {
			b.Fatal(err)
		}
		defer bare.Close(context.Background())
		for b.Loop() {
			load := pgx.CopyFromSlice(rows, func(int) ([]any, error) {
				next++
				return []any{int64(1), next, "Айгүл"}, nil
			})
			if _, err := bare.CopyFrom(b.Context(), pgx.Identifier{"trial_member"}, []string{"union_id", "number", "name"}, load); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "rows/s")
	})
}

// BenchmarkLookup reads one row by its key.
func BenchmarkLookup(b *testing.B) {
	eachEngine(b, func(b *testing.B, d *db.DB) {
		migrate(b, d)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				var name string
				if err := d.Read().QueryRow(b.Context(), "SELECT name FROM trial_union WHERE id = $1", 1).Scan(&name); err != nil {
					b.Error(fmt.Errorf("lookup: %w", err))
					return
				}
			}
		})
	})
}
