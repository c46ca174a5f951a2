package db

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"testing/fstest"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Source is the schema of one area.
type Source struct {
	Name   string // "membership"
	Number int    // its block of versions, 1 to 9999; never changes
	FS     fs.FS  // files 0001_name.sql, 0002_… in PostgreSQL's spelling, at the top
}

// versionsPerSource is how many files a source may have.
const versionsPerSource = 10_000

// Where goose notes what it has applied, and who is applying.
const (
	versionTable = "db_migration"
	lockTable    = "db_migration_lock"
)

// Migrate brings the schema up to date and returns what it applied, as
// "membership/0001_member.sql", in order. Each file is one transaction. A file
// may be added below ones already applied. On PostgreSQL instances that start
// together wait for each other by a lease row.
func Migrate(ctx context.Context, d *DB, sources []Source) ([]string, error) {
	if d.readonly {
		return nil, errReadOnly()
	}
	files, err := merge(d.engine, sources)
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, nil
	}
	dialect := goose.DialectSQLite3
	options := []goose.ProviderOption{
		goose.WithTableName(versionTable),
		goose.WithAllowOutofOrder(true),
		goose.WithDisableGlobalRegistry(true),
	}
	if d.engine == Postgres {
		dialect = goose.DialectPostgres
		locker, err := lock.NewPostgresTableLocker(
			lock.WithTableName(lockTable),
			lock.WithTableLockTimeout(500*time.Millisecond, 600))
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithLocker(locker))
	}
	provider, err := goose.NewProvider(dialect, d.write, files, options...)
	if err != nil {
		return nil, fmt.Errorf("read the schema files: %w", err)
	}
	results, err := provider.Up(ctx)
	var partial *goose.PartialError
	if errors.As(err, &partial) {
		results = partial.Applied
		err = fmt.Errorf("schema file %s: %w", sourceName(partial.Failed.Source.Path), classify(partial.Err))
	}
	var applied []string
	for _, result := range results {
		applied = append(applied, sourceName(result.Source.Path))
	}
	return applied, err
}

// merge puts the files of all sources into one file system for goose, in the
// engine's spelling: membership/0001_member.sql of source 30 becomes
// 00300001_membership@0001_member.sql.
func merge(engine Engine, sources []Source) (fstest.MapFS, error) {
	merged := fstest.MapFS{}
	taken := map[int]string{}
	for _, source := range sources {
		if source.Number < 1 || source.Number >= versionsPerSource {
			return nil, fmt.Errorf("schema of %s: its number is %d, not 1 to %d", source.Name, source.Number, versionsPerSource-1)
		}
		if other, ok := taken[source.Number]; ok {
			return nil, fmt.Errorf("schema of %s: its number %d is that of %s", source.Name, source.Number, other)
		}
		taken[source.Number] = source.Name
		names, err := fs.Glob(source.FS, "*.sql")
		if err != nil {
			return nil, err
		}
		numbers := map[int]string{}
		for _, name := range names {
			file := source.Name + "/" + name
			digits, _, _ := strings.Cut(name, "_")
			number, err := strconv.Atoi(digits)
			if err != nil || number < 1 || number >= versionsPerSource {
				return nil, fmt.Errorf("schema file %s: its name must begin with a number, as in 0001_name.sql", file)
			}
			if other, ok := numbers[number]; ok {
				return nil, fmt.Errorf("schema file %s: its number is that of %s", file, other)
			}
			numbers[number] = name
			text, err := fs.ReadFile(source.FS, name)
			if err != nil {
				return nil, err
			}
			translated, err := spell(engine, string(text))
			if err != nil {
				return nil, fmt.Errorf("schema file %s: %w", file, err)
			}
			version := fmt.Sprintf("%08d", source.Number*versionsPerSource+number)
			merged[version+"_"+source.Name+"@"+name] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + translated), Mode: 0o444}
		}
	}
	return merged, nil
}

// spell gives a schema file in the engine's words. The file is checked for
// SQLite on either engine, so that a wrong word is found at once.
func spell(engine Engine, text string) (string, error) {
	sqlite, err := forSQLite(text)
	if err != nil {
		return "", err
	}
	if engine == SQLite {
		return sqlite, nil
	}
	return only(text, Postgres)
}

// sourceName turns goose's name of a file back into the source's.
func sourceName(merged string) string {
	_, name, _ := strings.Cut(path.Base(merged), "_")
	return strings.Replace(name, "@", "/", 1)
}
