// Package profiles embeds the country profiles that come with Odaq. A federation
// elsewhere copies the folder generic, changes the data and no Go.
package profiles

import (
	"embed"
	"fmt"
	"io/fs"

	"odaq/internal/kernel/profile"
)

//go:embed kz generic
var files embed.FS

// The folders, ready for profile.Load.
var (
	KZ      = folder("kz")      // Kazakhstan
	Generic = folder("generic") // an invented country of four regions
)

var byName = map[string]fs.FS{"kz": KZ, "generic": Generic}

// Open loads the profile of a name, "kz" or "generic", with the changes that a
// federation made to it.
func Open(name string, changes ...fs.FS) (*profile.Profile, error) {
	f, ok := byName[name]
	if !ok {
		return nil, fmt.Errorf("profile %q is unknown; there are kz and generic", name)
	}
	p, err := profile.Load(f, changes...)
	if err != nil {
		return nil, fmt.Errorf("profile %s: %w", name, err)
	}
	return p, nil
}

// Demo is the folder of the demo federation of a profile, for seed.Read.
func Demo(name string) (fs.FS, error) {
	f, ok := byName[name]
	if !ok {
		return nil, fmt.Errorf("profile %q is unknown; there are kz and generic", name)
	}
	demo, err := fs.Sub(f, "demo")
	if err == nil {
		_, err = fs.Stat(demo, "demo.toml")
	}
	if err != nil {
		return nil, fmt.Errorf("profile %s has no demo federation", name)
	}
	return demo, nil
}

func folder(name string) fs.FS {
	sub, err := fs.Sub(files, name)
	if err != nil {
		panic(err) // only an invalid name fails
	}
	return sub
}
