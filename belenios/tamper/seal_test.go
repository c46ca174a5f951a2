package tamper

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// record is an entry of the event log with the data that are written before it;
// the last of them is the payload.
type record struct {
	kind string
	data []string
	// rewrite changes the text of the event before it is hashed into the chain.
	rewrite func(event string) string
}

// member of an archive, with the fields of its header that can be changed.
type member struct {
	name, body string
	mtime      int64
	// header changes the header's bytes; the checksum is made afterwards unless
	// raw is set. pad changes what follows the body.
	header func(h []byte)
	raw    bool
	pad    byte
}

func hash(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}

// seal makes the members of an archive of the records, chained and hashed.
func seal(log []record, time int64) []member {
	first := fmt.Sprintf(`{"version":1,"timestamp":"%d"}`, time)
	out := []member{{name: "BELENIOS", body: first, mtime: time}}
	parent := ""
	for height, r := range log {
		payload := ""
		for _, d := range r.data {
			payload = hash(d)
			out = append(out, member{name: payload + ".data.json", body: d, mtime: time})
		}
		text := "{"
		if parent != "" {
			text += `"parent":"` + parent + `",`
		}
		text += fmt.Sprintf(`"height":%d,"type":"%s"`, height, r.kind)
		if payload != "" {
			text += `,"payload":"` + payload + `"`
		}
		text += "}"
		if r.rewrite != nil {
			text = r.rewrite(text)
		}
		parent = hash(text)
		out = append(out, member{name: parent + ".event.json", body: text, mtime: time})
	}
	return out
}

// pack writes the members (FORMAT §12).
func pack(members []member) []byte {
	var out []byte
	for _, m := range members {
		h := make([]byte, 512)
		copy(h, m.name)
		copy(h[100:], "0000644")
		copy(h[108:], "0000000")
		copy(h[116:], "0000000")
		copy(h[124:], fmt.Sprintf("%011o", len(m.body)))
		copy(h[136:], fmt.Sprintf("%011o", m.mtime))
		h[156] = '0'
		if m.header != nil {
			m.header(h)
		}
		if !m.raw {
			copy(h[148:], "        ")
			sum := 0
			for _, b := range h {
				sum += int(b)
			}
			copy(h[148:], fmt.Sprintf("%06o\x00 ", sum))
		}
		out = append(out, h...)
		out = append(out, m.body...)
		for len(out)%512 != 0 {
			out = append(out, m.pad)
		}
	}
	return out
}

// unseal reads the records of an archive that is known to be good.
func unseal(archive []byte) (log []record, time int64) {
	var data []string
	for len(archive) > 0 {
		name := strings.TrimRight(string(archive[:100]), "\x00")
		size := octal(archive[124:135])
		body := string(archive[512 : 512+size])
		time = octal(archive[136:147])
		archive = archive[512+(size+511)/512*512:]
		switch {
		case strings.HasSuffix(name, ".data.json"):
			data = append(data, body)
		case strings.HasSuffix(name, ".event.json"):
			log = append(log, record{kind: word(body, "type"), data: data})
			data = nil
		}
	}
	return log, time
}

func octal(digits []byte) int64 {
	n, err := strconv.ParseInt(string(digits), 8, 64)
	if err != nil {
		panic(err)
	}
	return n
}
