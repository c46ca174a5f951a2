package membership

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"time"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/act"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/event"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/ref"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
	"odaq/internal/platform/seal"
)

// KeyState is what a card key is good for.
type KeyState string

// The states of a key.
const (
	Signing   KeyState = "signing"
	Verifying KeyState = "verifying" // replaced; its cards are good until they expire
	Withdrawn KeyState = "withdrawn" // stolen or lost: no card of it is good
)

// CardKey is a key without its seed.
type CardKey struct {
	ID       uint16
	Public   ed25519.PublicKey
	From, To cal.Day
	State    KeyState
}

const keyColumns = `id, public, from_day, to_day, state`

func scanKey(row interface{ Scan(...any) error }, more ...any) (k CardKey, err error) {
	err = row.Scan(append([]any{&k.ID, &k.Public, &k.From, &k.To, &k.State}, more...)...)
	return k, err
}

// cardKeys lists all keys, the newest first.
func cardKeys(ctx context.Context, q db.Querier) ([]CardKey, error) {
	rows, err := q.Query(ctx, `SELECT `+keyColumns+` FROM membership_card_key ORDER BY id DESC`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []CardKey
	for rows.Next() {
		k, err := scanKey(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, k)
	}
	return out, rows.Err()
}

// cardKey is the public key that verifies cards; one that was withdrawn or is
// unknown verifies nothing.
func cardKey(ctx context.Context, q db.Querier, key uint16) (ed25519.PublicKey, error) {
	k, err := scanKey(q.QueryRow(ctx, `SELECT `+keyColumns+` FROM membership_card_key WHERE id = $1`, int64(key)))
	if err == db.ErrNoRows || err == nil && k.State == Withdrawn {
		return nil, nil
	}
	return k.Public, err
}

// signer is the key that signs now; db.ErrNoRows before the first.
func (a *Area) signer(ctx context.Context, q db.Querier) (CardKey, ed25519.PrivateKey, error) {
	var sealed []byte
	k, err := scanKey(q.QueryRow(ctx, `SELECT `+keyColumns+`, seed FROM membership_card_key WHERE state = 'signing' ORDER BY id DESC LIMIT 1`), &sealed)
	if err != nil {
		return k, nil, err
	}
	seed, err := a.seal.Open(sealed, keyPlace(k.ID))
	if err != nil {
		return k, nil, err
	}
	return k, ed25519.NewKeyFromSeed(seed), nil
}

func keyPlace(key uint16) []byte { return seal.Place("membership_card_key", "seed", int64(key)) }

// makeKey makes the key that signs from today on.
func (a *Area) makeKey(ctx context.Context, tx *act.Tx, key uint16) (CardKey, error) {
	seed := seal.Secret()
	k := CardKey{ID: key, Public: ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey), From: tx.Today, To: cal.Forever, State: Signing}
	_, err := tx.Exec(ctx, `INSERT INTO membership_card_key (id, public, seed, from_day, to_day, state) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING`,
		int64(k.ID), []byte(k.Public), a.seal.Seal(seed, keyPlace(k.ID)), k.From, k.To, string(k.State))
	return k, err
}

// RotateCardKey makes a new key. Cards of the old one stay good until they
// expire, or with withdraw never are again: members get new ones at their next
// look. The actor needs the right at the federation.
func (a *Area) RotateCardKey(ctx context.Context, withdraw bool) (CardKey, error) {
	top, err := org.Top(ctx, a.desk.DB.Read(), a.desk.Today())
	if err != nil {
		return CardKey{}, err
	}
	return act.Do(ctx, a.desk, act.Request{Action: IssueCard, Org: top.Org, Input: withdraw}, func(tx *act.Tx) (CardKey, error) {
		keys, err := cardKeys(ctx, tx)
		if err != nil {
			return CardKey{}, err
		}
		var next uint16 = 1
		if len(keys) > 0 {
			next = keys[0].ID + 1
		}
		until, err := a.cardUntil(ctx, tx, tx.Today)
		if err != nil {
			return CardKey{}, err
		}
		state, to := Verifying, until+1
		if withdraw {
			state, to = Withdrawn, tx.Today
		}
		for _, k := range keys {
			if k.State == Signing || withdraw && k.State == Verifying {
				if _, err := tx.Exec(ctx, `UPDATE membership_card_key SET state = $2, to_day = $3 WHERE id = $1`, int64(k.ID), string(state), to); err != nil {
					return CardKey{}, err
				}
			}
		}
		k, err := a.makeKey(ctx, tx, next)
		tx.Changed(ref.To("card-key", id.ID(next)), nil, map[string]any{"state": string(k.State), "before": string(state)})
		return k, err
	})
}

// cardUntil is the last valid day of a card made on a day.
func (a *Area) cardUntil(ctx context.Context, q db.Querier, on cal.Day) (cal.Day, error) {
	var month, day int
	err := q.QueryRow(ctx, `SELECT month, day FROM membership_card_setting WHERE id = 1`).Scan(&month, &day)
	return lastDay(on, month, day), err
}

