package counter

import (
	"context"
	"io"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/db"
	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
)

// The training world: a store of its own in a folder of its own, with the codes of the
// practice sheet and ten tasks. Nothing of it is ever sent.

const (
	trainStore   payback.StoreID   = "training"
	trainLibrary payback.LibraryID = "training-library"
	trainDevice  payback.DeviceID  = "training-pc"
	trainSpan                      = 86_400_000 // ms in a day
)

// SeedTraining fills an empty data folder with the training world as of now, UTC ms.
// Its server has no address, and it is a demonstration for good.
func SeedTraining(ctx context.Context, d *db.DB, now int64, chance io.Reader) error {
	cardKey := make([]byte, 32)
	box, err := keys.GenerateBox(chance)
	if err != nil {
		return fault.Wrap("counter.SeedTraining", err)
	}
	err = d.SetEnrolment(ctx, db.Enrolment{Device: trainDevice, Store: trainStore, District: "training", Label: "연습 PC", Epoch: "training",
		CardKey: cardKey, BoxKey: box.Public(), Demo: true})
	if err != nil {
		return err
	}
	cursors, err := d.Cursors(ctx)
	if err != nil {
		return err
	}
	rows := trainingRows(now, keys.CardTag(cardKey, practiceCard))
	reply := syncproto.PullReply{Epoch: "training", Now: now}
	for _, n := range []string{"김*동", "이*아", "박*영", "최*진", "정*우", "강*린"} {
		reply.People = append(reply.People, syncproto.Person{Resident: payback.ResidentID("p" + num(len(reply.People))), Name: n, Last4: "100" + num(len(reply.People))})
	}
	var pulled []db.PulledRow
	for i, c := range cursors {
		part := syncproto.BucketPart{Name: c.Name, From: c.Cursor, To: 1, Head: 1}
		for _, r := range rows {
			if r.Bucket() != c.Name {
				continue
			}
			raw, err := payback.EncodeRow(r)
			if err != nil {
				return fault.Wrap("counter.SeedTraining", err)
			}
			k := r.Key()
			part.Digest.Add(k.Table, k.ID, raw)
			pulled = append(pulled, db.PulledRow{RowName: syncproto.RowName{Bucket: i, Table: string(k.Table), ID: k.ID, Position: 1}, Raw: raw})
		}
		reply.Buckets = append(reply.Buckets, part)
	}
	_, err = d.ApplyPull(ctx, reply, pulled)
	return fault.Wrap("counter.SeedTraining", err)
}

// trainingRows are those of the world: for each book of the practice sheet one story.
func trainingRows(now int64, tag string) []payback.Row {
	today := payback.DateOf(now, zoneOf(Shop{}))
	rows := []payback.Row{&payback.District{ID: "training", Name: "연습", Zone: "Asia/Seoul", Libraries: []payback.LibraryID{trainLibrary}},
		&payback.PolicyRow{Policy: payback.DefaultPolicy()}, &payback.Store{ID: trainStore, Name: "연습 서점", Libraries: []payback.LibraryID{trainLibrary}},
		&payback.Library{ID: trainLibrary, Name: "연습 도서관"}}
	for _, b := range practiceBooks {
		rows = append(rows, &payback.Title{ISBN: payback.ISBN(b.isbn), Name: b.title, Price: 14000})
	}
	request := func(n int, book int, state payback.State, change func(*payback.Request)) {
		r := &payback.Request{ID: payback.RequestID("training-r" + num(n)), Resident: payback.ResidentID("p" + num(n)), ISBN: payback.ISBN(practiceBooks[book].isbn),
			Store: trainStore, Assign: 1, State: state, Number: "000" + num(n), Slot: n, Reserved: 14000, Price: 14000, PlacedAt: now - 3_600_000,
			EndsOn: today.Add(7), Library: trainLibrary, Year: string(today)[:4]}
		change(r)
		rows = append(rows, r)
	}
	request(0, 0, payback.Accepted, func(r *payback.Request) { r.Hold, r.CardTag = 1, tag })
	request(4, 4, payback.Ordered, func(r *payback.Request) { r.ReadyBy, r.EndsOn = today.Add(1), "" })
	request(5, 5, payback.Placed, func(*payback.Request) {})
	for n, days := range []int{5, -3, 5} { // in order, late, faulty
		n++
		id := payback.LoanID("training-l" + num(n))
		rows = append(rows, &payback.Loan{ID: id, Number: "000" + num(n), Resident: payback.ResidentID("p" + num(n)), ISBN: payback.ISBN(practiceBooks[n].isbn),
			Store: trainStore, Library: trainLibrary, State: payback.LoanOut, SoldAt: now - 10*trainSpan, SoldOn: today.Add(-10), Paid: 14000, List: 14000,
			Kind: payback.ByCash, Due: today.Add(days), Slot: n, Year: string(today)[:4], Right: payback.DeviceRight(trainDevice)},
			&payback.Copy{ID: id, ISBN: payback.ISBN(practiceBooks[n].isbn), Store: trainStore, Library: trainLibrary, State: payback.CopyOut})
	}
	return rows
}

// trainTasks are the tasks in order: the kind of act that does one, or "" for one
// that records nothing.
var trainTasks = [10]payback.Kind{payback.KSell, payback.KRefund, "", payback.KLeave, payback.KKeep, payback.KArrive, payback.KDecline,
	payback.KReverse, payback.KCloseBox, ""}

// The tasks that record nothing: a second refund, of which there is none, and the closing.
const (
	taskTwice = 2
	taskClose = 9
)

// trained notes which tasks are done by now.
func (d *Desk) trained(ctx context.Context) {
	acts, err := d.c.Own(ctx, maxOutbox, 0)
	if err != nil {
		return // the list says what is wrong
	}
	for i, k := range trainTasks {
		for _, a := range acts {
			d.done[i] = d.done[i] || k != "" && a.Kind == k
		}
	}
	again := d.done[taskTwice-1] && d.again.ISBN == payback.ISBN(practiceBooks[1].isbn) && d.cur.band.Word == d.say2("payback.state.in_box")
	if again || d.cur.band.Title == d.w("refund.twice") {
		d.done[taskTwice] = true
	}
	if d.tab == TabClosing && d.cur.paper != nil {
		d.done[taskClose] = true
	}
}

// trainPanel is the list of tasks, of which the first that is not done is to be done.
func (d *Desk) trainPanel() Panel {
	n, p := 0, Panel{Front: false}
	for i, done := range d.done {
		line := PanelLine{Text: num(i+1) + ". " + d.say2("training.task."+num(i+1))}
		if done {
			line.Mark, n = assets.StateDone, n+1
		}
		p.Lines = append(p.Lines, line)
	}
	p.Head, p.Sub = d.say2("training.head"), d.say2("training.sum", "Count", num(n))
	if n == len(d.done) {
		p.Lines = append(p.Lines, PanelLine{Head: true, Text: d.say2("training.all")})
	}
	return p
}
