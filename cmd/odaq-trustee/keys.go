package main

import (
	"bytes"
	"fmt"
	"os"

	"odaq/belenios/group"
	"odaq/belenios/trustee"
)

// inGroup is the group of the election.
type inGroup struct {
	Group string `help:"Group of the election." default:"Ed25519" enum:"${groups}"`
}

func (c inGroup) open() (group.Group, error) { return group.Named(c.Group) }

type keyCmd struct {
	inGroup
	Name string `help:"Your name, as it will stand in the election."`
}

// Run makes a private and a public key.
func (c *keyCmd) Run(d *desk) error {
	g, err := c.open()
	if err != nil {
		return err
	}
	x := trustee.NewPrivateKey(g)
	public := trustee.NewPublicKey(g, x)
	public.Name = c.Name
	if err := d.keep("trustee.key", trustee.AppendPrivateKey(nil, x)); err != nil {
		return err
	}
	if err := d.write("trustee.public.json", public.Append(nil)); err != nil {
		return err
	}
	d.compare("key", public.Hash())
	return nil
}

type identityCmd struct {
	inGroup
}

// Run is step 1.
func (c *identityCmd) Run(d *desk) error {
	g, err := c.open()
	if err != nil {
		return err
	}
	seed := trustee.NewSeed()
	me, err := trustee.NewIdentity(g, seed)
	if err != nil {
		return err
	}
	if err := d.keep("trustee.seed", []byte(seed)); err != nil {
		return err
	}
	certificate := me.Certificate()
	if err := d.write("trustee.certificate.json", certificate.Append(nil)); err != nil {
		return err
	}
	d.compare("certificate", certificate.Hash())
	return nil
}

// ceremony is what every step behind the first needs.
type ceremony struct {
	inGroup
	List      string `help:"The list of certificates of step 2." required:"" type:"existingfile" placeholder:"FILE"`
	Threshold int    `help:"How many trustees are enough to decrypt." required:""`
}

func (c ceremony) start() (group.Group, *trustee.Setup, error) {
	g, err := c.open()
	if err != nil {
		return nil, nil, err
	}
	texts, err := lines(c.List)
	if err != nil {
		return nil, nil, err
	}
	setup, err := c.setup(g, c.List, texts)
	return g, setup, err
}

func (c ceremony) setup(g group.Group, file string, texts [][]byte) (*trustee.Setup, error) {
	all, err := parsed(file, texts, func(text []byte) (trustee.Certificate, error) { return trustee.ParseCertificate(g, text) })
	if err != nil {
		return nil, err
	}
	return trustee.NewSetup(g, all, c.Threshold)
}

type certificatesCmd struct {
	inGroup
	Threshold int      `help:"How many trustees are enough to decrypt." required:""`
	Files     []string `arg:"" help:"Everybody's certificate, in the order of the trustees." type:"existingfile"`
}

// Run is step 2.
func (c *certificatesCmd) Run(d *desk) error {
	g, err := c.open()
	if err != nil {
		return err
	}
	var texts [][]byte
	for _, file := range c.Files {
		text, err := only(file)
		if err != nil {
			return err
		}
		texts = append(texts, text)
	}
	setup, err := ceremony{inGroup: c.inGroup, Threshold: c.Threshold}.setup(g, "certificates", texts)
	if err != nil {
		return err
	}
	if err := d.write("certificates.jsons", append(bytes.Join(texts, []byte("\n")), '\n')); err != nil {
		return err
	}
	d.compare("list", setup.Hash())
	return nil
}

// own is the trustee's secret of step 1.
type own struct {
	Seed string `help:"Your encrypted seed of step 1." required:"" type:"existingfile" placeholder:"FILE"`
}

func (c own) identity(d *desk, g group.Group) (*trustee.Identity, error) {
	seed, err := d.open(c.Seed)
	if err != nil {
		return nil, err
	}
	return trustee.NewIdentity(g, string(seed))
}

type dealCmd struct {
	ceremony
	own
}

// Run is step 3.
func (c *dealCmd) Run(d *desk) error {
	g, setup, err := c.start()
	if err != nil {
		return err
	}
	me, err := c.identity(d, g)
	if err != nil {
		return err
	}
	deal, err := setup.Deal(me)
	if err != nil {
		return err
	}
	if err := d.write("trustee.deal.json", deal.Append(nil)); err != nil {
		return err
	}
	d.tell("dealt")
	return nil
}

