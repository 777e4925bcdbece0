package payback

// Residents, PCs, clerks and stores: who may take part.

// Block keeps a resident from asking, or lifts that and every ban.
type Block struct {
	Resident ResidentID `json:"resident"`
	On       bool       `json:"on"`
	Note     string     `json:"note"`
	ID       string     `json:"id"`
}

// Kind is block.
func (*Block) Kind() Kind { return KBlock }

// Act is one a decision.
func (b *Block) Act() string { return "block/" + b.ID }

// Subject is the resident.
func (b *Block) Subject() Key { return ResidentKey(b.Resident) }

// Check bounds the fields.
func (b *Block) Check() Reason {
	return first(idOK(b.Resident), "resident", b.Note != "" && len(b.Note) <= MaxNote, "note", idOK(b.ID), "id")
}

func (b *Block) apply(a *act) {
	r := get[*Resident](a, b.Subject())
	if r == nil {
		a.reject(OpRef{}, why("resident_unknown"))
		return
	}
	r.Blocked, r.Reason = b.On, b.Note
	if !b.On {
		r.Barred, r.Reason = "", ""
	}
	a.put(r)
}

// Erase destroys what is known of a person. While a request, loan or refund is
// open it only waits, and happens by itself when the last one closes.
type Erase struct {
	Resident ResidentID `json:"resident"`
	Done     bool       `json:"done,omitempty"` // by the server, when nothing is open any more
}

// Kind is erase.
func (*Erase) Kind() Kind { return KErase }

// Act is one a resident and stage.
func (b *Erase) Act() string {
	if b.Done {
		return "erase/" + string(b.Resident) + "/done"
	}
	return "erase/" + string(b.Resident)
}

// Subject is the resident.
func (b *Erase) Subject() Key { return ResidentKey(b.Resident) }

// Check bounds the fields.
func (b *Erase) Check() Reason { return first(idOK(b.Resident), "resident") }

func (b *Erase) apply(a *act) {
	r := get[*Resident](a, b.Subject())
	switch {
	case r == nil:
		a.reject(OpRef{}, why("resident_unknown"))
		return
	case r.Erased:
		a.duplicate(OpRef{}, Reason{})
		return
	}
	r.Erase = true
	if r.Open == 0 {
		r.Erased, r.CardTag = true, "" // the vault destroys the person's key with this op
	} else {
		a.note(why("erase_waits", "open", num(r.Open)))
	}
	a.put(r)
}

// RevealPhone records that somebody looked at a resident's phone number.
type RevealPhone struct {
	Resident ResidentID `json:"resident"`
	Request  RequestID  `json:"request,omitempty"`
	ID       string     `json:"id"`
}

// Kind is reveal.
func (*RevealPhone) Kind() Kind { return KReveal }

// Act is one a look.
func (b *RevealPhone) Act() string { return "reveal/" + b.ID }

// Subject is the resident.
func (b *RevealPhone) Subject() Key { return ResidentKey(b.Resident) }

// Check bounds the fields.
func (b *RevealPhone) Check() Reason {
	return first(idOK(b.Resident), "resident", short(MaxID, b.Request), "request", idOK(b.ID), "id")
}

func (b *RevealPhone) apply(a *act) {
	a.put(&Reveal{ID: b.ID, Resident: b.Resident, Request: b.Request, Store: a.op.Store, By: a.op.By, At: a.op.When.Lo})
}

// CloseStore ends a store's part and hands what is open there to another one.
// The rows are named, so that a large store closes in several ops.
type CloseStore struct {
	Store     StoreID      `json:"store"`
	To        StoreID      `json:"to"`
	Requests  []RequestID  `json:"requests,omitempty"` // placed: their residents are asked
	Loans     []LoanID     `json:"loans,omitempty"`    // with their copies and refunds
	Transfers []TransferID `json:"transfers,omitempty"`
	Part      int          `json:"part"`
}

// Kind is close_store.
func (*CloseStore) Kind() Kind { return KCloseStore }

// Act is one a store and part.
func (b *CloseStore) Act() string { return "close_store/" + string(b.Store) + "/" + num(b.Part) }