// SetCardEnd sets the last day in the year on which cards are valid; cards
// already made keep theirs.
func (a *Area) SetCardEnd(ctx context.Context, month, day int) error {
	if month < 1 || month > 12 || day < 1 || cal.Date(2024, time.Month(month), day).Time().Month() != time.Month(month) {
		return fault.Check().In("day", "fault.date")
	}
	top, err := org.Top(ctx, a.desk.DB.Read(), a.desk.Today())
	if err != nil {
		return err
	}
	_, err = act.Do(ctx, a.desk, act.Request{Action: IssueCard, Org: top.Org, Input: []int{month, day}}, func(tx *act.Tx) (struct{}, error) {
		tx.Changed(ref.To("card-setting", 1), nil, map[string]int{"month": month, "day": day})
		_, err := tx.Exec(ctx, `UPDATE membership_card_setting SET month = $1, day = $2 WHERE id = 1`, month, day)
		return struct{}{}, err
	})
	return err
}

// MyCard is the card of the person behind the actor.
type MyCard struct {
	SignedCard
	Name string
	Org  text.Names // the primary organisation, which only the member sees
}

// OwnCard is the actor's card; it is made when first asked for, and again when
// the year, the key or the organisation changed. Only an active member has one.
func (a *Area) OwnCard(ctx context.Context) (MyCard, error) {
	q := a.desk.DB.Read()
	p, err := a.self(ctx, q)
	if err != nil {
		return MyCard{}, err
	}
	made, good, err := a.drawCard(ctx, q, p)
	if err != nil || good {
		return made, err
	}
	return act.Do(ctx, a.desk, act.Request{Action: Own, Org: p.Org, Record: Ref(p.ID)}, func(tx *act.Tx) (MyCard, error) {
		p, err := load(ctx, tx, p.ID)
		if err != nil {
			return MyCard{}, err
		}
		if _, _, err := a.signer(ctx, tx); err == db.ErrNoRows {
			if _, err := a.makeKey(ctx, tx, 1); err != nil {
				return MyCard{}, err
			}
		}
		made, _, err := a.drawCard(ctx, tx, p)
		if err != nil {
			return MyCard{}, err
		}
		tx.Changed(Ref(p.ID), nil, map[string]string{"card": made.Until.String()})
		_, err = tx.Exec(ctx, `INSERT INTO membership_card (person_id, fingerprint, key_id, until_day, revoked_at, made_at) VALUES ($1, $2, $3, $4, 0, $5)
			ON CONFLICT (person_id, fingerprint) DO UPDATE SET revoked_at = 0`, p.ID, made.Fingerprint(), int64(made.Key), made.Until, tx.Now)
		return made, err
	})
}

// drawCard signs the card a person should have, and reports whether it was
// issued and is not revoked.
func (a *Area) drawCard(ctx context.Context, q db.Querier, p Person) (MyCard, bool, error) {
	switch {
	case p.Status == Suspended:
		return MyCard{}, false, fault.New(fault.Unready, "card.suspended")
	case p.Status != Active:
		return MyCard{}, false, fault.New(fault.Unready, "card.not-a-member")
	}
	today := a.desk.Today()
	path, err := org.Path(ctx, q, p.Org, today)
	if err != nil {
		return MyCard{}, false, err
	}
	if len(path) == 0 {
		return MyCard{}, false, fault.New(fault.Unready, "card.no-org")
	}
	key, private, err := a.signer(ctx, q)
	if err == db.ErrNoRows {
		return MyCard{}, false, nil
	}
	if err != nil {
		return MyCard{}, false, err
	}
	until, err := a.cardUntil(ctx, q, today)
	if err != nil {
		return MyCard{}, false, err
	}
	made := MyCard{Name: FullName(p.Name), Org: path[len(path)-1].Names,
		SignedCard: SignCard(Card{Key: key.ID, Number: p.Number, Until: until, Org: path[min(1, len(path)-1)].Org}, private)}
	var revoked cal.Instant
	err = q.QueryRow(ctx, `SELECT revoked_at FROM membership_card WHERE person_id = $1 AND fingerprint = $2`, p.ID, made.Fingerprint()).Scan(&revoked)
	if err == db.ErrNoRows {
		return made, false, nil
	}
	return made, revoked == 0, err
}

// self is the actor's own record.
func (a *Area) self(ctx context.Context, q db.Querier) (Person, error) {
	actor := access.From(ctx)
	if err := a.desk.Gate.Require(ctx, q, actor, Own, 0); err != nil {
		return Person{}, err
	}
	if actor.Person == 0 {
		return Person{}, fault.New(fault.NotFound, "me.nobody")
	}
	return load(ctx, q, actor.Person)
}

// cardEvents revokes the cards of whoever leaves, moves or is suspended. A card
// that is due again is good again when its member next looks at it.
func (a *Area) cardEvents(b *event.Bus) {
	for _, name := range []string{"membership.ended", "membership.suspended", "membership.begun"} {
		b.On(name, func(ctx context.Context, tx *db.Tx, e event.Event) error {
			return revokeCards(ctx, tx, e.Record.ID, a.desk.Clock.Now())
		})
	}
}

