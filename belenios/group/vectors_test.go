package group_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"odaq/belenios/group"
)

// vectors is the folder of the elections made by belenios-tool.
func vectors() string {
	if dir := os.Getenv("ODAQ_ELECTION_VECTORS"); dir != "" {
		return dir
	}
	return filepath.Join("..", "testdata")
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func elections(t *testing.T) []string {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join(vectors(), "v*"))
	if err != nil || len(dirs) != 12 {
		t.Fatalf("%d elections in %s (%v), want 12", len(dirs), vectors(), err)
	}
	return dirs
}

func electionGroup(t *testing.T, dir string) group.Group {
	t.Helper()
	var election struct{ Group string }
	if err := json.Unmarshal(read(t, filepath.Join(dir, "election.json")), &election); err != nil {
		t.Fatal(err)
	}
	g, err := group.Named(election.Group)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// archive is the JSON values in an archive.
func archive(t *testing.T, dir string) (values []any) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.bel"))
	if err != nil || len(files) != 1 {
		t.Fatalf("archives %v (%v), want one", files, err)
	}
	for _, text := range regexp.MustCompile(`[{\[][^\x00]*[}\]]`).FindAll(read(t, files[0]), -1) {
		var v any
		if err := json.Unmarshal(text, &v); err != nil {
			t.Fatalf("%.80s: %v", text, err)
		}
		values = append(values, v)
	}
	return values
}

// visitor is called with the elements and scalars found.
type visitor struct{ element, scalar func(text string) }

var (
	elementNames = regexp.MustCompile(`^(alpha|beta|public_key|credential|verification|encryption|recipient|decryption_factors)$`)
	scalarNames  = regexp.MustCompile(`^(challenge|response)$`)
)

// walk visits a JSON value. Texts in a list of texts are taken by list.
func (v visitor) walk(value any, text func(string)) {
	switch value := value.(type) {
	case string:
		if text != nil {
			text(value)
		}
	case []any:
		for _, item := range value {
			v.walk(item, text)
		}
	case map[string]any:
		for name, item := range value {
			switch inner, isText := item.(string); {
			case elementNames.MatchString(name):
				v.walk(item, v.element)
			case scalarNames.MatchString(name):
				v.walk(item, v.scalar)
			case name == "coefexps":
				if list, ok := item.([]any); ok && len(list) > 0 {
					if _, ok := list[0].(string); ok {
						v.walk(list, v.element)
						continue
					}
				}
				v.walk(item, nil)
			case name == "message" && isText && strings.HasPrefix(inner, "{"):
				var message any
				if json.Unmarshal([]byte(inner), &message) == nil {
					v.walk(message, nil)
				}
			case name == "proofs":
				for _, proof := range item.([]any) {
					for i, part := range proof.([]any) {
						v.walk(part, []func(string){v.element, v.scalar, v.element, v.element}[i])
					}
				}
			default:
				v.walk(item, nil)
			}
		}
	}
}

// Every element and scalar that belenios-tool wrote is read and printed the same.
func TestVectorsParse(t *testing.T) {
	for _, dir := range elections(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			g := electionGroup(t, dir)
			var elements []group.Element
			scalars := 0
			seen := map[string]bool{}
			v := visitor{
				element: func(text string) {
					text, _, _ = strings.Cut(text, ",") // a credential with a weight
					if seen[text] {
						return
					}
					seen[text] = true
					e, err := g.ParseBase(text)
					if err != nil {
						t.Fatal(err)
					}
					if e.String() != text {
						t.Fatalf("%s is printed as %s", text, e)
					}
					elements = append(elements, e)
				},
				scalar: func(text string) {
					s, err := g.ParseScalar(text)
					if err != nil {
						t.Fatal(err)
					}
					if s.String() != text || s.Big().String() != text {
						t.Fatalf("%s is printed as %s", text, s)
					}
					scalars++
				},
			}
			for _, value := range archive(t, dir) {
				list, ok := value.([]any)
				if _, credentials := first(list).(string); ok && credentials {
					v.walk(value, v.element)
				} else {
					v.walk(value, nil)
				}
			}
			if len(elements) < 20 || scalars < 20 {
				t.Fatalf("only %d elements and %d scalars found", len(elements), scalars)
			}
			t.Logf("%d elements, %d scalars", len(elements), scalars)
			var texts []string
			for _, e := range elements {
				texts = append(texts, e.String())
			}
			if got := string(g.Join([]byte("|"), elements)); got != "|"+strings.Join(texts, ",") {
				t.Errorf("Join is %.200s", got)
			}
			if k := key(t, dir, g); k != nil {
				for _, e := range elements[:10] {
					want := g.Power(e, k)
					if got := g.Product([]group.Element{e}, []group.Scalar{k}); !got.Equal(want) {
						t.Errorf("Product %s, Power %s", got, want)
					}
				}
			}
		})
	}
}

func first(list []any) any {
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

// key is the private key of trustee 1, nil where it is a threshold trustee.
func key(t *testing.T, dir string, g group.Group) group.Scalar {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "secrets", "trustee1.privkey"))
	if err != nil {
		return nil
	}
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		t.Fatal(err)
	}
	k, err := g.ParseScalar(text)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// The ranked answers of two elections are what is embedded in the shuffled
// ciphertexts, and are embedded into the same elements.
func TestVectorsEmbedding(t *testing.T) {
	for _, name := range []string{"v03-ff-nh-schulze", "v08-ed-nh-schulze"} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(vectors(), name)
			g := electionGroup(t, dir)
			var ciphertexts [][]map[string]string
			var factors [][][]string
			var result []any
			for _, value := range archive(t, dir) {
				fields, _ := value.(map[string]any)
				text, err := json.Marshal(value)
				if err != nil {
					t.Fatal(err)
				}
				switch {
				case fields["ciphertexts"] != nil: // the last shuffle is what counts
					var shuffle struct{ Ciphertexts [][]map[string]string }
					err = json.Unmarshal(text, &shuffle)
					ciphertexts = shuffle.Ciphertexts
				case fields["decryption_factors"] != nil:
					var decryption struct {
						Factors [][]string `json:"decryption_factors"`
					}
					err = json.Unmarshal(text, &decryption)
					factors = append(factors, decryption.Factors)
				case fields["result"] != nil:
					result, _ = fields["result"].([]any)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			if len(ciphertexts) != 1 || len(factors) != 2 || len(result) != 2 {
				t.Fatalf("%d questions shuffled, %d decryptions, %d results", len(ciphertexts), len(factors), len(result))
			}
			parse := func(text string) group.Element {
				e, err := g.Parse(text)
				if err != nil {
					t.Fatal(err)
				}
				return e
			}
			for i, want := range result[1].([]any) {
				e := parse(ciphertexts[0][i]["beta"])
				for _, f := range factors {
					e = g.Div(e, parse(f[1][i]))
				}
				var values []int
				for _, v := range want.([]any) {
					values = append(values, int(v.(float64)))
				}
				got, err := g.Extract(e, len(values))
				if err != nil {
					t.Fatal(err)
				}
				for j := range values {
					if got[j] != values[j] {
						t.Fatalf("vote %d: extracted %v, want %v", i, got, values)
					}
				}
				again, err := g.Embed(values)
				if err != nil {
					t.Fatal(err)
				}
				if !again.Equal(e) {
					t.Fatalf("vote %d: %v is embedded in %s, want %s", i, values, again, e)
				}
			}
		})
	}
}