// Subject is the store.
func (b *CloseStore) Subject() Key { return StoreKey(b.Store) }

// Check bounds the fields.
func (b *CloseStore) Check() Reason {
	return first(idOK(b.Store, b.To), "store", b.Store != b.To, "to", len(b.Requests)+len(b.Loans)+len(b.Transfers) <= MaxRows, "rows",
		idOK(b.Requests...), "requests", idOK(b.Loans...), "loans", idOK(b.Transfers...), "transfers")
}

func (b *CloseStore) apply(a *act) {
	a.want(b.Subject(), StoreKey(b.To))
	s, to := a.store(b.Store), a.store(b.To)
	switch {
	case s == nil || to == nil:
		a.reject(OpRef{}, why("store_unknown"))
		return
	case to.Successor != "":
		a.reject(OpRef{}, why("store_closed"))
		return
	}
	s.Successor = b.To
	a.put(s)
	for _, id := range b.Requests {
		r := get[*Request](a, RequestKey(id))
		if r == nil || r.Store != b.Store || !r.Open() || r.State == Declined {
			continue
		}
		if r.State == Placed {
			r.Asked = true
		} else {
			a.declined(r, DeclineOther)
			continue
		}
		a.put(r)
		a.tell(r.Resident, "store_closed", r.ID, "title", a.titleName(r.ISBN))
	}
	for _, id := range b.Loans {
		b.moveLoan(a, id)
	}
	for _, id := range b.Transfers {
		if t := get[*Transfer](a, TransferKey(id)); t != nil && t.Store == b.Store {
			t.Store = b.To
			a.put(t)
			for _, c := range t.Copies {
				b.moveCopy(a, c)
			}
		}
	}
}

func (b *CloseStore) moveLoan(a *act, id LoanID) {
	l := get[*Loan](a, LoanKey(id))
	if l == nil || l.Store != b.Store {
		return
	}
	l.Store = b.To
	if l.Right != RightVoid && l.Right != RightSpent {
		l.Right = RightServer
	}
	a.put(l)
	b.moveCopy(a, id)
	if r := get[*Refund](a, RefundKey(id)); r != nil {
		r.Store = b.To
		a.put(r)
	}
}

func (b *CloseStore) moveCopy(a *act, id CopyID) {
	if c := get[*Copy](a, CopyKey(id)); c != nil && c.Store == b.Store {
		c.Store = b.To
		a.put(c)
	}
}

// MakeEnrolCode makes a one-time code by which a PC joins a store.
type MakeEnrolCode struct {
	Hash    string  `json:"hash"` // of the code: the code itself is shown once and kept nowhere
	Store   StoreID `json:"store"`
	Label   string  `json:"label"`   // what the PC will be called
	Expires int64   `json:"expires"` // UTC ms
}

// Kind is enrol_code.
func (*MakeEnrolCode) Kind() Kind { return KEnrolCode }

// Act is one a code.
func (b *MakeEnrolCode) Act() string { return "enrol_code/" + b.Hash }

// Subject is the code.
func (b *MakeEnrolCode) Subject() Key { return EnrolCodeKey(b.Hash) }

// Check bounds the fields.
func (b *MakeEnrolCode) Check() Reason {
	return first(idOK(b.Hash), "hash", idOK(b.Store), "store", short(100, b.Label), "label", b.Expires > 0, "expires")
}

func (b *MakeEnrolCode) apply(a *act) {
	s := a.store(b.Store)
	switch {
	case s == nil:
		a.reject(OpRef{}, why("store_unknown"))
		return
	case !a.ours(b.Store):
		a.reject(OpRef{}, why("not_yours"))
		return
	case s.Successor != "":
		a.reject(OpRef{}, why("store_closed"))
		return
	}
	a.put(&EnrolCode{Hash: b.Hash, Store: b.Store, Label: b.Label, Expires: b.Expires})
}

// Enrol makes a PC a device of the store that its code was made for.
type Enrol struct {
	Device    DeviceID `json:"device"`
	Hash      string   `json:"hash"`
	PublicKey string   `json:"public_key"`
	Label     string   `json:"label,omitempty"`
}

// Kind is enrol.
func (*Enrol) Kind() Kind { return KEnrol }

