package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// oldestPostgres is the first supported server_version_num.
const oldestPostgres = 150000

func openPostgres(ctx context.Context, url string, o Options) (d *DB, err error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		// pgx hides the password in this text.
		return nil, fmt.Errorf("database address: %w", err)
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "odaq"
	}
	d = &DB{engine: Postgres, readonly: o.ReadOnly, turns: newTurns(o), long: make(chan struct{}, 1)}
	// Unions and organisations differ in size by thousands: a plan for all of them
	// is wrong for most, once by seconds.
	d.read = sql.OpenDB(pgConnector(config, "SET default_transaction_read_only = on; SET plan_cache_mode = force_custom_plan"))
	d.read.SetMaxOpenConns(o.Readers)
	d.read.SetMaxIdleConns(o.Readers)
	if !o.ReadOnly {
		d.write = sql.OpenDB(pgConnector(config, ""))
		d.write.SetMaxOpenConns(o.Writers)
		d.write.SetMaxIdleConns(o.Writers)
	}
	if err := d.Ping(ctx); err != nil {
		d.discard()
		return nil, fmt.Errorf("open database %q on %s: %w", config.Database, config.Host, err)
	}
	var fsync string
	if err := d.read.QueryRowContext(ctx, "SELECT current_setting('fsync')").Scan(&fsync); err == nil && fsync == "off" {
		o.Log.Warn("PostgreSQL runs with fsync=off: a power cut loses what was acknowledged")
	}
	return d, nil
}

// pgConnector opens connections, each checked and then given first to run.
func pgConnector(config *pgx.ConnConfig, first string) connector {
	inner := stdlib.GetConnector(*config, stdlib.OptionAfterConnect(func(ctx context.Context, conn *pgx.Conn) error {
		if err := checkServer(ctx, conn); err != nil || first == "" {
			return err
		}
		_, err := conn.Exec(ctx, first)
		return err
	}))
	return func(ctx context.Context) (driver.Conn, error) {
		conn, err := inner.Connect(ctx)
		if err != nil {
			return nil, err
		}
		return &pgConn{conn.(*stdlib.Conn)}, nil
	}
}

// checkServer refuses a server that would lose or garble what it acknowledged.
func checkServer(ctx context.Context, conn *pgx.Conn) error {
	var version int
	var name, encoding, commit string
	err := conn.QueryRow(ctx, `-- only: postgres
		SELECT current_setting('server_version_num')::int, current_setting('server_version'),
			current_setting('server_encoding'), current_setting('synchronous_commit')`).Scan(&version, &name, &encoding, &commit)
	switch {
	case err != nil:
		return err
	case version < oldestPostgres:
		return fmt.Errorf("PostgreSQL %s is too old: version 15 or later is needed", name)
	case encoding != "UTF8":
		return fmt.Errorf("the database is encoded in %s: create it with ENCODING 'UTF8'", encoding)
	case commit == "off":
		return fmt.Errorf("synchronous_commit is off, so acknowledged changes may be lost: set it to on")
	}
	return nil
}
