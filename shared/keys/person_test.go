package keys

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/bookpayback/bookpayback/shared/fault"
)

func persons(t *testing.T) (a, b PersonKey, m MasterKey) {
	t.Helper()
	a, err1 := NewPersonKey(seeded(1))
	b, err2 := NewPersonKey(seeded(2))
	m, err3 := NewMasterKey(seeded(3))
	if err1 != nil || err2 != nil || err3 != nil {
		t.Fatal(err1, err2, err3)
	}
	return a, b, m
}

func TestAPersonsRowsOpenUnderTheirKeyAndPlaceOnly(t *testing.T) {
	mine, other, _ := persons(t)
	about := []byte("resident r7 phone")
	sealed, err := mine.Seal([]byte("010-1234-5678"), about, seeded(4))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := mine.Open(sealed, about); err != nil || string(got) != "010-1234-5678" {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := other.Open(sealed, about); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("another person's key: got %v", err)
	}
	if _, err := mine.Open(sealed, []byte("resident r8 phone")); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("moved to another row: got %v", err)
	}
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 1
		if _, err := mine.Open(bad, about); fault.CodeOf(err) != fault.Invalid {
			t.Fatalf("byte %d changed: got %v", i, err)
		}
		if _, err := mine.Open(sealed[:i], about); fault.CodeOf(err) != fault.Invalid {
			t.Fatalf("cut to %d bytes: got %v", i, err)
		}
	}
}

func TestEqualTextsAreSealedDifferently(t *testing.T) {
	mine, _, _ := persons(t)
	chance := seeded(4)
	a, _ := mine.Seal([]byte("x"), nil, chance)
	b, _ := mine.Seal([]byte("x"), nil, chance)
	if bytes.Equal(a, b) {
		t.Error("two sealings are equal")
	}
	if len(a) != 1+SealOverhead {
		t.Errorf("overhead: got %d, want %d", len(a)-1, SealOverhead)
	}
	if _, err := mine.Seal(nil, nil, broken{}); fault.CodeOf(err) != fault.Internal {
		t.Errorf("without chance: got %v", err)
	}
	if _, err := (MasterKey{key: hide(&secret{})}).Wrap(PersonKey{}, nil, chance); fault.CodeOf(err) != fault.Internal {
		t.Errorf("wrapping no key: got %v", err)
	}
	if _, err := (PersonKey{}).Seal(nil, nil, chance); fault.CodeOf(err) != fault.Internal {
		t.Errorf("without a key: got %v", err)
	}
}

func TestAWrappedKeyOpensUnderItsMasterForItsPersonOnly(t *testing.T) {
	mine, _, master := persons(t)
	wrapped, err := master.Wrap(mine, []byte("r7"), seeded(4))
	if err != nil {
		t.Fatal(err)
	}
	back, err := master.Unwrap(wrapped, []byte("r7"))
	if err != nil || *back.key() != *mine.key() {
		t.Errorf("got %v", err)
	}
	other, _ := NewMasterKey(seeded(9))
	if _, err := other.Unwrap(wrapped, []byte("r7")); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("another master key: got %v", err)
	}
	if _, err := master.Unwrap(wrapped, []byte("r8")); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("another person: got %v", err)
	}
	if master.ID() == other.ID() || len(master.ID()) != 8 {
		t.Errorf("ids %q and %q", master.ID(), other.ID())
	}
}

func TestDerivedKeysDifferByPurposeAndMaster(t *testing.T) {
	_, _, m := persons(t)
	other, _ := NewMasterKey(seeded(9))
	a := m.Derive("cards")
	if len(a) != SecretSize || !bytes.Equal(a, m.Derive("cards")) {
		t.Error("not the same for the same purpose")
	}
	if bytes.Equal(a, m.Derive("phones")) || bytes.Equal(a, other.Derive("cards")) {
		t.Error("the same for another purpose or master")
	}
}

