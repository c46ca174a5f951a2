package norm

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestBadCases(t *testing.T) {
	law := country(t, "kz")
	head := `{"documents": [` + "\n"
	document := func(clauses string) string {
		return head + `{"id": "CA", "level": "collective", "employer": "e", "clauses": [` + "\n" + clauses + "\n]}]}"
	}
	for _, c := range []struct{ name, text, want string }{
		{"unknown type", document(`{"type": "LEAVE.LUNAR", "value": 1}`), `case.json:3: norm type "LEAVE.LUNAR" is unknown to the profile kz`},
		{"unknown unit", document(`{"type": "LEAVE.ANNUAL", "value": 1, "unit": "moons"}`), `case.json:3: unit "moons" is unknown to the profile kz`},
		{"unit does not convert", document(`{"type": "LEAVE.ANNUAL", "value": 1, "unit": "x MW"}`), `case.json:3: "x MW" does not convert to "calendar days", the unit of LEAVE.ANNUAL`},
		{"overlap", document(`{"no": "1", "type": "LEAVE.ANNUAL", "value": 25, "until": "2026-02-01"},` + "\n" + `{"no": "2", "type": "LEAVE.ANNUAL", "value": 26, "from": "2026-01-01"}`),
			`case.json:4: LEAVE.ANNUAL overlaps in document "CA": clause 1 already says it on 2026-01-01 (line 3)`},
		{"a hundred thousand overlaps", document(strings.Repeat(`{"no": "1", "type": "LEAVE.ANNUAL", "value": 25},`+"\n", 100_000) + `{"no": "2", "type": "LEAVE.ANNUAL", "value": 26}`),
			`case.json:4: LEAVE.ANNUAL overlaps in document "CA": clause 1 already says it on every day (line 3)`},
		{"ends first", document(`{"no": "1", "type": "LEAVE.ANNUAL", "value": 25, "from": "2026-02-01", "until": "2026-01-01"}`), `case.json:3: clause 1 ends before it begins`},
		{"dimension", document(`{"type": "LEAVE.ANNUAL", "value": 1, "dimension": {"moon": "full"}}`), `case.json:3: LEAVE.ANNUAL does not depend on "moon"`},
		{"not a number", document(`{"type": "LEAVE.ANNUAL", "value": true}`), `case.json:3: the value of LEAVE.ANNUAL must be a number`},
		{"not a list", document(`{"type": "SOC.HEALTH_INS", "value": 3}`), `case.json:3: the value of SOC.HEALTH_INS must be a list`},
		{"exponent", document(`{"type": "LEAVE.ANNUAL", "value": 1e9}`), `case.json:3: "1e9" is not a decimal number`},
		{"unknown field", document(`{"type": "LEAVE.ANNUAL", "valeu": 1}`), `case.json:3: "valeu" is no field of a clause`},
		{"missing field", document(`{"type": "LEAVE.ANNUAL"}`), `case.json:3: a clause lacks "value"`},
		{"twice", document(`{"type": "LEAVE.ANNUAL",` + "\n" + `"value": 1, "value": 2}`), `case.json:4: "value" is there twice, first on line 4`},
		{"bad date", document(`{"type": "LEAVE.ANNUAL", "value": 1, "from": "1 May"}`), `case.json:3: "1 May" is not a date`},
		{"level", head + `{"id": "x", "level": "town"}]}`, `case.json:2: level "town" must be one of`},
		{"no scope", head + `{"id": "x", "level": "industry"}]}`, `case.json:2: document "x" of level industry does not say for which industry`},
		{"industry", head + `{"id": "x", "level": "industry", "industry": "ZZ"}]}`, `case.json:2: industry "ZZ" is not in the classifier`},
		{"region", head + `{"id": "x", "level": "regional", "region": "ZZ"}]}`, `case.json:2: region "ZZ" is not in the profile kz`},
		{"same id", head + `{"id": "x", "level": "law"},` + "\n" + `{"id": "x", "level": "law"}]}`, `case.json:3: document "x" is there twice, first on line 2`},
		{"circular", head + `{"id": "a", "level": "general", "from": "2025-01-01", "replaces": "b"},` + "\n" + `{"id": "b", "level": "general", "from": "2026-01-01", "replaces": "a"}]}`,
			`case.json:2: the succession is circular: a replaces b replaces a`},
		{"replaces itself", head + `{"id": "a", "level": "general", "replaces": "a"}]}`, `case.json:2: the succession is circular: a replaces a`},
		{"replaces nothing", head + `{"id": "a", "level": "general", "replaces": "b"}]}`, `case.json:2: document "a" replaces "b", which is not there`},
		{"replaces later", head + `{"id": "a", "level": "general", "from": "2026-01-01"},` + "\n" + `{"id": "b", "level": "general", "from": "2025-01-01", "replaces": "a"}]}`,
			`case.json:3: document "b" does not begin after "a", which it replaces`},
		{"cut off", `{"documents": [` + "\n" + `{"id": "a"`, `case.json:2: the file ends too early`},
		{"two values", `{"documents": []}` + "\n" + `{}`, `case.json:2: there is something after the end`},
		{"deep", strings.Repeat("[", 100), `case.json:1: more than 20 levels deep`},
		{"empty", ``, `case.json:1: the file ends too early`},
	} {
		t.Run(c.name, func(t *testing.T) {
			facts, err := Decode("case.json", strings.NewReader(c.text))
			if err == nil {
				_, err = NewBook(law, facts)
			}
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Fatalf("%v, want %s", err, c.want)
			}
		})
	}
}

