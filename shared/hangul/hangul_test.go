package hangul

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

func TestInitialsAreTheConsonantsOfEachSyllable(t *testing.T) {
	for in, want := range map[string]string{
		"불편한 편의점 2": "ㅂㅍㅎㅍㅇㅈ2", "Harry 해리포터!": "harryㅎㄹㅍㅌ", "꽃": "ㄲ", "": "", "ㄳ": "ㄱㅅ", "ᄒ": "ㅎ", norm.NFD.String("힣각"): "ㅎㄱ", "洪길": "洪ㄱ",
	} {
		if got := Initials(in); got != want {
			t.Errorf("Initials(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestAllInitialsIsOnlyConsonants(t *testing.T) {
	for in, want := range map[string]bool{
		"ㅂㅍㅎ": true, "ㅂㅍ ㅎ": true, "ㄳ": true, "ᄒ": true, "": false, " ": false, "ㅂㅏ": false, "불ㅍ": false, "ㅂ2": false, "b": false,
	} {
		if AllInitials(in) != want {
			t.Errorf("AllInitials(%q) = %v", in, !want)
		}
	}
}

func TestFoldDropsWhatSearchDoesNotCompare(t *testing.T) {
	for in, want := range map[string]string{
		"총, 균, 쇠": "총균쇠", "ＡＢＣ１２": "abc12", norm.NFD.String("각"): "각", "C++": "c", "Å ngström": "ångström", "?!": "", "\xff": "",
	} {
		if got := Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestKeysAreBigramsInitialsAndWordBeginnings(t *testing.T) {
	want := []string{"밤", "ㅂ", "의", "ㅇ", "밤의", "ㅂㅇ", "의a", "ㅇa"}
	if got := Keys("밤 의A"); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := Keys(" ! "); len(got) != 0 {
		t.Errorf("nothing to key: %q", got)
	}
}

func TestSearchFindsHoweverTheClerkTypes(t *testing.T) {
	for _, c := range []struct {
		title, q string
		want     bool
	}{
		{"불편한 편의점", "ㅂㅍㅎㅍㅇㅈ", true}, {"불편한 편의점", "ㅂㅍㅎ ㅍㅇㅈ", true}, {"불편한 편의점", "불편한편의점", true}, {"불편한 편의점", "편의점 불편한", true},
		{"불편한 편의점", "불편 한 편의점", true}, {"불편한 편의점", "불 편한편의점", true}, {"불편한 편의점", "불편ㅎ", true}, {"불편한 편의점", "ㅍㅇ", true},
		{"불편한 편의점", "불", true}, {"불편한 편의점", "ㅍ", true}, {"불편한 편의점", "점", false}, {"불편한 편의점", "편한불", false}, {"불편한 편의점", "ㅂㅍㅇ", false},
		{"불편한 편의점", "ㅍㅂ", false}, {"불편한 편의점", "불편한 점심", false},
		{"총, 균, 쇠", "총균쇠", true}, {"총균쇠", "총 균 쇠", true}, {"총, 균, 쇠", "ㅊㄱㅅ", true}, {"총, 균, 쇠", "ㅊㄳ", true},
		{"흙", "흙", true}, {"흙", "ㅎ", true}, {"Harry Potter 7", "harry potter", true}, {"Harry Potter 7", "POTTER7", true}, {"해리포터 7", "ㅎㄹㅍㅌ7", true},
		{"꽃을 보듯", "ㄲㅇ", true}, {"꽃을 보듯", "ㄱㅇ", false}, {"불편한 편의점", "", false}, {"불편한 편의점", "!", false}, {"불편한 편의점", "불ㅕ", false},
		{"1984", "1984", true}, {"1984", "84", true}, {"ㅋㅋㅋ", "ㅋㅋ", true},
	} {
		keys := Keys(c.title)
		found := len(QueryKeys(c.q)) > 0
		for _, key := range QueryKeys(c.q) {
			found = found && slices.Contains(keys, key)
		}
		if got := Matches(c.title, c.q); got != c.want {
			t.Errorf("Matches(%q, %q) = %v", c.title, c.q, got)
		}
		if c.want && !found {
			t.Errorf("%q is not among %q for %q", QueryKeys(c.q), keys, c.title)
		}
	}
}

func TestKeysStopAtMaxKeyed(t *testing.T) {
	for extra, want := range map[int]bool{-1: true, 0: true, 1: false} {
		text := strings.Repeat("가", MaxKeyed+extra-1) + "힣"
		if got := slices.Contains(Keys(text), "가힣"); got != want {
			t.Errorf("%+d: last pair keyed: %v", extra, got)
		}
		if got := slices.Contains(QueryKeys(text), "가힣"); got != want {
			t.Errorf("%+d: last pair asked for: %v", extra, got)
		}
		if got := slices.Contains(Keys(strings.Repeat("가", MaxKeyed+extra)+" 흙"), "흙"); got != (extra < 0) {
			t.Errorf("%+d: word after the end keyed: %v", extra, got)
		}
	}
}

// TestEveryAnswerIsAmongItsKeys: the index may offer too much, never too little.
func TestEveryAnswerIsAmongItsKeys(t *testing.T) {
	letters := rapid.SampledFrom([]rune("가각까불편한ㄱㄳㅏa1 !洪"))
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(letters, 0, 40, -1).Draw(t, "text")
		q := rapid.StringOfN(letters, 0, 5, -1).Draw(t, "q")
		if folded := []rune(text); rapid.Bool().Draw(t, "piece") && len(folded) > 1 {
			from := rapid.IntRange(0, len(folded)-1).Draw(t, "from")
			q = string(folded[from:rapid.IntRange(from+1, len(folded)).Draw(t, "to")])
			if rapid.Bool().Draw(t, "initials") {
				q = Initials(q)
			}
		}
		if !Matches(text, q) {
			return
		}
		keys := Keys(text)
		for _, key := range QueryKeys(q) {
			if !slices.Contains(keys, key) {
				t.Fatalf("%q answers %q, but has no key %q", text, q, key)
			}
		}
	})
}

func TestToQWERTYFindsTheKeys(t *testing.T) {
	for in, want := range map[string]string{
		"ㅠㅔ": "bp", "까": "Rk", "꿻": "Rnpfq", "값": "rkqt", "ㄳ": "rt", "ㅢ": "ml", "의": "dml", "얘ㅖ": "dOP", "9788936434120": "9788936434120", "ㅁ1ㅠ": "a1b",
		norm.NFD.String("값"): "rkqt", "ᄀ": "r", "ᅡ": "k", "ᆹ": "qt", "A불!": "Aqnf!", "": "",
	} {
		if got := ToQWERTY(in); got != want {
			t.Errorf("ToQWERTY(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestComposerTypesLikeATwoSetKeyboard(t *testing.T) {
	for in, want := range map[string]string{
		"qnfvusgks vusdmlwja": "불편한 편의점", "rkrk": "가가", "rkqtk": "갑사", "rkqt": "값", "rkRk": "가까", "Rkr": "깍", "rkE": "가ㄸ", "rkrt": "갃", "rkrtr": "갃ㄱ",
		"rt": "ㄱㅅ", "kk": "ㅏㅏ", "hk": "ㅘ", "hkl": "ㅘㅣ", "ghkl": "화ㅣ", "dml": "의", "kr": "ㅏㄱ", "QOR": "뺶", "RKR": "깎", "BT": "ㅠㅆ", "gksrmf 123": "한글 123",
		"dkT": "았", "dkTdj": "았어", "dkssud!": "안녕!", "ㅎㅏㄴ": "한", "rk나": "가나", "zz": "ㅋㅋ",
	} {
		if got := FromQWERTY(in); got != want {
			t.Errorf("FromQWERTY(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestBackspaceTakesKeysThenCharacters(t *testing.T) {
	var c Composer
	c.Reset("책 ")
	for _, r := range "ghkfr" {
		c.Feed(r)
	}
	for _, want := range []string{"책 활", "책 화", "책 호", "책 ㅎ", "책 ", "책", "", ""} {
		if before := c.Text(); c.Backspace() != (before != "") {
			t.Errorf("%q: wrong answer", before)
		}
		if c.Text() != want {
			t.Errorf("got %q, want %q", c.Text(), want)
		}
	}
	c.Feed('r')
	if c.Composing() != "ㄱ" || c.Text() != "ㄱ" {
		t.Errorf("composing %q of %q", c.Composing(), c.Text())
	}
	c.Commit()
	c.Feed('k')
	if c.Text() != "ㄱㅏ" {
		t.Errorf("after Commit a new syllable begins: %q", c.Text())
	}
}

func TestKeysOfWholeSyllablesTypeThemAgain(t *testing.T) {
	syllable := rapid.Map(rapid.IntRange(firstSyllable, lastSyllable), func(i int) rune { return rune(i) })
	rapid.Check(t, func(t *rapid.T) {
		want := string(rapid.SliceOfN(syllable, 0, 20).Draw(t, "text"))
		if got := FromQWERTY(ToQWERTY(want)); got != want {
			t.Fatalf("%q came back as %q", want, got)
		}
	})
}

func TestBackspaceUndoesAnyKeysDownToNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c Composer
		keys := rapid.StringOfN(rapid.SampledFrom([]rune(keyLetters+"AZ1 ")), 0, 30, -1).Draw(t, "keys")
		for _, r := range keys {
			before := c.Text()
			c.Feed(r)
			if c.Text() == before {
				t.Fatalf("key %q was lost after %q", r, before)
			}
		}
		for n := len(keys); c.Backspace(); n-- {
			if n == 0 {
				t.Fatal("more to take back than was typed")
			}
		}
		if c.Text() != "" {
			t.Fatalf("%q is left", c.Text())
		}
	})
}

func TestMaskNeverShowsAWholeName(t *testing.T) {
	for in, want := range map[string]string{
		"홍길동": "홍*동", "홍길": "홍*", "홍": "*", "남궁민수": "남**수", " 홍 길동 ": "홍*동", "洪吉童": "洪*童", norm.NFD.String("홍길동"): "홍*동", "さくら": "さ*ら",
		"John Smith": "J*** S****", "Li": "L*", "J": "*", "Nguyễn Thị Minh": "N***** T** M***", "김 Maria": "* M****", "Jean-Luc": "J*******", "สมชาย": "ส****", "": "", "  ": "",
		"홍길동1": "홍***",
	} {
		if got := Mask(in); got != want {
			t.Errorf("Mask(%q) = %q, want %q", in, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Draw(t, "name")
		if masked := Mask(name); masked != "" && !strings.Contains(masked, "*") {
			t.Fatalf("Mask(%q) = %q", name, masked)
		}
	})
}

func FuzzMatches(f *testing.F) {
	f.Add("불편한 편의점", "ㅂㅍ한")
	f.Add("Å ngström", "å")
	f.Fuzz(func(t *testing.T, text, q string) {
		if !Matches(text, q) || len([]rune(Fold(text))) > MaxKeyed {
			return
		}
		keys := Keys(text)
		for _, key := range QueryKeys(q) {
			if !slices.Contains(keys, key) {
				t.Fatalf("%q answers %q, but has no key %q", text, q, key)
			}
		}
	})
}

func TestComposedIsNFC(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.RuneFrom([]rune("abé가힣ㄱㆎ한字̀́ᄀ ᅡᆨ각Åﾡ")))
		if got := s.Draw(t, "s"); composed(got) != norm.NFC.String(got) {
			t.Fatalf("%q", got)
		}
	})
}