func revokeCards(ctx context.Context, tx *db.Tx, person id.ID, at cal.Instant) error {
	_, err := tx.Exec(ctx, `UPDATE membership_card SET revoked_at = $2 WHERE person_id = $1 AND revoked_at = 0`, person, at)
	return err
}

// VerifyCard answers what a card's QR code is worth today. Where the register
// knows more than the revocation list it has the last word.
func (a *Area) VerifyCard(ctx context.Context, s string) (CardAnswer, error) {
	q := a.desk.DB.Read()
	if err := a.desk.Gate.Require(ctx, q, access.From(ctx), CheckCard, 0); err != nil {
		return CardAnswer{}, err
	}
	c, ok := ParseCard(s)
	if !ok {
		return CardAnswer{State: CardForged}, nil
	}
	public, err := cardKey(ctx, q, c.Key)
	if err != nil {
		return CardAnswer{}, err
	}
	revoked, err := revokedNow(ctx, q, c)
	if err != nil {
		return CardAnswer{}, err
	}
	answer := CardAnswer{State: judge(c, public, revoked, a.desk.Today()), Number: c.Number, Until: c.Until}
	if answer.State == CardForged {
		return CardAnswer{State: CardForged}, nil
	}
	versions, err := org.Versions(ctx, q, c.Org)
	if len(versions) > 0 {
		answer.Org = versions[len(versions)-1].Names
	}
	return answer, err
}

// revokedNow looks the card and its member up. A card the register does not
// know (it was restored from a copy) is judged by its signature alone.
func revokedNow(ctx context.Context, q db.Querier, c SignedCard) (bool, error) {
	var at cal.Instant
	var status Status
	var number Number
	err := q.QueryRow(ctx, `SELECT c.revoked_at, p.status, p.number FROM membership_card c JOIN membership_person p ON p.id = c.person_id
		WHERE c.fingerprint = $1 ORDER BY c.revoked_at LIMIT 1`, c.Fingerprint()).Scan(&at, &status, &number)
	if err == db.ErrNoRows {
		return false, nil
	}
	return at != 0 || status != Active || number != c.Number, err
}

// CardKeyList is the signed list of keys and of the names of the organisations
// that cards name.
func (a *Area) CardKeyList(ctx context.Context) (SignedList, error) {
	q, today := a.desk.DB.Read(), a.desk.Today()
	list := CardKeys{Day: today, Keys: []PublicKey{}, Organisations: map[id.ID]text.Names{}}
	keys, err := cardKeys(ctx, q)
	if err != nil {
		return SignedList{}, err
	}
	for _, k := range keys {
		if k.State != Withdrawn && k.To > today {
			list.Keys = append(list.Keys, PublicKey{k.ID, k.Public, k.From, k.To})
		}
	}
	names, err := memberNames(ctx, q, today)
	if err != nil {
		return SignedList{}, err
	}
	list.Organisations = names
	return a.signList(ctx, q, list)
}

// memberNames are the organisations directly beneath the federation.
func memberNames(ctx context.Context, q db.Querier, today cal.Day) (map[id.ID]text.Names, error) {
	rows, err := q.Query(ctx, `SELECT v.org_id, v.name_kk, v.name_ru, v.name_en FROM org_version v
		JOIN org_version t ON t.org_id = v.parent_id AND t.kind = 'federation' AND t.from_day <= $1 AND t.to_day > $1
		WHERE v.from_day <= $1 AND v.to_day > $1`, today)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[id.ID]text.Names{}
	for rows.Next() {
		var o id.ID
		var n text.Names
		if err := rows.Scan(&o, &n.KK, &n.RU, &n.EN); err != nil {
			return nil, err
		}
		out[o] = n
	}
	return out, rows.Err()
}

// RevokedCardList is the signed list of revoked cards that have not expired.
func (a *Area) RevokedCardList(ctx context.Context) (SignedList, error) {
	q := a.desk.DB.Read()
	rows, err := q.Query(ctx, `SELECT fingerprint FROM membership_card WHERE revoked_at <> 0 AND until_day >= $1 ORDER BY fingerprint`, a.desk.Today())
	if err != nil {
		return SignedList{}, err
	}
	defer rows.Close()
	var all bytes.Buffer
	for rows.Next() {
		var f []byte
		if err := rows.Scan(&f); err != nil {
			return SignedList{}, err
		}
		all.Write(f)
	}
	if err := rows.Err(); err != nil {
		return SignedList{}, err
	}
	return a.signList(ctx, q, RevokedCards{a.desk.Clock.Now(), all.Bytes()})
}

// signList signs a list; before the first card there is no key, and the list
// goes without.
func (a *Area) signList(ctx context.Context, q db.Querier, list any) (SignedList, error) {
	b, err := json.Marshal(list)
	if err != nil {
		return SignedList{}, err
	}
	out := SignedList{List: string(b)}
	key, private, err := a.signer(ctx, q)
	if err == db.ErrNoRows {
		return out, nil
	}
	if err != nil {
		return out, err
	}
	out.Key, out.Signature = key.ID, ed25519.Sign(private, []byte(listDomain+out.List))
	return out, nil
}
