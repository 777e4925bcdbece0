package term_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/bookpayback/bookpayback/client/counter"
	"github.com/bookpayback/bookpayback/client/term"
)

func TestPrintSaysWhatWentWhereAndWhatIsACopy(t *testing.T) {
	s := newShop(t, loan("l1", "0371", "2026-11-27")...)
	var got []counter.Paper
	var files []string
	s.print = func(_ context.Context, p counter.Paper, file string) error {
		got, files = append(got, p), append(files, file)
		return nil
	}
	s.want(0, "Purchase slip sent to the printer", "print", "slip", "0371")
	var out term.PrintedJSON
	if err := json.Unmarshal([]byte(s.want(0, "Purchase slip", "--json", "print", "slip", "0371")), &out); err != nil || !out.Again || out.Of != "bought/l1" {
		t.Errorf("the second is %+v, %v", out, err)
	}
	if len(got) != 2 || got[0].Sheet.Again != "" || got[1].Sheet.Again != "DUPLICATE" {
		t.Errorf("printed %+v", got)
	}
	s.want(0, "Books to find written to", "print", "list", "--out", "list.pdf")
	if files[2] == "" {
		t.Error("the file was not named")
	}
	s.want(0, "Closing sheet", "print", "closing", "--sales", "14000")
	s.want(0, "Practice bar codes", "print", "practice")
	s.want(3, "", "print", "box", "9")
	s.want(3, "", "print", "slip", "9999")
}

func TestCloseNamesWhatIsLeftAndNeverBlocks(t *testing.T) {
	s := newShop(t, loan("l1", "0371", "2026-11-27")...)
	s.want(0, "Nothing is left to do", "close")
	s.want(8, "", "--wait=0s", "return", "0371")
	var out term.CloseJSON
	text := s.want(8, "Refunds still owed 1 14,000 won", "--json", "close", "--sales", "0", "--cancels", "5000")
	if err := json.Unmarshal([]byte(text), &out); err != nil || out.Owed != 1 || out.OwedSum != 14000 || len(out.Unsent) == 0 || out.Short ||
		out.Beyond == nil || out.Beyond.Cancels != 5000 {
		t.Errorf("%+v, %v", out, err)
	}
	s.want(2, "amounts", "close", "--sales=-1")
}
