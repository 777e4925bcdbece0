package assets

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/image/font/sfnt"
)

// text is one message of one language as it stands in its file.
type text struct {
	file  string
	forms map[string]string // other, and one where it has it
}

// readMessages returns the messages of a language by key, and what is wrong with
// its files: keys given twice, empty texts, nested or unknown forms.
func readMessages(t *testing.T, lang string) map[string]text {
	t.Helper()
	names, err := fs.Glob(messageFiles, "messages/*."+lang+".json")
	if err != nil || len(names) == 0 {
		t.Fatalf("no message files for %s: %v", lang, err)
	}
	texts := map[string]text{}
	for _, name := range names {
		raw, err := messageFiles.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entriesInOrder(t, name, raw) {
			if earlier, twice := texts[entry.key]; twice {
				t.Errorf("%s: key %q is also in %s", name, entry.key, earlier.file)
			}
			texts[entry.key] = text{file: name, forms: entry.forms(t, name)}
		}
	}
	return texts
}

type entry struct {
	key   string
	value json.RawMessage
}

// entriesInOrder reads a flat JSON object, keeping keys that are given twice.
func entriesInOrder(t *testing.T, name string, raw []byte) []entry {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		t.Fatalf("%s: not a JSON object: %v", name, err)
	}
	var entries []entry
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		next := entry{key: key.(string)}
		if err := decoder.Decode(&next.value); err != nil {
			t.Fatalf("%s: %q: %v", name, key, err)
		}
		entries = append(entries, next)
	}
	return entries
}

func (e entry) forms(t *testing.T, name string) map[string]string {
	t.Helper()
	var only string
	forms := map[string]string{}
	if json.Unmarshal(e.value, &only) == nil {
		forms["other"] = only
	} else if err := json.Unmarshal(e.value, &forms); err != nil {
		t.Errorf("%s: %q is neither a text nor plural forms", name, e.key)
	}
	for form, said := range forms {
		if form != "one" && form != "other" {
			t.Errorf("%s: %q has an unknown form %q", name, e.key, form)
		}
		if strings.TrimSpace(said) == "" {
			t.Errorf("%s: %q is empty", name, e.key)
		}
	}
	if forms["other"] == "" {
		t.Errorf("%s: %q has no form other", name, e.key)
	}
	return forms
}

// missingIn returns the keys of these texts that others lack, sorted.
func missingIn(others, texts map[string]text) []string {
	var missing []string
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		if _, there := others[key]; !there {
			missing = append(missing, texts[key].file+": "+key)
		}
	}
	return missing
}

func TestEveryKeyIsInBothLanguages(t *testing.T) {
	ko, en := readMessages(t, "ko"), readMessages(t, "en")
	if missing := missingIn(en, ko); missing != nil {
		t.Errorf("not in English:\n%s", strings.Join(missing, "\n"))
	}
	if missing := missingIn(ko, en); missing != nil {
		t.Errorf("not in Korean:\n%s", strings.Join(missing, "\n"))
	}
}

func TestBothLanguagesTakeTheSameArguments(t *testing.T) {
	ko, en := readMessages(t, "ko"), readMessages(t, "en")
	for key, korean := range ko {
		english, there := en[key]
		if !there {
			continue // said by the test above
		}
		got, want := argumentsOf(english), argumentsOf(korean)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q takes %v in English and %v in Korean", korean.file, key, got, want)
		}
	}
}

func argumentsOf(m text) []string {
	return names(argument, m.forms["one"]+m.forms["other"])
}

func TestTextsHoldArgumentsAndNoLogicBeyondOptionalOnes(t *testing.T) {
	for _, lang := range []string{"ko", "en"} {
		for key, m := range readMessages(t, lang) {
			for _, said := range m.forms {
				rest := argument.ReplaceAllString(said, "")
				rest = strings.Replace(rest, "{{end}}", "", len(optional.FindAllString(said, -1)))
				if strings.Contains(rest, "{{") || strings.Contains(rest, "}}") {
					t.Errorf("%s: %q holds more than {{.Name}} and {{if .Name}}…{{end}}: %s", m.file, key, said)
				}
			}
			if _, counts := m.forms["one"]; counts && !slices.Contains(argumentsOf(m), countArgument) {
				t.Errorf("%s: %q has forms to choose from but no {{.Count}}", m.file, key)
			}
		}
	}
}

func TestParticlesInTextsAreKnown(t *testing.T) {
	for key, m := range readMessages(t, "ko") {
		settled := argument.ReplaceAllString(m.forms["other"], "책")
		settled = Particles(settled)
		for _, p := range []string{"은/는", "는/은", "이/가", "가/이", "을/를", "를/을", "과/와", "와/과", "으로/로", "로/으로", "은(는)", "이(가)", "을(를)"} {
			if strings.Contains(settled, p) {
				t.Errorf("%s: %q: write the particle as in (을/를): %s", m.file, key, m.forms["other"])
			}
		}
	}
}

func TestEveryMessageCanBeSaid(t *testing.T) {
	for _, lang := range []string{"ko", "en"} {
		speaker := NewSpeaker(lang)
		for key, m := range readMessages(t, lang) {
			args := map[string]string{}
			for _, name := range argumentsOf(m) {
				args[name] = "7"
			}
			said := speaker.Say(key, args)
			if said == "["+key+"]" || strings.Contains(said, "{{") || strings.Contains(said, "<no value>") {
				t.Errorf("%s: %q says %q", m.file, key, said)
			}
		}
	}
}

