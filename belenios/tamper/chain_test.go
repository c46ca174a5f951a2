package tamper

import (
	"fmt"
	"slices"
	"strings"

	"odaq/belenios"
	"odaq/belenios/archive"
	"odaq/belenios/ballot"
	"odaq/belenios/proof"
)

func parsed(p *play, text string) [][]proof.Ciphertext {
	return check(ballot.Parse(p.election, []byte(text))).Choices
}

// chains are tamperings with the log of events; the chain of hashes is made anew.
func chains() (list []*tampering) {
	add := func(script, name string, want error, kind string, log func(p *play, log []record) []record) {
		list = append(list, &tampering{name: "events: " + name, script: script, want: want, kind: kind, log: log})
	}
	// The order of events (FORMAT §12).
	for _, kind := range []string{"EndBallots", "EncryptedTally"} {
		for _, script := range []string{"plain", "mixed"} {
			add(script, "no "+kind, archive.ErrGrammar, "", func(_ *play, log []record) []record { return without(log, index(log, kind)) })
		}
	}
	for _, kind := range []string{"Setup", "EndBallots", "EncryptedTally", "EndShuffles", "Result"} {
		add("mixed", "two "+kind, archive.ErrGrammar, kind, func(_ *play, log []record) []record {
			i := index(log, kind)
			return insert(log, i, log[i])
		})
	}
	add("mixed", "no EndShuffles", archive.ErrGrammar, "PartialDecryption", func(_ *play, log []record) []record { return without(log, index(log, "EndShuffles")) })
	add("plain", "EndShuffles without a shuffle", archive.ErrGrammar, "EndShuffles", func(_ *play, log []record) []record {
		return insert(log, index(log, "PartialDecryption"), record{kind: "EndShuffles"})
	})
	add("mixed", "a shuffle after the shuffles", archive.ErrGrammar, "Shuffle", func(_ *play, log []record) []record {
		return insert(log, index(log, "EndShuffles")+1, log[index(log, "Shuffle")])
	})
	add("plain", "no decryption", archive.ErrGrammar, "Result", func(_ *play, log []record) []record {
		return slices.DeleteFunc(log, func(r record) bool { return r.kind == "PartialDecryption" })
	})
	add("plain", "no Setup", archive.ErrGrammar, "", func(_ *play, log []record) []record { return log[1:] })
	add("plain", "a decryption after the result", archive.ErrGrammar, "PartialDecryption", func(_ *play, log []record) []record {
		return append(log, log[index(log, "PartialDecryption")])
	})
	for _, after := range []string{"EndBallots", "EncryptedTally", "PartialDecryption", "Result"} {
		add("plain", "a new ballot after "+after, archive.ErrGrammar, "Ballot", func(p *play, log []record) []record {
			late := check(p.ballot(3, [][]int{{1, 0, 0}, {1, 0, 0}}))
			return insert(log, index(log, after)+1, record{kind: "Ballot", data: []string{late}})
		})
	}
	// With belenios-tool all other ballots disappear (FORMAT §12).
	add("plain", "an old ballot again after EndBallots", archive.ErrGrammar, "Ballot", func(_ *play, log []record) []record {
		return insert(log, index(log, "EndBallots")+1, log[1])
	})
	add("plain", "a revote undone with the old ballot", belenios.ErrDuplicate, "Ballot", func(_ *play, log []record) []record {
		return insert(log, index(log, "EndBallots"), log[1])
	})
	add("running", "a ballot twice", belenios.ErrDuplicate, "Ballot", func(_ *play, log []record) []record { return append(log, log[1]) })
	add("running", "a tally before the end of voting", archive.ErrGrammar, "EncryptedTally", func(p *play, log []record) []record {
		return append(log, record{kind: "EncryptedTally", data: []string{"[]", fmt.Sprintf(`{"num_tallied":0,"total_weight":0,"encrypted_tally":"%s"}`, hash("[]"))}})
	})
	add("plain", "an unknown type", archive.ErrText, "", func(_ *play, log []record) []record {
		return insert(log, index(log, "EndBallots"), record{kind: "Comment", data: []string{"{}"}})
	})
	add("plain", "a result without its text", archive.ErrOrder, "Result", func(_ *play, log []record) []record {
		log[len(log)-1].data = nil
		return log
	})
	add("plain", "a ballot with two texts", archive.ErrOrder, "Ballot", func(_ *play, log []record) []record {
		log[1].data = []string{log[2].data[0], log[1].data[0]}
		return log
	})
	add("plain", "EndBallots with a text", archive.ErrOrder, "EndBallots", func(_ *play, log []record) []record {
		log[index(log, "EndBallots")].data = []string{"{}"}
		return log
	})
	add("plain", "a decryption without its owner", archive.ErrOrder, "PartialDecryption", func(_ *play, log []record) []record {
		r := &log[index(log, "PartialDecryption")]
		r.data = r.data[:1]
		return log
	})

	// The text of an event.
	for _, c := range []struct {
		name    string
		want    error
		rewrite func(event string) string
	}{
		{"another parent", archive.ErrParent, func(e string) string { return set(e, "parent", `"`+hash("x")+`"`) }},
		{"no parent", archive.ErrParent, func(e string) string { return "{" + e[strings.Index(e, `"height"`):] }},
		{"a parent in capitals", archive.ErrParent, func(e string) string {
			return edit(e, "parent", func(v string) string { return strings.ToUpper(v) })
		}},
		{"a height too great", archive.ErrHeight, func(e string) string { return set(e, "height", "3") }},
		{"a height too small", archive.ErrHeight, func(e string) string { return set(e, "height", "1") }},
		{"a height as a string", archive.ErrText, func(e string) string { return set(e, "height", `"2"`) }},
		{"another payload", archive.ErrPayload, func(e string) string { return set(e, "payload", `"`+hash("x")+`"`) }},
		{"no payload", archive.ErrPayload, func(e string) string { return drop(e, "payload") }},
		{"an unknown field", archive.ErrText, func(e string) string { return extend(e, `"time":1`) }},
		{"fields in another order", archive.ErrText, func(e string) string {
			return fmt.Sprintf(`{"height":2,"parent":%s,"type":"Ballot","payload":%s}`, get(e, "parent"), get(e, "payload"))
		}},
		{"space", archive.ErrText, func(e string) string { return strings.Replace(e, ":", ": ", 1) }},
		{"a line's end", archive.ErrText, func(e string) string { return e + "\n" }},
		{"a field twice", archive.ErrText, func(e string) string { return extend(e, `"height":2`) }},
	} {
		add("plain", "event with "+c.name, c.want, "", func(_ *play, log []record) []record {
			log[2].rewrite = c.rewrite
			return log
		})
	}
	add("plain", "a parent of the first", archive.ErrParent, "Setup", func(_ *play, log []record) []record {
		log[0].rewrite = func(e string) string { return `{"parent":"` + hash("x") + `",` + e[1:] }
		return log
	})
	return list
}

