package dbtest

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

const (
	here  payback.DistrictID = "seocho"
	there payback.DistrictID = "gangnam"
)

// RunOther tests what a database keeps besides the ledger: people, accounts,
// secrets, sessions, messages and settings. Open returns an empty database and
// closes it when the test ends.
func RunOther(t *testing.T, open func(t *testing.T) db.DB) {
	for _, c := range []struct {
		name string
		test func(*testing.T, db.DB)
	}{
		{"people are found by id and by card, in their own district", testPeople},
		{"a card belongs to one person", testOneCard},
		{"a dropped person is gone", testDropPeople},
		{"many people are asked for at once", testManyPeople},
		{"accounts", testAccounts},
		{"secrets", testSecrets},
		{"sessions", testSessions},
		{"what is over goes and the rest stays", testExpired},
		{"messages wait, are sent, and are listed", testMessages},
		{"a message is queued once", testQueuedOnce},
		{"settings", testSettings},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

func person(id, tag string) db.Person {
	return db.Person{ID: id, Wrapped: []byte("key of " + id), Sealed: []byte("sealed " + id), CardTag: tag}
}

func testPeople(t *testing.T, d db.DB) {
	ctx := t.Context()
	ok(t, d.PutPeople(ctx, here, []db.Person{person("a", "tag-a"), person("b", "")}))
	ok(t, d.PutPeople(ctx, there, []db.Person{person("a", "tag-x"), person("c", "tag-a")}))
	byID, err := d.PeopleByID(ctx, here, []string{"a", "b", "c", "none"})
	ok(t, err)
	same(t, byID, map[string]db.Person{"a": person("a", "tag-a"), "b": person("b", "")})
	byTag, err := d.PeopleByTag(ctx, here, []string{"tag-a", "tag-x", ""})
	ok(t, err)
	same(t, byTag, map[string]db.Person{"tag-a": person("a", "tag-a")})

	changed := person("a", "tag-new")
	changed.Sealed = []byte("other")
	ok(t, d.PutPeople(ctx, here, []db.Person{changed}))
	byID, err = d.PeopleByID(ctx, here, []string{"a"})
	ok(t, err)
	same(t, byID, map[string]db.Person{"a": changed})
	byID, err = d.PeopleByID(ctx, here, nil)
	ok(t, err)
	same(t, len(byID), 0)
}

func testOneCard(t *testing.T, d db.DB) {
	ctx := t.Context()
	ok(t, d.PutPeople(ctx, here, []db.Person{person("a", "tag")}))
	err := d.PutPeople(ctx, here, []db.Person{person("b", "other"), person("c", "tag")})
	if fault.CodeOf(err) != fault.Conflict {
		t.Fatalf("got %v, want conflict", err)
	}
	found, err := d.PeopleByID(ctx, here, []string{"b"})
	ok(t, err)
	if len(found) != 0 {
		t.Error("half of a refused batch was written")
	}
}

func testDropPeople(t *testing.T, d db.DB) {
	ctx := t.Context()
	ok(t, d.PutPeople(ctx, here, []db.Person{person("a", "tag-a"), person("b", "tag-b")}))
	ok(t, d.DropPeople(ctx, here, []string{"a", "none"}))
	found, err := d.PeopleByID(ctx, here, []string{"a", "b"})
	ok(t, err)
	same(t, found, map[string]db.Person{"b": person("b", "tag-b")})
	ok(t, d.Update(ctx, here, func(w db.Writer) error { return w.DropPerson("b") }))
	found, err = d.PeopleByID(ctx, here, []string{"b"})
	ok(t, err)
	same(t, len(found), 0)
}

func testManyPeople(t *testing.T, d db.DB) {
	ctx := t.Context()
	const n = 1001
	var ps []db.Person
	var ids []string
	for i := range n {
		id := fmt.Sprintf("r%04d", i)
		ps, ids = append(ps, person(id, "tag"+id)), append(ids, id)
	}
	ok(t, d.PutPeople(ctx, here, ps))
	found, err := d.PeopleByID(ctx, here, ids)
	ok(t, err)
	same(t, len(found), n)
	ok(t, d.DropPeople(ctx, here, ids))
	found, err = d.PeopleByID(ctx, here, ids)
	ok(t, err)
	same(t, len(found), 0)
}

func testAccounts(t *testing.T, d db.DB) {
	ctx := t.Context()
	a := db.Account{Name: "yun", Role: payback.RoleOfficer, ID: "o1", Password: "$argon2id$x", Since: 12}
	l := db.Account{Name: "han", Role: payback.RoleLibrarian, ID: "l1", Library: "111249", Disabled: true, Since: 13}
	ok(t, d.PutAccount(ctx, here, a))
	ok(t, d.PutAccount(ctx, here, l))
	got, err := d.Account(ctx, here, "yun")
	ok(t, err)
	same(t, got, &a)
	got, err = d.Account(ctx, there, "yun")
	ok(t, err)
	if got != nil {
		t.Errorf("another district's account: %v", got)
	}
	a.Disabled, a.Password = true, "$argon2id$y"
	ok(t, d.PutAccount(ctx, here, a))
	all, err := d.ListAccounts(ctx, here)
	ok(t, err)
	same(t, all, []db.Account{l, a})
}

func testSecrets(t *testing.T, d db.DB) {
	ctx := t.Context()
	s := db.Secret{Kind: "sign_in", Name: "tag", Hash: "h", Expires: 100}
	ok(t, d.PutSecret(ctx, here, s))
	s.Tries = 3
	ok(t, d.PutSecret(ctx, here, s))
	got, err := d.Secret(ctx, here, "sign_in", "tag")
	ok(t, err)
	same(t, got, &s)
	for _, other := range []struct {
		d          payback.DistrictID
		kind, name string
	}{{there, "sign_in", "tag"}, {here, "setup", "tag"}, {here, "sign_in", "x"}} {
		got, err := d.Secret(ctx, other.d, other.kind, other.name)
		ok(t, err)
		if got != nil {
			t.Errorf("%v: got %v", other, got)
		}
	}
	ok(t, d.DropSecret(ctx, here, "sign_in", "tag"))
	ok(t, d.DropSecret(ctx, here, "sign_in", "tag"))
	got, err = d.Secret(ctx, here, "sign_in", "tag")
	ok(t, err)
	if got != nil {
		t.Errorf("after dropping: got %v", got)
	}
}

func testSessions(t *testing.T, d db.DB) {
	ctx := t.Context()
	data, _, err := d.Session(ctx, "none")
	ok(t, err)
	if data != nil {
		t.Errorf("a session that was never made: %q", data)
	}
	ok(t, d.PutSession(ctx, "hash", []byte("one"), 50))
	ok(t, d.PutSession(ctx, "hash", []byte("two"), 60))
	data, expires, err := d.Session(ctx, "hash")
	ok(t, err)
	same(t, string(data), "two")
	same(t, expires, int64(60))
	ok(t, d.DropSession(ctx, "hash"))
	data, _, err = d.Session(ctx, "hash")
	ok(t, err)
	if data != nil {
		t.Error("a dropped session is still there")
	}
}

func testExpired(t *testing.T, d db.DB) {
	ctx := t.Context()
	for _, at := range []int64{99, 100, 101} {
		name := fmt.Sprint(at)
		ok(t, d.PutSecret(ctx, here, db.Secret{Kind: "nonce", Name: name, Expires: at}))
		ok(t, d.PutSession(ctx, name, []byte("x"), at))
	}
	ok(t, d.DropExpired(ctx, 100))
	for _, at := range []int64{99, 100, 101} {
		s, err := d.Secret(ctx, here, "nonce", fmt.Sprint(at))
		ok(t, err)
		data, _, err := d.Session(ctx, fmt.Sprint(at))
		ok(t, err)
		if want := at > 100; (s != nil) != want || (data != nil) != want {
			t.Errorf("expiry %d: secret %v, session %q", at, s, data)
		}
	}
}

func message(id string, made, notUntil int64) db.Message {
	return db.Message{ID: id, To: "r1", Key: "arrived", Args: map[string]string{"title": "불편한 편의점"}, Request: "q1",
		Store: "s1", Made: made, NotUntil: notUntil, State: "waiting"}
}

func testMessages(t *testing.T, d db.DB) {
	ctx := t.Context()
	a, b, c := message("a", 10, 10), message("b", 11, 50), message("c", 12, 5)
	c.To = "r2"
	ok(t, d.Update(ctx, here, func(w db.Writer) error { return w.Queue([]db.Message{a, b, c}) }))
	due, err := d.DueMessages(ctx, here, 49, 10)
	ok(t, err)
	same(t, due, []db.Message{c, a})
	due, err = d.DueMessages(ctx, here, 50, 2)
	ok(t, err)
	same(t, due, []db.Message{c, a})
	due, err = d.DueMessages(ctx, there, 50, 2)
	ok(t, err)
	same(t, len(due), 0)

	a.State, a.Tries, a.SentAt = "sent", 1, 60
	b.State, b.Tries, b.Error, b.NotUntil = "failed", 5, "no such number", 70
	ok(t, d.SetMessage(ctx, here, a))
	ok(t, d.SetMessage(ctx, here, b))
	failed, err := d.ListMessages(ctx, here, "failed", 10)
	ok(t, err)
	same(t, failed, []db.Message{b})
	of, err := d.MessagesOf(ctx, here, "r1", 10)
	ok(t, err)
	same(t, of, []db.Message{b, a})
	if err := d.SetMessage(ctx, there, a); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("a message of another district: got %v, want not_found", err)
	}
}

func testQueuedOnce(t *testing.T, d db.DB) {
	ctx := t.Context()
	a := message("a", 10, 10)
	put := func(m db.Message) {
		ok(t, d.Update(ctx, here, func(w db.Writer) error { return w.Queue([]db.Message{m}) }))
	}
	put(a)
	a.State, a.SentAt = "sent", 11
	ok(t, d.SetMessage(ctx, here, a))
	put(message("a", 20, 20))
	of, err := d.MessagesOf(ctx, here, "r1", 10)
	ok(t, err)
	same(t, of, []db.Message{a})
}

func testSettings(t *testing.T, d db.DB) {
	ctx := t.Context()
	got, err := d.Setting(ctx, "x")
	ok(t, err)
	same(t, got, "")
	ok(t, d.SetSetting(ctx, "x", "1"))
	ok(t, d.SetSetting(ctx, "x", "2"))
	got, err = d.Setting(ctx, "x")
	ok(t, err)
	same(t, got, "2")
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same(t *testing.T, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