// The example cases fit the published schema, and the schema knows exactly the
// fields that the decoder takes.
func TestSchema(t *testing.T) {
	data, err := os.ReadFile("../../../docs/schema/case.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema map[string]any
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	s := validator{schema["$defs"].(map[string]any)}
	files, _ := filepath.Glob("testdata/*.json")
	for _, name := range files {
		caseOf(t, filepath.Base(name)) // the decoder takes it
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var v any
		if err := json.Unmarshal(data, &v); err != nil {
			t.Fatal(err)
		}
		for _, wrong := range s.check(schema, v, name) {
			t.Error(wrong)
		}
	}
	if wrong := s.check(schema, map[string]any{"documents": []any{map[string]any{"id": "a", "level": "town", "x": 1.0}}}, "bad"); len(wrong) != 2 {
		t.Errorf("the validator finds %q", wrong)
	}
	asked := regexp.MustCompile(`there are: (.*)`)
	for what, def := range map[string]map[string]any{
		`{"?": 1}`: schema, `{"documents": [{"?": 1}]}`: s.defs["document"].(map[string]any),
		`{"documents": [{"clauses": [{"?": 1}]}]}`: s.defs["clause"].(map[string]any), `{"workers": [{"?": 1}]}`: s.defs["worker"].(map[string]any),
	} {
		_, err := Decode("x", strings.NewReader(what))
		if err == nil {
			t.Fatalf("%s is taken", what)
		}
		m := asked.FindStringSubmatch(err.Error())
		var fields []string
		for name := range def["properties"].(map[string]any) {
			fields = append(fields, name)
		}
		slices.Sort(fields)
		if got := strings.Join(fields, " "); m == nil || got != m[1] {
			t.Errorf("the schema has %s, the decoder takes %v", got, m)
		}
	}
}

// validator knows the part of JSON Schema that the schema uses.
type validator struct{ defs map[string]any }

func (s validator) check(schema map[string]any, v any, at string) []string {
	if ref, ok := schema["$ref"].(string); ok {
		return s.check(s.defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any), v, at)
	}
	if any, ok := schema["oneOf"].([]any); ok {
		fits := 0
		for _, one := range any {
			if len(s.check(one.(map[string]interface{}), v, at)) == 0 {
				fits++
			}
		}
		if fits != 1 {
			return []string{fmt.Sprintf("%s: %v fits %d of oneOf", at, v, fits)}
		}
		return nil
	}
	if enum, ok := schema["enum"].([]any); ok && !slices.Contains(enum, v) {
		return []string{fmt.Sprintf("%s: %v is not in %v", at, v, enum)}
	}
	if want, ok := schema["type"].(string); ok && !isType(want, v) {
		return []string{fmt.Sprintf("%s: %v is no %s", at, v, want)}
	}
	var out []string
	switch v := v.(type) {
	case string:
		if p, ok := schema["pattern"].(string); ok && !regexp.MustCompile(p).MatchString(v) {
			out = append(out, fmt.Sprintf("%s: %q does not match %s", at, v, p))
		}
	case []any:
		for i, item := range v {
			out = append(out, s.check(schema["items"].(map[string]any), item, fmt.Sprintf("%s[%d]", at, i))...)
		}
	case map[string]any:
		required, _ := schema["required"].([]any)
		for _, name := range required {
			if _, ok := v[name.(string)]; !ok {
				out = append(out, fmt.Sprintf("%s lacks %s", at, name))
			}
		}
		properties, _ := schema["properties"].(map[string]any)
		for name, field := range v {
			inner, ok := properties[name].(map[string]any)
			if !ok {
				inner, ok = schema["additionalProperties"].(map[string]any)
			}
			if !ok {
				out = append(out, fmt.Sprintf("%s.%s is unknown", at, name))
				continue
			}
			out = append(out, s.check(inner, field, at+"."+name)...)
		}
	}
	return out
}

func isType(want string, v any) bool {
	switch v := v.(type) {
	case string:
		return want == "string"
	case bool:
		return want == "boolean"
	case float64:
		return want == "number" || want == "integer" && v == math.Trunc(v)
	case []any:
		return want == "array"
	case map[string]any:
		return want == "object"
	}
	return false
}
