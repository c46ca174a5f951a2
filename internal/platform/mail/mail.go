// Package mail sends short messages by e-mail or SMS. A message is posted to an
// outbox in the transaction of whatever causes it; Deliver sends what waits
// there, so that nothing is sent that was not committed and nothing committed is
// forgotten. Recipient and content are sealed, and erased once sent.
package mail

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"log/slog"
	"net/textproto"
	"time"

	"odaq/internal/platform/db"
)

// Channel is the way a message goes.
type Channel string

// The channels.
const (
	Email Channel = "email"
	SMS   Channel = "sms"
)

// Message is what somebody gets. It is plain text.
type Message struct {
	Channel Channel `json:"-"`
	To      string  `json:"to"`
	Subject string  `json:"subject"` // of an e-mail
	Body    string  `json:"body"`
}

// Sender hands a message to the network. An error means that it may be tried
// again, ErrRejected that it may not.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// ErrRejected says that the message will never be taken: the address is wrong.
var ErrRejected = errors.New("mail: the message was rejected")

// Sealer keeps what is in the outbox secret.
type Sealer interface {
	Seal(plain, record []byte) []byte
	Open(sealed, record []byte) ([]byte, error)
}

// Outbox is the table of messages.
type Outbox struct {
	Seal Sealer
	Now  func() time.Time
	Log  *slog.Logger // nil logs nothing
}

// State is what became of a message.
type State string

// The states.
const (
	Waiting State = "waiting"
	Sent    State = "sent"
	Failed  State = "failed"
	Void    State = "void" // it had no recipient; it takes the time a real one takes
)

// Entry is a message in the outbox.
type Entry struct {
	ID       int64
	Message  Message // empty when sent: it is erased
	State    State
	Attempts int64
	Made     time.Time
	Sent     time.Time
}

// Place binds a sealed message to its row in the outbox.
func Place(id int64) []byte {
	return binary.BigEndian.AppendUint64([]byte("mail.content:"), uint64(id))
}

// Post puts a message into the outbox under an id of the caller's. A message
// without a recipient is void: nothing is sent, though the work is the same.
func (o *Outbox) Post(ctx context.Context, tx *db.Tx, id int64, m Message) error {
	content, err := json.Marshal(m)
	if err != nil {
		return err
	}
	state, sealed := Waiting, o.Seal.Seal(content, Place(id))
	if m.To == "" {
		state = Void
	}
	now := o.Now().UnixMicro()
	_, err = tx.Exec(ctx, `INSERT INTO mail_outbox (id, channel, content, state, attempts, next_at, made_at, sent_at)
		VALUES ($1, $2, $3, $4, 0, $5, $5, 0)`, id, string(m.Channel), sealed, string(state), now)
	return err
}

// List gives messages that were not void, the newest first, with an id below
// before (0: from the newest).
func (o *Outbox) List(ctx context.Context, q db.Querier, before int64, limit int) ([]Entry, error) {
	if before == 0 {
		before = 1<<63 - 1
	}
	return o.read(ctx, q, `SELECT id, channel, content, state, attempts, made_at, sent_at FROM mail_outbox
		WHERE id < $1 AND state <> $2 ORDER BY id DESC LIMIT $3`, before, string(Void), limit)
}

func (o *Outbox) read(ctx context.Context, q db.Querier, query string, args ...any) ([]Entry, error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Entry
	for rows.Next() {
		var e Entry
		var channel, state string
		var content []byte
		var made, sent int64
		if err := rows.Scan(&e.ID, &channel, &content, &state, &e.Attempts, &made, &sent); err != nil {
			return nil, err
		}
		if len(content) > 0 {
			plain, err := o.Seal.Open(content, Place(e.ID))
			if err == nil {
				err = json.Unmarshal(plain, &e.Message)
			}
			if err != nil {
				return nil, err
			}
		}
		e.Message.Channel, e.State, e.Made = Channel(channel), State(state), time.UnixMicro(made).UTC()
		if sent != 0 {
			e.Sent = time.UnixMicro(sent).UTC()
		}
		out = append(out, e)
	}
	return out, rows.Err()
}

