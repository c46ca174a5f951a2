// Command odaq-trustee is for the people who hold the keys of an election: it
// makes keys alone or in the steps of a threshold ceremony, shuffles, decrypts,
// and makes the credentials of voters. It needs no network: carry files to it
// and from it. What is secret is written encrypted with a passphrase (age), and
// every file only its owner can read. After each step it says what to compare
// with the others by telephone.
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"
)

// cli is the command line.
type cli struct {
	Lang       string `help:"Language: kk, ru or en." env:"ODAQ_LANG" default:"${lang}" enum:"kk,ru,en"`
	Passphrase string `help:"File with the passphrase; without it the terminal is asked." type:"existingfile" placeholder:"FILE"`
	Dir        string `help:"Folder for what is written." default:"." type:"path"`

	Key          keyCmd          `cmd:"" help:"Make the key of a single trustee."`
	Identity     identityCmd     `cmd:"" help:"Threshold ceremony, step 1: make your seed and certificate."`
	Certificates certificatesCmd `cmd:"" help:"Step 2: check everybody's certificates and make the list."`
	Deal         dealCmd         `cmd:"" help:"Step 3: deal your secrets to the others."`
	Route        routeCmd        `cmd:"" help:"Step 4, the coordinator: hand the secrets out."`
	Receive      receiveCmd      `cmd:"" help:"Step 5: open the secrets dealt to you; make your public key."`
	Assemble     assembleCmd     `cmd:"" help:"Step 6, the coordinator: put the group together."`
	Trustees     trusteesCmd     `cmd:"" help:"Make the trustees file of single trustees and groups."`
	Shuffle      shuffleCmd      `cmd:"" help:"Mix the ballots of a closed election and prove it."`
	Decrypt      decryptCmd      `cmd:"" help:"Make your part of the decryption of a closed election."`
	Credentials  credentialsCmd  `cmd:"" help:"Credential authority: make the credentials of voters."`
	Open         openCmd         `cmd:"" help:"Print the content of an encrypted file."`
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is main with its streams, for tests: 0 done, 1 refused, 2 misused.
func run(args []string, out, errs io.Writer) int {
	var c cli
	exited := -1
	parser, err := kong.New(&c, kong.Name("odaq-trustee"), kong.Description("For the people who hold the keys of an election. Needs no network."),
		kong.Writers(out, errs), kong.Vars{"lang": systemLang(), "groups": "Ed25519,BELENIOS-2048,RFC-3526-2048"}, kong.Exit(func(code int) { exited = code }))
	if err != nil {
		fmt.Fprintln(errs, "odaq-trustee:", err)
		return 2
	}
	command, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		fmt.Fprintln(errs, "odaq-trustee:", err)
		return 2
	}
	d := &desk{out: out, say: phrases[c.Lang], dir: c.Dir, passphraseFile: c.Passphrase}
	if err := command.Run(d); err != nil {
		fmt.Fprintln(errs, "odaq-trustee:", err)
		return 1
	}
	return 0
}
