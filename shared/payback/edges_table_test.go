package payback

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// An edge of the notes on states, and what proves it: a story's name, or a test's.
// Behind a "dir:" it is a test of another package, by its folder from the root.
type edge struct {
	kind  Kind // "" for a sentence of "Edges"
	words string
	proof string
}

// edges are the rows of the ops' table, then the sentences of "Edges". What the
// kernel's cells or the cells of the conflict table reach besides is not repeated.
func edges() []edge {
	return []edge{
		{KPlace, "takes slot and money", "holds slot, money, number and library"},
		{KPlace, "offered to placed", "a freed slot is offered to the first in line with its money, and is theirs alone"},
		{KPlace, "none free: rejected, a waiting line offered", "the last slot goes, the next one waits in line"},
		{KAsk, "placed, store silent to asked", "a silent store: the resident is asked once, and an answer that comes still counts"},
		{KChooseStore, "declined or asked to placed elsewhere", "another store gets the request with its slot and a number there"},
		{KAccept, "placed to accepted, the copy aside", "accepting sets a copy aside, also from a shelf that seemed empty"},
		{KAccept, "price corrected", "the price on the copy corrects what is held; above the ceiling it is declined"},
		{KAccept, "an ended request, answered in time", "an answer in time to an ended request, above the ceiling, and taken back: placed, with its slot"},
		{KOrder, "placed to ordered", "ordered, arrived, taken back and arrived again"},
		{KArrive, "ordered to ready", "ordered, arrived, taken back and arrived again"},
		{KArrive, "of a dead request: stock", "the ordered copy of a dead request becomes stock"},
		{KDecline, "to declined, slot and money kept until a date", "declined keeps slot and money until its day, then ends"},
		{KCancel, "before sold to cancelled", "month and year limits; a cancelled one is given back, a no-show is not"},
		{KCancel, "after accept if the policy allows", "cancel after accept is the policy's to allow a resident, and the desk may"},
		{KExpire, "declined past its date to expired", "declined keeps slot and money until its day, then ends"},
		{KExpire, "past pick-up to no-show", "a no-show is barred; one that was none is not"},
		{KReserve, "to waiting", "the line has a longest length"},
		{KPromote, "waiting to offered", "a freed slot is offered to the first in line with its money, and is theirs alone"},
		{KEndWait, "a lapsed offer ends", "a lapsed offer ends and the next is offered"},
		{KSell, "accepted to sold", "the later due day stands, moved to the next open day"},
		{KReturn, "out to returned, in time or in doubt", "in time to the last moment, and in doubt"},
		{KReturn, "late: left", "late by the evidence: left for a decision, with a case"},
		{KLeave, "out to left", "no decision by its day refunds"},
		{KRule, "left to returned", "no decision by its day refunds"},
		{KRule, "left to refused", "refused: slot and money free, the copy waits to be fetched"},
		{KGiveBack, "refused to kept", "refused: slot and money free, the copy waits to be fetched"},
		{KKeep, "out to kept", "after the keep, the loan stays kept and the clerk is told what to say"},
		{KGiveUp, "refused and not fetched: the store's", "../../syncserver/clockwork:TestARefusedCopyThatNobodyFetchesIsTheStores"},
		{KUnmatched, "a number unknown for seven days", "../../syncserver/clockwork:TestASaleByANumberThatNeverAppearsIsSomebodysToDecideAfterAWeek"},
		{KRefund, "due to paid by the right", "is the right of the PC that sold"},
		{KRefund, "a second one: incident and case", "a second payout is an incident and a case, the same one twice is one"},
		{KGiveRight, "device to server", "the right goes by the server to another PC"},
		{KGrantRight, "server to device", "the right goes by the server to another PC"},
		{KReverse, "takes back a sale", "taken back, the request is as before and the copy the shop's"},
		{KReverse, "takes back a return, not a refund", "taken back while the money is not paid, and no later"},
		{KPack, "returned copy in box", "from the store to the shelf, and owed"},
		{KUnpack, "and back", "moved to another library's box, its library is told apart"},
		{KCloseBox, "open to closed", "closed and handed over can be taken back and done again"},
		{KHandOver, "closed to handed over", "closed and handed over can be taken back and done again"},
		{KIntake, "taken in", "from the store to the shelf, and owed"},
		{KIntake, "an unlisted one is matched", "an unlisted volume is a case"},
		{KEndIntake, "the rest missing", "not in the box it is missing, written off it is owed, found it is corrected"},
		{KWriteOff, "missing to lost", "not in the box it is missing, written off it is owed, found it is corrected"},
		{KShelve, "taken in to shelved", "from the store to the shelf, and owed"},
		{KContest, "owed to contested", "from the store to the shelf, and owed"},
		{KApprove, "to approved", "from the store to the shelf, and owed"},
		{KPay, "approved to paid", "paid before its approval is a case"},
		{KCorrect, "a new line", "not in the box it is missing, written off it is owed, found it is corrected"},
		{KCount, "stock := n, with time", "the newest count stands, and a sale before it is in it"},
		{KUpsert, "rows set", "a store edits its own row and no other, a librarian titles alone"},
		{KBlock, "resident blocked", "a blocked resident asks for nothing until it is lifted"},
		{KErase, "person's key destroyed", "an erasure waits for what is open and then happens by itself"},
		{KReveal, "a look recorded", "each look at a number is a row of its own"},
		{KCloseStore, "requests asked, loans to a named store", "a closing store hands on what is open"},
		{KDecide, "case to decided", "cases are decided once, by whom they are for"},
		{KEnrolCode, "a code", "a code enrols one PC until it expires"},
		{KEnrol, "code to device", "a code enrols one PC until it expires"},
		{KRevoke, "rights to the server", "a revoked PC's rights are the server's"},
		{KClerk, "a clerk's row", "a store sets its own clerks and no other's"},
		{KOverdue, "a held op past its deadline", "TestAnOverdueOpOpensOneCaseAndOnlyWhileItIsHeld"},
		{KLineage, "a broken history", "TestHistoriesReachEveryCellOfTheConflictTable"},
		{KReread, "a quarantined op read again", "TestOpsTouchWhatTheirKindDeclaresAndAllOfIt"},
		{KMend, "an op put aside or waiting, rewritten by an officer", "../../syncserver/ledger:TestAMendedOpMayWaitAndIsThenDoneAsItWasRewritten"},
		{KRestored, "after a restore", "TestOpsTouchWhatTheirKindDeclaresAndAllOfIt"},

		{"", "price unknown at placing", "any valid ISBN can be asked for; an unknown price holds the ceiling"},
		{"", "sold after its slot went", "sold after its slot went: beyond the cap under a case, and no refund before it is decided"},
		{"", "an unmatched sell is matched", "a number not heard of is matched when its request appears"},
		{"", "walk-in: provisional", "a counter sells a walk-in provisionally"},
		{"", "walk-in: eligible and in cap", "a walk-in of an eligible resident is a loan like any other"},
		{"", "walk-in: otherwise a case", "a walk-in without a card is a case"},
		{"", "return begun before the keep", "begun before the keep, it counts"},
		{"", "return after the keep", "after the keep, the loan stays kept and the clerk is told what to say"},
		{"", "the server's keep", "before the server's keep, with the slot gone: counts, and blocks the refund"},
		{"", "another store's loan", "another store's loan brought back changes nothing of it, and the office sees it"},
		{"", "another store's loan or a bare ISBN at a counter", "../../client/counter:TestALoanOfAnotherStoreIsNotOurs"},
		{"", "a second sale", "a second sale of one request is a plain sale and the owner's case"},
		{"", "the owner's override", "the owner pays without the right: paid, and a case for the officer"},
		{"", "amount other than paid", "another amount than due: the refund is paid, what was given is kept, and a case"},
		{"", "refund while left", "money for a left copy is an incident and a case"},
		{"", "settlement amount", "a line owes the refunded amount by the contract's rate, with list and paid price"},
		{KReverse, "a sale beyond the cap", "a sale beyond the cap taken back gives back all that it took"},
		{"", "doubt about the time is in time", "in time to the last moment, and in doubt"},
		{"", "refund before its return", "before its return it waits; of a kept copy it is an incident"},
		{"", "a closed store's rights", "a closing store hands on what is open"},
		{"", "pack only what is returned", "packed before its return it waits; kept, it is a case"},
		{"", "intake before its hand-over", "scanned by the library first, the missing steps fill in"},
		{"", "missing copy found later", "not in the box it is missing, written off it is owed, found it is corrected"},
		{"", "erase with an open loan", "an erasure waits for what is open and then happens by itself"},
		{"", "count below what is set aside", "fewer than set aside is a case on the newest"},
		{"", "two stores complete one title", "of two stores that complete a title the first wins and the other value is kept"},
	}
}

