package app

import (
	"io/fs"
	"os"
	"time"

	"odaq/internal/kernel/profile"
	"odaq/profiles"
)

// Config is one struct for the flags, the environment (ODAQ_…), odaq.toml and
// docs/config.md, which is generated from it.
type Config struct {
	Database string        `help:"Database: sqlite:FILE or a postgres:// address." default:"sqlite:odaq-data/odaq.db" env:"ODAQ_DATABASE" placeholder:"URL"`
	Keys     string        `help:"Keyset file for sealed fields. Keep it, and its backup, apart from the database." default:"odaq-data/keys.json" env:"ODAQ_KEYS" placeholder:"FILE"`
	Profile  string        `help:"Country profile: law, classifiers, calendar." default:"kz" enum:"kz,generic" env:"ODAQ_PROFILE"`
	Changes  string        `help:"Folder of changes to the profile: the same tables with the rows that differ, each naming its official act." env:"ODAQ_PROFILE_CHANGES" placeholder:"DIR"`
	Listen   string        `help:"Address to answer on." default:"127.0.0.1:8080" env:"ODAQ_LISTEN" placeholder:"HOST:PORT"`
	URL      string        `help:"Address under which people reach the installation; needed for passkeys, OIDC and links in messages." env:"ODAQ_URL" placeholder:"https://…"`
	Proxy    string        `help:"Header in which the reverse proxy writes the client’s address, X-Real-IP for example; without it everybody behind the proxy shares one rate limit." env:"ODAQ_PROXY" placeholder:"HEADER"`
	Readers  int           `help:"Reading database connections; SQLite uses at most two more than processors." default:"8" env:"ODAQ_READERS"`
	Workers  int           `help:"Jobs run at a time." default:"2" env:"ODAQ_WORKERS"`
	Grace    time.Duration `help:"How long a stop waits for running requests." default:"20s" env:"ODAQ_GRACE"`
	LogJSON  bool          `help:"Write the log as JSON lines." env:"ODAQ_LOG_JSON"`

	Mail MailConfig `embed:"" prefix:"mail-" envprefix:"ODAQ_MAIL_"`
	SMS  SMSConfig  `embed:"" prefix:"sms-" envprefix:"ODAQ_SMS_"`
	OIDC OIDCConfig `embed:"" prefix:"oidc-" envprefix:"ODAQ_OIDC_"`
}

// Law loads the country profile with its changes.
func (c Config) Law() (*profile.Profile, error) {
	var changes []fs.FS
	if c.Changes != "" {
		changes = append(changes, os.DirFS(c.Changes))
	}
	return profiles.Open(c.Profile, changes...)
}

// MailConfig is the mail server by which codes and answers are sent.
type MailConfig struct {
	Server string `help:"SMTP server, host:port; without it messages wait in the outbox." env:"SERVER" placeholder:"HOST:PORT"`
	From   string `help:"Sender address." env:"FROM"`
	User   string `help:"SMTP user." env:"USER"`
	Secret string `help:"File with the SMTP password." env:"SECRET_FILE" type:"path"`
}

// SMSConfig is the gateway by which codes reach a telephone.
type SMSConfig struct {
	URL    string `help:"Address of the SMS gateway, to which to, text and from are posted; without it nobody gets an SMS." env:"URL" placeholder:"https://…"`
	From   string `help:"Sender that the phone shows." env:"FROM"`
	Format string `help:"How a message is posted: json or form." default:"json" enum:"json,form" env:"FORMAT"`
	Secret string `help:"File with the gateway’s token, sent as “Authorization: Bearer”." env:"SECRET_FILE" type:"path"`
}

// OIDCConfig is an outside identity provider.
type OIDCConfig struct {
	Issuer string `help:"Issuer of the OpenID Connect provider." env:"ISSUER"`
	Name   string `help:"Name of the provider on the sign-in button." default:"OpenID" env:"NAME"`
	Client string `help:"Client identifier at the provider." env:"CLIENT"`
	Secret string `help:"File with the client secret." env:"SECRET_FILE" type:"path"`
}