func TestTagsMeetOnlyForEqualKeyPurposeAndValue(t *testing.T) {
	key := []byte("k")
	a := Tag(key, "card", "29001234")
	if len(a) != TagSize || a != Tag(key, "card", "29001234") || strings.ContainsAny(a, "+/=") {
		t.Errorf("got %q", a)
	}
	for _, b := range []string{Tag([]byte("l"), "card", "29001234"), Tag(key, "phone", "29001234"), Tag(key, "card2", "9001234"), Tag(key, "car", "d29001234"), Tag(key, "card", "")} {
		if a == b {
			t.Errorf("two different things share the tag %q", a)
		}
	}
}

func TestPasswordsAreCheckedAgainstTheirHash(t *testing.T) {
	hash, err := HashPassword("비밀번호 1234", seeded(1))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("got %q", hash)
	}
	if !CheckPassword(hash, "비밀번호 1234") || StaleHash(hash) {
		t.Error("the right password was refused or its hash is stale")
	}
	if !CheckPassword(hash, "\u1107\u1175\u1106\u1175\u11af\u1107\u1165\u11ab\u1112\u1169 1234") {
		t.Error("the same Hangul, decomposed, was refused")
	}
	if CheckPassword(hash, "비밀번호 1235") || CheckPassword(hash, "") {
		t.Error("a wrong password was accepted")
	}
}

func TestPasswordLimits(t *testing.T) {
	for n, want := range map[int]fault.Code{0: fault.Invalid, 1: "", MaxPassword - 1: "", MaxPassword: "", MaxPassword + 1: fault.Invalid} {
		if _, err := HashPassword(strings.Repeat("a", n), seeded(1)); fault.CodeOf(err) != want {
			t.Errorf("%d bytes: got %v, want %q", n, err, want)
		}
	}
	if _, err := HashPassword("a", broken{}); fault.CodeOf(err) != fault.Internal {
		t.Errorf("without chance: got %v", err)
	}
}

func TestOtherParametersAreCheckedAndStale(t *testing.T) {
	// golang.org/x/crypto/argon2 tests the same vector; salt is "somesalt".
	const salt = "c29tZXNhbHQ"
	c := cost{memory: 64, time: 1, threads: 1}
	sum := c.hash("password", []byte("somesalt"), 24)
	if got, want := hex.EncodeToString(sum), "655ad15eac652dc59f7170a7332bf49b8469be1fdb9c28bb"; got != want {
		t.Fatalf("argon2id: got %s, want %s", got, want)
	}
	hash := "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$ZVrRXqxlLcWfcXCnMyv0m4Rpvh/bnCi7"
	if !CheckPassword(hash, "password") || CheckPassword(hash, "Password") {
		t.Error("a hash with other parameters is not checked rightly")
	}
	if !StaleHash(hash) {
		t.Error("a cheap hash is not stale")
	}
}

func TestMalformedHashesNeverMatchNorCost(t *testing.T) {
	const rest = "$c29tZXNhbHQ$ZVrRXqxlLcWfcXCnMyv0m4Rpvh/bnCi7"
	for _, hash := range []string{
		"", "password", "$argon2i$v=19$m=64,t=1,p=1" + rest, "$argon2id$v=16$m=64,t=1,p=1" + rest,
		"$argon2id$v=19$m=262145,t=1,p=1" + rest, "$argon2id$v=19$m=64,t=17,p=1" + rest, "$argon2id$v=19$m=64,t=1,p=17" + rest,
		"$argon2id$v=19$m=0,t=1,p=1" + rest, "$argon2id$v=19$m=64,t=0,p=1" + rest, "$argon2id$v=19$m=64,t=1,p=0" + rest,
		"$argon2id$v=19$t=1,m=64,p=1" + rest, "$argon2id$v=19$m=64,t=1" + rest, "$argon2id$v=19$m=64,t=1,p=1$$",
		"$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$", "$argon2id$v=19$m=64,t=1,p=1$!!$ZVrRXqxlLcWfcXCnMyv0m4Rpvh/bnCi7",
	} {
		if CheckPassword(hash, "password") || !StaleHash(hash) {
			t.Errorf("%q was taken", hash)
		}
	}
}