// tests returns the names of a folder's tests and of the stories in them.
func tests(t *testing.T, dir string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, src, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.FuncDecl:
				out[x.Name.Name] = true
			case *ast.CallExpr:
				if fun, ok := x.Fun.(*ast.Ident); ok && fun.Name == "story" && len(x.Args) == 3 {
					if lit, ok := x.Args[1].(*ast.BasicLit); ok {
						s, _ := strconv.Unquote(lit.Value)
						out[s] = true
					}
				}
			}
			return true
		})
	}
	return out
}

func TestEveryEdgeOfTheNotesHasItsTest(t *testing.T) {
	found := map[string]map[string]bool{".": tests(t, ".")}
	kinds := map[Kind]bool{}
	for _, e := range edges() {
		kinds[e.kind] = true
		dir, name := ".", e.proof
		if d, n, ok := strings.Cut(e.proof, ":"); ok && strings.HasPrefix(d, "../") {
			dir, name = d, n
		}
		if found[dir] == nil {
			found[dir] = tests(t, dir)
		}
		if !found[dir][name] {
			t.Errorf("%s, %s: there is no test %q", e.kind, e.words, e.proof)
		}
	}
	for _, k := range Kinds() {
		if !kinds[k] {
			t.Errorf("%s has no edge", k)
		}
	}
}