// glyphs returns a function that tells whether a font draws a character.
func glyphs(t *testing.T, file []byte) func(rune) bool {
	t.Helper()
	font, err := sfnt.Parse(file)
	if err != nil {
		t.Fatal(err)
	}
	var buffer sfnt.Buffer
	return func(r rune) bool {
		index, err := font.GlyphIndex(&buffer, r)
		return err == nil && index != 0
	}
}

func TestEveryCharacterOfTheMessagesIsInTheFonts(t *testing.T) {
	fonts := map[string]func(rune) bool{
		"NanumGothic": glyphs(t, FontRegular), "NanumGothicBold": glyphs(t, FontBold), "NanumGothicCoding": glyphs(t, FontMono),
	}
	for _, lang := range []string{"ko", "en"} {
		for key, m := range readMessages(t, lang) {
			for _, said := range m.forms {
				for _, r := range said {
					for font, draws := range fonts {
						if r != '\n' && !draws(r) {
							t.Errorf("%s: %q: %s lacks %q (%U)", m.file, key, font, r, r)
						}
					}
				}
			}
		}
	}
}

// Shapes are drawn, and a negative amount has the ASCII hyphen: see doc.go.
func TestMessagesHoldNoShapesAndNoMinusSign(t *testing.T) {
	const minus = "\u2212"
	drawn := minus
	for _, shape := range Look().Shapes {
		drawn += shape.Rune
	}
	for _, lang := range []string{"ko", "en"} {
		for key, m := range readMessages(t, lang) {
			for _, said := range m.forms {
				if at := strings.IndexAny(said, drawn); at >= 0 {
					t.Errorf("%s: %q holds a drawn character: %s", m.file, key, said)
				}
			}
		}
	}
}

func TestFontsLackWhatIsDrawn(t *testing.T) {
	regular := glyphs(t, FontRegular)
	for _, r := range "✔◔▌\u2212" {
		if regular(r) {
			t.Errorf("NanumGothic has %q after all: doc.go says otherwise", r)
		}
	}
	for _, r := range "▲■◆→·…─“”~한漢" {
		if !regular(r) {
			t.Errorf("NanumGothic lacks %q", r)
		}
	}
}

func TestSayFillsArgumentsAndParticles(t *testing.T) {
	ko, en := NewSpeaker("ko_KR.UTF-8"), NewSpeaker("C")
	for _, c := range []struct {
		speaker *Speaker
		key     string
		args    map[string]string
		want    string
	}{
		{ko, "state.done", nil, "끝남"},
		{en, "state.done", nil, "Done here"},
		{ko, "word.people", map[string]string{"Count": "1"}, "1명"},
		{en, "word.people", map[string]string{"Count": "1"}, "1 person"},
		{en, "word.people", map[string]string{"Count": "0"}, "0 people"},
		{en, "word.people", map[string]string{"Count": "12"}, "12 people"},
		{en, "word.people", map[string]string{"Count": "1,200"}, "1,200 people"},
		{en, "word.people", nil, "[Count] people"},
		{ko, "word.device_n", map[string]string{"Number": "2", "Other": "x"}, "서점 PC 2"},
		{ko, "no.such.key", nil, "[no.such.key]"},
		{en, "", nil, "[]"},
	} {
		if got := c.speaker.Say(c.key, c.args); got != c.want {
			t.Errorf("%s %q %v: got %q, want %q", c.speaker.Lang(), c.key, c.args, got, c.want)
		}
	}
	if ko.Has("no.such.key") || !ko.Has("state.done") {
		t.Error("Has disagrees with Say")
	}
	if keys := en.Keys(); !slices.IsSorted(keys) || !slices.Contains(keys, "word.people") {
		t.Errorf("keys: %v", keys)
	}
}

func TestOptionalArgumentsMayBeLeftOut(t *testing.T) {
	speaker := &Speaker{}
	held := message{args: []string{"Name", "PID"}, optional: []string{"PID"}}
	got := speaker.complete(held, map[string]string{"Other": "x"})
	want := map[string]string{"Name": "[Name]", "PID": ""}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestOneSpeakerServesManyAtOnce(t *testing.T) {
	speaker := NewSpeaker("en")
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			want := fmt.Sprintf("%d days", i+2)
			if got := speaker.Say("word.days", map[string]string{"Count": fmt.Sprint(i + 2)}); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
	wait.Wait()
}

func TestLanguageIsTheFlagsElseTheEnvironments(t *testing.T) {
	for _, c := range []struct{ flag, env, want string }{
		{"", "", "en"}, {"", "C", "en"}, {"", "C.UTF-8", "en"}, {"", "ko_KR.UTF-8", "ko"}, {"", "ko", "ko"},
		{"", "Korean_Korea.949", "ko"}, {"", "KO-kr", "ko"}, {"", "kok_IN", "en"}, {"", "ja_JP", "en"},
		{"en", "ko_KR.UTF-8", "en"}, {"ko", "C", "ko"}, {"ko-KR", "", "ko"}, {"fr", "ko_KR", "en"},
		{"ko-KR,ko;q=0.9,en;q=0.8", "", "ko"},
	} {
		if got := Lang(c.flag, c.env); got != c.want {
			t.Errorf("Lang(%q, %q): got %q, want %q", c.flag, c.env, got, c.want)
		}
	}
}
