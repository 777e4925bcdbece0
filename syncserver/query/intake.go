package query

import (
	"context"
	"slices"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/isbn"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// Expected lists the boxes on their way to a library, latest day first known,
// and how many of its copies are still missing.
type Expected struct {
	Library *payback.Library
	Boxes   []Box
	Missing int
	ToShelf int
	Now     int64
}

// Expected says what a library may expect; not_found for an unknown library.
func (q *Query) Expected(ctx context.Context, d payback.DistrictID, library payback.LibraryID) (e Expected, err error) {
	err = q.at(ctx, d, "query.Expected", func(m *moment) error {
		e.Now = m.now
		if e.Library, err = one[*payback.Library](m, payback.Key{Table: payback.TLibrary, ID: string(library)}); err != nil {
			return err
		}
		if e.Library == nil {
			return fault.New(fault.NotFound, "")
		}
		coming, err := all[*payback.Transfer](m, db.Select{Table: payback.TTransfer, Where: []db.Cond{db.Eq("library", string(library)),
			in("state", payback.TransferHanded, payback.TransferClosed)}, Order: "late_on", Desc: true})
		if err != nil {
			return err
		}
		for _, t := range coming {
			b, err := m.box(t)
			if err != nil {
				return err
			}
			e.Boxes = append(e.Boxes, b)
		}
		ofState := func(s payback.State) db.Select {
			return db.Select{Table: payback.TCopy, Where: []db.Cond{db.Eq("library", string(library)), db.Eq("state", string(s))}}
		}
		if e.Missing, err = m.Count(ofState(payback.CopyMissing)); err != nil {
			return err
		}
		e.ToShelf, err = m.Count(ofState(payback.CopyTaken))
		return err
	})
	return e, err
}

// Volume is one copy with its title.
type Volume struct {
	Copy   *payback.Copy
	Title  *payback.Title
	Taken  bool
	LastAt int64 // when its row last changed, UTC ms
	LastBy payback.Kind
}

// OpenBox is a box on a library's desk.
type OpenBox struct {
	Box
	In      []Volume // taken in, in the order of scanning
	Missing []Volume // listed and not scanned yet
	Now     int64
}

// Size is how many copies the box has.
func (b OpenBox) Size() int { return len(b.In) + len(b.Missing) }

// OpenBox returns a box for a library's desk; not_found for another library's.
// An empty library (an officer's) may open any.
func (q *Query) OpenBox(ctx context.Context, d payback.DistrictID, library payback.LibraryID, id payback.TransferID) (b OpenBox, err error) {
	err = q.at(ctx, d, "query.OpenBox", func(m *moment) error {
		b, err = m.openBox(library, id)
		return err
	})
	return b, err
}

func (m *moment) openBox(library payback.LibraryID, id payback.TransferID) (b OpenBox, err error) {
	t, err := one[*payback.Transfer](m, payback.TransferKey(id))
	if err != nil {
		return b, err
	}
	if t == nil || (library != "" && t.Library != library) {
		return b, fault.New(fault.NotFound, "")
	}
	b.Now = m.now
	if b.Box, err = m.box(t); err != nil {
		return b, err
	}
	for _, id := range t.Taken {
		if b.In, err = m.volume(b.In, id, true); err != nil {
			return b, err
		}
	}
	for _, id := range t.Copies {
		if !slices.Contains(t.Taken, id) {
			if b.Missing, err = m.volume(b.Missing, id, false); err != nil {
				return b, err
			}
		}
	}
	return b, nil
}

func (m *moment) volume(into []Volume, id payback.CopyID, taken bool) ([]Volume, error) {
	c, err := one[*payback.Copy](m, payback.CopyKey(id))
	if err != nil {
		return into, err
	}
	if c == nil {
		c = &payback.Copy{ID: id}
	}
	t, err := one[*payback.Title](m, payback.TitleKey(c.ISBN))
	return append(into, Volume{Copy: c, Title: t, Taken: taken, LastAt: c.Op.At, LastBy: c.Op.Kind}), err
}

// Match says what a scanned book is to an open box.
type Match string

// The matches.
const (
	InBox   Match = "in_box"  // listed and not scanned yet
	Again   Match = "again"   // scanned already: a second touch, or a second volume
	Strayed Match = "strayed" // another box misses it
	Extra   Match = "extra"   // nobody misses it
)

// Scanned is what was found for a scanned book, and the act that records it.
type Scanned struct {
	Match  Match
	ISBN   payback.ISBN
	Title  *payback.Title
	Copy   payback.CopyID   // "" for an extra one
	Home   *payback.Library // strayed: where it belongs
	HomeBy *payback.Store   // strayed: which store packed it
	Intake *payback.Intake  // nil for one that was scanned already
}

// Scan says which copy a scanned ISBN is: one that the open box lists, else one
// that another box misses (this library's first, then any's), else an extra one.
// Scan names the act. A second is true when the librarian says that it is a
// further volume of a title that was scanned already. Invalid for what is no ISBN.
func (q *Query) Scan(ctx context.Context, d payback.DistrictID, library payback.LibraryID, box payback.TransferID, typed, scan string, second bool) (s Scanned, err error) {
	number, _, err := isbn.ParseBarcode(typed)
	if err != nil {
		return s, fault.Wrap("query.Scan", fault.New(fault.Invalid, "console.intake.no_isbn").Because(err))
	}
	err = q.at(ctx, d, "query.Scan", func(m *moment) error {
		open, err := m.openBox(library, box)
		if err != nil {
			return err
		}
		s = Scanned{ISBN: number}
		if s.Title, err = one[*payback.Title](m, payback.TitleKey(number)); err != nil {
			return err
		}
		s.Intake = &payback.Intake{ISBN: number, Library: open.Transfer.Library, Transfer: box, Scan: scan}
		of := func(v Volume) bool { return v.Copy.ISBN == number }
		if at := slices.IndexFunc(open.Missing, of); at >= 0 {
			s.Match, s.Copy = InBox, open.Missing[at].Copy.ID
			s.Intake.Copy = s.Copy
			return nil
		}
		if slices.ContainsFunc(open.In, of) && !second {
			s.Match, s.Intake = Again, nil
			return nil
		}
		return m.stray(&s, open.Transfer)
	})
	return s, err
}

// stray looks for another box that misses the title.
func (m *moment) stray(s *Scanned, open *payback.Transfer) error {
	missed, err := all[*payback.Copy](m, db.Select{Table: payback.TCopy, Where: []db.Cond{db.Eq("isbn", string(s.ISBN)),
		in("state", payback.CopyMissing, payback.CopyHanded, payback.CopyInBox, payback.CopyLost)}})
	if err != nil {
		return err
	}
	// Missing before merely on its way; this library's before another's.
	rank := func(c *payback.Copy) int {
		return 2*yes(c.State != payback.CopyMissing) + yes(c.Library != open.Library)
	}
	missed = slices.DeleteFunc(missed, func(c *payback.Copy) bool { return c.Transfer == open.ID })
	if len(missed) == 0 {
		s.Match = Extra
		return nil
	}
	c := slices.MinFunc(missed, func(a, b *payback.Copy) int { return rank(a) - rank(b) })
	home := payback.Key{Table: payback.TLibrary, ID: string(c.Library)}
	if err := m.load(home, payback.StoreKey(c.Store)); err != nil {
		return err
	}
	s.Match, s.Copy, s.Home, s.HomeBy = Strayed, c.ID, row[*payback.Library](m, home), row[*payback.Store](m, payback.StoreKey(c.Store))
	s.Intake.Copy, s.Intake.Library = c.ID, c.Library
	return nil
}

// ToShelf lists a library's copies that were taken in and do not stand on the
// shelf yet.
func (q *Query) ToShelf(ctx context.Context, d payback.DistrictID, library payback.LibraryID) (out []Volume, err error) {
	err = q.at(ctx, d, "query.ToShelf", func(m *moment) error {
		copies, err := all[*payback.Copy](m, db.Select{Table: payback.TCopy, Where: []db.Cond{db.Eq("library", string(library)), db.Eq("state", string(payback.CopyTaken))}})
		if err != nil {
			return err
		}
		for _, c := range copies {
			if out, err = m.volume(out, c.ID, true); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}
