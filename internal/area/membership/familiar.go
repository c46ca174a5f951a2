package membership

import (
	"context"
	"encoding/binary"
	"hash/fnv"
	"io"
	"math/bits"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/id"
	"odaq/internal/platform/db"
)

// familiar remembers in a few megabytes whom the register holds, so that a big
// import need not ask about people whom it surely does not know. It errs on one
// side only: what it takes for known is still asked. A person whom somebody enters
// meanwhile is added before the next chunk; a national ID that slips through
// breaks the unique key, and the chunk is entered again with all questions.
type familiar struct {
	numbers    bloom    // blind indexes of national IDs
	blocks     bloom    // blocks of likes
	unnumbered bloom    // blocks of those without a national ID
	namesakes  bloom    // names and birth days
	last       id.ID    // of the persons met
	load       *loading // of a first load, which leaves the register without what consult asks
}

// bloom is a Bloom filter: seven bits of ten a value, one in a hundred wrongly
// taken for known.
type bloom []uint64

func newBloom(values int64) bloom { return make(bloom, max(values, 1)*10/64+1) }

func (b bloom) each(h uint64, bit func(word *uint64, mask uint64) bool) bool {
	h ^= h >> 32
	h *= 0x9e3779b97f4a7c15
	step := h>>32 | 1
	for range 7 {
		at, _ := bits.Mul64(h, uint64(len(b))*64)
		if !bit(&b[at/64], 1<<(at%64)) {
			return false
		}
		h += step << 32
		h = bits.RotateLeft64(h, 17)
	}
	return true
}

func (b bloom) add(h uint64) {
	b.each(h, func(word *uint64, mask uint64) bool { *word |= mask; return true })
}

func (b bloom) has(h uint64) bool {
	return b.each(h, func(word *uint64, mask uint64) bool { return *word&mask != 0 })
}

// numberHash leaves out the beginning of a blind index, which names its key.
func numberHash(index []byte) uint64 { return binary.BigEndian.Uint64(index[len(index)-8:]) }

const (
	manyRows = 20_000 // from which it pays to read the register's keys first
	growth   = 5      // and only if the file adds that part of the register, at least
)

// familiarise reads what the register holds, or is nil where asking about each
// row is cheaper.
func familiarise(ctx context.Context, q db.Querier, rows int64) (*familiar, error) {
	if rows < manyRows {
		return nil, nil
	}
	known, err := held(ctx, q, rows*growth)
	if err != nil || known > rows*growth {
		return nil, err
	}
	f := newFamiliar(known + rows)
	if err := f.meet(ctx, q); err != nil {
		return nil, err
	}
	if err := f.meetNumbers(ctx, q); err != nil {
		return nil, err
	}
	return f, nil
}

func newFamiliar(people int64) *familiar {
	return &familiar{numbers: newBloom(people), blocks: newBloom(people), unnumbered: newBloom(people), namesakes: newBloom(people)}
}

// note adds the persons of a chunk that was entered.
func (f *familiar) note(c *chunk) {
	for _, e := range c.entries {
		if e.fate != entered {
			continue
		}
		f.last = max(f.last, e.person.ID)
		f.add(e.alike[0], e.folded, e.person.Birth, len(e.indexes) > 0)
		for _, index := range e.indexes {
			f.numbers.add(numberHash(index))
		}
		if f.load != nil {
			f.load.add(e)
		}
	}
}

func (f *familiar) add(block int64, folded string, birth cal.Day, numbered bool) {
	f.blocks.add(uint64(block))
	f.namesakes.add(namesake(folded, birth))
	if !numbered {
		f.unnumbered.add(uint64(block))
	}
}

func namesake(folded string, birth cal.Day) uint64 {
	h := fnv.New64a()
	io.WriteString(h, folded)
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(birth)))
	return h.Sum64()
}

// number reports whether a blind index is worth asking about.
func (f *familiar) number(index []byte) bool { return f == nil || f.numbers.has(numberHash(index)) }

// block reports whether a block is worth looking into for the likes of a row. Of
// two who both have a national ID only namesakes are alike.
func (f *familiar) block(e *entry, key int64) bool {
	switch {
	case f == nil:
		return true
	case !f.blocks.has(uint64(key)):
		return false
	case len(e.indexes) == 0 || f.unnumbered.has(uint64(key)):
		return true
	}
	return f.namesakes.has(namesake(e.folded, e.person.Birth))
}