// lease is how long a message taken for sending is left alone by other nodes;
// attempts is after how many tries it is given up; longest is how long a gateway
// may put a message off.
const (
	lease    = 5 * time.Minute
	attempts = 8
	longest  = 24 * time.Hour
)

// note writes down that a message was not sent. Of the error only the answer's
// number is told: its words may repeat an address or a number.
func (o *Outbox) note(ctx context.Context, e Entry, err error, again time.Duration) {
	if o.Log == nil {
		return
	}
	status := 0 // no answer
	if answer, ok := errors.AsType[*Answer](err); ok {
		status = answer.Status
	}
	if answer, ok := errors.AsType[*textproto.Error](err); ok {
		status = answer.Code
	}
	if again == 0 {
		o.Log.ErrorContext(ctx, "a message was given up", "channel", string(e.Message.Channel), "attempt", e.Attempts+1, "answer", status)
		return
	}
	o.Log.WarnContext(ctx, "a message was not sent and will be tried again", "channel", string(e.Message.Channel), "attempt", e.Attempts+1, "answer", status, "in", again)
}

// Deliver sends up to limit waiting messages and returns how many were sent.
// Each is taken by one node; a node that dies in the act leaves it to another,
// so a message may in the worst case come twice. A message that cannot be sent
// is tried again after 1, 2, 4 … minutes, or when the gateway asked for it. The log
// says neither to whom it was nor what.
func (o *Outbox) Deliver(ctx context.Context, d *db.DB, to map[Channel]Sender, limit int) (int, error) {
	now := o.Now().UnixMicro()
	var a db.Args
	ways := make([]string, 0, len(to))
	for channel := range to {
		ways = append(ways, string(channel))
	}
	due, err := o.read(ctx, d.Read(), `SELECT id, channel, content, state, attempts, made_at, sent_at FROM mail_outbox
		WHERE state = `+a.Add(string(Waiting))+` AND next_at <= `+a.Add(now)+` AND channel IN (`+a.List(ways)+`)
		ORDER BY next_at, id LIMIT `+a.Add(limit), a.Values()...)
	if err != nil {
		return 0, err
	}
	sent := 0
	for _, e := range due {
		mine, err := o.mark(ctx, d, `UPDATE mail_outbox SET attempts = attempts + 1, next_at = $2
			WHERE id = $1 AND state = 'waiting' AND attempts = $3`, e.ID, now+lease.Microseconds(), e.Attempts)
		if err != nil {
			return sent, err
		}
		if !mine {
			continue
		}
		switch err := to[e.Message.Channel].Send(ctx, e.Message); {
		case err == nil:
			sent++
			_, err = o.mark(ctx, d, `UPDATE mail_outbox SET state = 'sent', content = $2, sent_at = $3 WHERE id = $1`, e.ID, []byte{}, o.Now().UnixMicro())
			if err != nil {
				return sent, err
			}
		case errors.Is(err, ErrRejected) || e.Attempts+1 >= attempts:
			o.note(ctx, e, err, 0)
			if _, err := o.mark(ctx, d, `UPDATE mail_outbox SET state = 'failed', content = $2 WHERE id = $1`, e.ID, []byte{}); err != nil {
				return sent, err
			}
		default:
			wait := time.Minute << e.Attempts
			if answer, ok := errors.AsType[*Answer](err); ok {
				wait = min(max(wait, answer.After), longest)
			}
			o.note(ctx, e, err, wait)
			if _, err := o.mark(ctx, d, `UPDATE mail_outbox SET next_at = $2 WHERE id = $1`, e.ID, o.Now().Add(wait).UnixMicro()); err != nil {
				return sent, err
			}
		}
	}
	return sent, nil
}

// Withdraw deletes the messages that still wait and returns their number.
func Withdraw(ctx context.Context, tx *db.Tx) (int64, error) {
	return tx.Exec(ctx, `DELETE FROM mail_outbox WHERE state = $1`, string(Waiting))
}

func (o *Outbox) mark(ctx context.Context, d *db.DB, query string, args ...any) (bool, error) {
	var n int64
	err := d.Write(ctx, func(tx *db.Tx) error {
		var err error
		n, err = tx.Exec(ctx, query, args...)
		return err
	})
	return n > 0, err
}