// Act is one a device.
func (b *Enrol) Act() string { return "enrol/" + string(b.Device) }

// Subject is the device.
func (b *Enrol) Subject() Key { return DeviceKey(b.Device) }

// Check bounds the fields.
func (b *Enrol) Check() Reason {
	return first(idOK(b.Device), "device", idOK(b.Hash), "hash", len(b.PublicKey) == 43, "public_key", short(100, b.Label), "label")
}

func (b *Enrol) apply(a *act) {
	a.want(b.Subject())
	c := get[*EnrolCode](a, EnrolCodeKey(b.Hash))
	switch {
	case c == nil:
		a.reject(OpRef{}, why("code_unknown"))
		return
	case c.Device != "":
		a.reject(OpRef{}, why("code_used"))
		return
	case a.op.When.Lo > c.Expires:
		a.reject(OpRef{}, why("code_expired"))
		return
	case get[*Device](a, b.Subject()) != nil:
		a.reject(OpRef{}, why("device_known"))
		return
	}
	c.Device = b.Device
	label := b.Label
	if label == "" {
		label = c.Label
	}
	a.put(c, &Device{ID: b.Device, Store: c.Store, Label: label, State: DeviceEnrolled, PublicKey: b.PublicKey,
		Since: a.op.When.Lo, Op: a.op.Ref})
}

// Revoke ends a device's part; the rights it held go to the server.
type Revoke struct {
	Device DeviceID `json:"device"`
	Loans  []LoanID `json:"loans,omitempty"` // those whose right it holds
	Part   int      `json:"part,omitempty"`
}

// Kind is revoke.
func (*Revoke) Kind() Kind { return KRevoke }

// Act is one a device and part.
func (b *Revoke) Act() string { return "revoke/" + string(b.Device) + "/" + num(b.Part) }

// Subject is the device.
func (b *Revoke) Subject() Key { return DeviceKey(b.Device) }

// Check bounds the fields.
func (b *Revoke) Check() Reason {
	return first(idOK(b.Device), "device", len(b.Loans) <= MaxRows && idOK(b.Loans...), "loans")
}

func (b *Revoke) apply(a *act) {
	d := get[*Device](a, b.Subject())
	if d == nil || !a.ours(d.Store) {
		a.reject(OpRef{}, why("device_unknown"))
		return
	}
	d.State, d.Op = DeviceRevoked, a.op.Ref
	a.put(d)
	for _, id := range b.Loans {
		if l := get[*Loan](a, LoanKey(id)); l != nil && l.Right == DeviceRight(b.Device) {
			l.Right = RightServer
			a.put(l)
		}
	}
}

// SetClerk adds, changes or removes someone who acts at a store.
type SetClerk struct {
	Clerk ClerkID `json:"clerk"`
	Store StoreID `json:"store,omitempty"` // by head office; a device sets its own store's
	Owner bool    `json:"owner,omitempty"`
	Gone  bool    `json:"gone,omitempty"`
	PIN   string  `json:"pin,omitempty"` // argon2id, PHC form
	ID    string  `json:"id"`
}

// Kind is clerk.
func (*SetClerk) Kind() Kind { return KClerk }

// Act is one an edit.
func (b *SetClerk) Act() string { return "clerk/" + b.ID }

// Subject is the clerk.
func (b *SetClerk) Subject() Key { return Key{TClerk, string(b.Clerk)} }

// Check bounds the fields.
func (b *SetClerk) Check() Reason {
	return first(idOK(b.Clerk), "clerk", idOK(b.ID), "id", short(200, b.PIN), "pin", short(MaxID, b.Store), "store")
}

func (b *SetClerk) apply(a *act) {
	store := a.op.Store
	if store == "" {
		store = b.Store
	}
	if store == "" {
		a.reject(OpRef{}, why("store_unknown"))
		return
	}
	if old := get[*Clerk](a, b.Subject()); old != nil && old.Store != store {
		a.reject(OpRef{}, why("not_yours"))
		return
	}
	a.put(&Clerk{ID: b.Clerk, Store: store, Owner: b.Owner, Gone: b.Gone, PIN: b.PIN})
}