// files are tamperings with members and bytes of the archive.
func files() (list []*tampering) {
	members := func(name string, want error, change func(m []member) []member) {
		list = append(list, &tampering{name: "archive: " + name, script: "running", want: want, members: change})
	}
	bytes := func(name string, want error, change func(b []byte) []byte) {
		list = append(list, &tampering{name: "archive: " + name, script: "running", want: want, bytes: change})
	}
	// The members of the archive: BELENIOS, election, trustees, credentials, set-up,
	// event, ballot, event, ballot, event.
	members("an event cut out", archive.ErrOrder, func(m []member) []member { return slices.Delete(m, 7, 8) })
	members("a ballot cut out with its event", archive.ErrParent, func(m []member) []member { return slices.Delete(m, 6, 8) })
	members("a ballot cut out", archive.ErrOrder, func(m []member) []member { return slices.Delete(m, 6, 7) })
	members("ballots exchanged", archive.ErrPayload, func(m []member) []member { m[6], m[8] = m[8], m[6]; return m })
	members("events exchanged", archive.ErrParent, func(m []member) []member {
		m[6], m[7], m[8], m[9] = m[8], m[9], m[6], m[7]
		return m
	})
	members("an event before its ballot", archive.ErrOrder, func(m []member) []member { m[6], m[7] = m[7], m[6]; return m })
	members("election and trustees exchanged", archive.ErrOrder, func(m []member) []member { m[1], m[2] = m[2], m[1]; return m })
	members("a member that nobody names", archive.ErrOrder, func(m []member) []member {
		return slices.Insert(m, 6, member{name: hash("x") + ".data.json", body: "x", mtime: sealing})
	})
	members("a member at the end without an event", archive.ErrTruncated, func(m []member) []member {
		return append(m, member{name: hash("x") + ".data.json", body: "x", mtime: sealing})
	})
	members("a member of another kind", archive.ErrName, func(m []member) []member {
		return slices.Insert(m, 6, member{name: "README", body: "x", mtime: sealing})
	})
	members("a body of another hash", archive.ErrHash, func(m []member) []member { m[6].body += " "; return m })
	members("an event of another hash", archive.ErrHash, func(m []member) []member { m[7].body += " "; return m })
	members("a name in capitals", archive.ErrName, func(m []member) []member {
		m[6].name = strings.ToUpper(m[6].name[:64]) + m[6].name[64:]
		return m
	})
	members("another end of a name", archive.ErrName, func(m []member) []member { m[6].name = m[6].name[:64] + ".data.txt"; return m })
	members("a path in a name", archive.ErrName, func(m []member) []member { m[6].name = "./" + m[6].name; return m })
	members("no first member", archive.ErrNotArchive, func(m []member) []member { return m[1:] })
	members("two first members", archive.ErrName, func(m []member) []member { return slices.Insert(m, 1, m[0]) })
	members("version 2", archive.ErrText, func(m []member) []member { m[0].body = strings.Replace(m[0].body, "1", "2", 1); return m })
	members("another time inside than outside", archive.ErrText, func(m []member) []member {
		m[0].body = strings.Replace(m[0].body, "1700000000", "1700000001", 1)
		return m
	})
	members("the time as a number", archive.ErrText, func(m []member) []member {
		m[0].body = strings.Replace(m[0].body, `"1700000000"`, "1700000000", 1)
		return m
	})
	members("another time of one member", archive.ErrHeader, func(m []member) []member { m[6].mtime++; return m })
	members("a body padded with ones", archive.ErrPadding, func(m []member) []member { m[6].pad = 1; return m })
	members("the last body padded with ones", archive.ErrPadding, func(m []member) []member { m[9].pad = 1; return m })

	// Each field of a header (FORMAT §12).
	for _, c := range []struct {
		name  string
		at    int
		value string
	}{
		{"a byte behind the name", 99, "x"},
		{"the mode", 100, "0000600"},
		{"the mode's end", 107, " "},
		{"the owner", 108, "0001000"},
		{"the group", 116, "0001000"},
		{"the end of the size", 135, " "},
		{"the time with spaces", 136, "           "},
		{"the end of the time", 147, " "},
		{"the type", 156, "\x00"},
		{"a symbolic link", 156, "2"},
		{"the target of a link", 157, "x"},
		{"the mark of ustar", 257, "ustar\x0000"},
		{"the name of the owner", 265, "root"},
		{"the name of the group", 297, "root"},
		{"a device", 329, "0000001"},
		{"a prefix", 345, "x"},
		{"the last byte", 511, "x"},
	} {
		members("header: "+c.name, archive.ErrHeader, func(m []member) []member {
			m[8].header = func(h []byte) { copy(h[c.at:], c.value) }
			return m
		})
	}
	members("header: a size that is not octal", archive.ErrHeader, func(m []member) []member {
		m[8].header = func(h []byte) { copy(h[124:], "0000000000x") }
		return m
	})
	members("header: a size with spaces", archive.ErrHeader, func(m []member) []member {
		m[8].header = func(h []byte) { copy(h[124:], "    ") }
		return m
	})
	members("header: an enormous size", archive.ErrSize, func(m []member) []member {
		m[8].header = func(h []byte) { copy(h[124:], "77777777777") }
		return m
	})
	members("header: the size of base 256", archive.ErrHeader, func(m []member) []member {
		m[8].header = func(h []byte) { h[124] = 0x80 }
		return m
	})
	for name, digits := range map[string]string{"another checksum": "000000\x00 ", "a checksum in another form": " 12345\x00 "} {
		members("header: "+name, archive.ErrHeader, func(m []member) []member {
			m[8].raw, m[8].header = true, func(h []byte) { copy(h[148:], digits) }
			return m
		})
	}

	bytes("two blocks of zeros at the end", archive.ErrTail, func(b []byte) []byte { return append(b, make([]byte, 1024)...) })
	bytes("a zero at the end", archive.ErrTail, func(b []byte) []byte { return append(b, 0) })
	bytes("half a header at the end", archive.ErrTruncated, func(b []byte) []byte { return append(b, b[:256]...) })
	bytes("the last byte missing", archive.ErrTruncated, func(b []byte) []byte { return b[:len(b)-1] })
	bytes("the last block missing", archive.ErrTruncated, func(b []byte) []byte { return b[:len(b)-512] })
	bytes("a block of zeros inside", archive.ErrTail, func(b []byte) []byte { return slices.Insert(b, 1024, make([]byte, 512)...) })
	bytes("the archive twice", archive.ErrName, func(b []byte) []byte { return append(b, b...) })
	bytes("nothing", archive.ErrNotArchive, func([]byte) []byte { return nil })
	bytes("something else", archive.ErrNotArchive, func([]byte) []byte { return []byte(strings.Repeat("PK\x03\x04", 256)) })
	return list
}
