package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"odaq/belenios"
	"odaq/belenios/archive"
	"odaq/belenios/election"
	"odaq/belenios/group"
	"odaq/belenios/proof"
	"odaq/belenios/shuffle"
	"odaq/belenios/tally"
	"odaq/belenios/trustee"
)

var (
	errOpen     = errors.New("voting is not closed, or the ballots are not added up yet: nothing to do")
	errUnmixed  = errors.New("the ballots of this election are shuffled first, and the shuffles ended")
	errNotMixed = errors.New("this election has no ranked or graded question: nothing is shuffled")
	errMixed    = errors.New("the shuffles have ended")
	errStranger = errors.New("this key is not one of the election's trustees")
)

// closed is an election whose votes are added up.
type closed struct {
	election  *election.Election
	questions []tally.Question
	trustees  trustee.Trustees
	encrypted tally.Encrypted // after the last shuffle
	last      archive.Kind
}

// load verifies an archive from the first ballot on, since a trustee decrypts
// whatever she is given, and reads what is to be decrypted.
func load(path string, d *desk) (*closed, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if _, err := belenios.Verify(context.Background(), f, belenios.Options{}); err != nil {
		return nil, err
	}
	d.tell("verified")
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	c := &closed{}
	for r := archive.NewReader(f); ; {
		e, err := r.Next()
		if err == io.EOF {
			return c, nil
		}
		if err == nil {
			err = c.take(e)
		}
		if err != nil {
			return nil, err
		}
	}
}

func (c *closed) take(e *archive.Event) (err error) {
	c.last = e.Kind
	switch e.Kind {
	case archive.Setup:
		if c.election, err = election.Parse(e.Election); err != nil {
			return err
		}
		for _, q := range c.election.Questions {
			c.questions = append(c.questions, tally.Question{Mixed: q.NonHomomorphic, Size: q.Slots()})
		}
		c.trustees, err = trustee.Parse(c.election.Group, e.Trustees)
	case archive.EncryptedTally:
		c.encrypted, err = tally.ParseEncrypted(c.election.Group, c.questions, e.Payload)
	case archive.Shuffle:
		var s shuffle.Shuffle
		if s, err = shuffle.Parse(c.election.Group, e.Payload); err == nil {
			c.encrypted, err = c.encrypted.Shuffled(c.questions, s.Ciphertexts)
		}
	}
	return err
}

// owner is the number of the trustee with a private key.
func (c *closed) owner(x group.Scalar) (int, error) {
	public := c.election.Group.PowerG(x)
	for i, k := range c.trustees.Keys() {
		if k.Key.Equal(public) {
			return i + 1, nil
		}
	}
	return 0, errStranger
}

type shuffleCmd struct {
	Archive string `arg:"" help:"Archive of the election." type:"existingfile"`
}

// Run mixes the ballots.
func (c *shuffleCmd) Run(d *desk) error {
	e, err := load(c.Archive, d)
	if err != nil {
		return err
	}
	switch {
	case !e.election.NonHomomorphic():
		return errNotMixed
	case e.encrypted == nil:
		return errOpen
	case e.last != archive.EncryptedTally && e.last != archive.Shuffle:
		return errMixed
	}
	var in [][]proof.Ciphertext = e.encrypted.Mixed(e.questions)
	s := shuffle.Make(e.election.Group, e.election.PublicKey, e.election.Fingerprint(), in)
	text := s.Append(nil)
	if err := d.write("shuffle.json", text); err != nil {
		return err
	}
	d.compare("shuffled", archive.Sum(text).String())
	return nil
}

type decryptCmd struct {
	Archive string `arg:"" help:"Archive of the election." type:"existingfile"`
	Key     string `help:"Your encrypted private key, of a single trustee." type:"existingfile" placeholder:"FILE" xor:"secret" required:""`
	Seed    string `help:"Your encrypted seed, of a threshold group." type:"existingfile" placeholder:"FILE" xor:"secret" required:""`
	Output  string `help:"With --seed: your output of step 5, in which your private key is kept." type:"existingfile" placeholder:"FILE"`
}

// Run makes the trustee's part of the decryption.
func (c *decryptCmd) Run(d *desk) error {
	e, err := load(c.Archive, d)
	if err != nil {
		return err
	}
	switch {
	case e.encrypted == nil:
		return errOpen
	case e.election.NonHomomorphic() && (e.last == archive.EncryptedTally || e.last == archive.Shuffle):
		return errUnmixed
	}
	x, err := c.private(d, e.election.Group)
	if err != nil {
		return err
	}
	number, err := e.owner(x)
	if err != nil {
		return err
	}
	text := tally.Decrypt(e.election.Group, e.election.Fingerprint(), x, e.encrypted).Append(nil)
	if err := d.write(fmt.Sprintf("decryption%d.json", number), text); err != nil {
		return err
	}
	d.compare("decrypted", archive.Sum(text).String())
	return nil
}

func (c *decryptCmd) private(d *desk, g group.Group) (group.Scalar, error) {
	if c.Key != "" {
		text, err := d.open(c.Key)
		if err != nil {
			return nil, err
		}
		return trustee.ParsePrivateKey(g, text)
	}
	me, err := own{c.Seed}.identity(d, g)
	if err != nil {
		return nil, err
	}
	text, err := only(c.Output)
	if err != nil {
		return nil, err
	}
	out, err := trustee.ParseOutput(g, text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Output, err)
	}
	return me.PrivateKey(out.PrivateKey)
}

type credentialsCmd struct {
	inGroup
	UUID   string `help:"Identifier of the election; a new one without it." name:"uuid"`
	Voters string `arg:"" help:"A voter in each line: address[,login[,weight]]." type:"existingfile"`
}

// Run makes a credential for each voter.
func (c *credentialsCmd) Run(d *desk) error {
	g, err := c.open()
	if err != nil {
		return err
	}
	texts, err := lines(c.Voters)
	if err != nil {
		return err
	}
	voters, err := parsed(c.Voters, texts, func(line []byte) (election.Identity, error) { return election.ParseIdentity(string(line)) })
	if err != nil {
		return err
	}
	uuid := c.UUID
	if uuid == "" {
		uuid = election.NewUUID()
	}
	issued := election.Issue(g, uuid, voters)
	var private []byte
	for _, i := range issued {
		private = fmt.Appendf(private, "%s %s\n", i.Name(), i.Credential.Text())
	}
	public := election.PublicList(issued)
	for _, secret := range []struct {
		name string
		text []byte
	}{{"credentials.private", private}, {"credentials.names", election.WorkingList(issued)}} {
		if err := d.keep(secret.name, secret.text); err != nil {
			return err
		}
	}
	if err := d.write("credentials.json", public); err != nil {
		return err
	}
	fmt.Fprintf(d.out, "\n%s %s\n", d.say["uuid"], uuid)
	d.compare("credentials", archive.Sum(public).Tracker())
	return nil
}

type openCmd struct {
	File string `arg:"" help:"A file that this program has encrypted." type:"existingfile"`
}

// Run prints a secret, for a credential authority to hand out, say.
func (c *openCmd) Run(d *desk) error {
	text, err := d.open(c.File)
	if err == nil {
		_, err = d.out.Write(text)
	}
	return err
}