// deals reads what everybody dealt, in the order of the trustees.
func deals(g group.Group, files []string) ([]trustee.Deal, error) {
	var out []trustee.Deal
	for _, file := range files {
		text, err := only(file)
		if err != nil {
			return nil, err
		}
		deal, err := trustee.ParseDeal(g, text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		out = append(out, deal)
	}
	return out, nil
}

type routeCmd struct {
	ceremony
	Files []string `arg:"" help:"Everybody's deal, in the order of the list." type:"existingfile"`
}

// Run is step 4.
func (c *routeCmd) Run(d *desk) error {
	g, setup, err := c.start()
	if err != nil {
		return err
	}
	all, err := deals(g, c.Files)
	if err != nil {
		return err
	}
	inputs, err := setup.Route(all)
	if err != nil {
		return err
	}
	for i, in := range inputs {
		if err := d.write(fmt.Sprintf("trustee%d.input.json", i+1), in.Append(nil)); err != nil {
			return err
		}
	}
	d.tell("routed")
	return nil
}

type receiveCmd struct {
	ceremony
	own
	Input string `arg:"" help:"What the coordinator gave you in step 4." type:"existingfile"`
}

// Run is step 5.
func (c *receiveCmd) Run(d *desk) error {
	g, setup, err := c.start()
	if err != nil {
		return err
	}
	text, err := only(c.Input)
	if err != nil {
		return err
	}
	in, err := trustee.ParseInput(g, text)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Input, err)
	}
	me, err := c.identity(d, g)
	if err != nil {
		return err
	}
	out, err := setup.Receive(me, in)
	if err != nil {
		return err
	}
	if err := d.write("trustee.output.json", out.Append(nil)); err != nil {
		return err
	}
	d.compare("received", out.PublicKey.Hash())
	return nil
}

type assembleCmd struct {
	ceremony
	Deals   []string `help:"Everybody's deal, in the order of the list." required:"" type:"existingfile"`
	Outputs []string `help:"Everybody's output, in the same order." required:"" type:"existingfile"`
}

// Run is step 6.
func (c *assembleCmd) Run(d *desk) error {
	g, setup, err := c.start()
	if err != nil {
		return err
	}
	all, err := deals(g, c.Deals)
	if err != nil {
		return err
	}
	var commitments []trustee.Commitments
	for _, deal := range all {
		commitments = append(commitments, deal.Commitments)
	}
	var outputs []trustee.Output
	for _, file := range c.Outputs {
		text, err := only(file)
		if err != nil {
			return err
		}
		out, err := trustee.ParseOutput(g, text)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		outputs = append(outputs, out)
	}
	p, err := setup.Assemble(commitments, outputs)
	if err != nil {
		return err
	}
	return d.write("group.json", p.Append(nil))
}

type trusteesCmd struct {
	inGroup
	Files []string `arg:"" help:"Public keys of single trustees and groups, in the order of the trustees." type:"existingfile"`
}

// Run makes the trustees file, whose hash everybody compares.
func (c *trusteesCmd) Run(d *desk) error {
	g, err := c.open()
	if err != nil {
		return err
	}
	var all trustee.Trustees
	for _, file := range c.Files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		item, err := item(g, bytes.TrimRight(text, "\n"))
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		all = append(all, item)
	}
	if err := all.Verify(g); err != nil {
		return err
	}
	if err := d.write("trustees.json", all.Append(nil)); err != nil {
		return err
	}
	fmt.Fprintf(d.out, "\n%s\n\n    %s\n", d.say["election-key"], all.PublicKey(g))
	d.compare("trustees", all.Hash())
	return nil
}

func item(g group.Group, text []byte) (trustee.Item, error) {
	if bytes.HasPrefix(text, []byte(`{"threshold":`)) {
		p, err := trustee.ParsePedersen(g, text)
		return trustee.Item{Pedersen: &p}, err
	}
	k, err := trustee.ParsePublicKey(g, text)
	return trustee.Item{Single: &k}, err
}
