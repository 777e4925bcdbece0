package payback

import (
	"testing"

	"github.com/bookpayback/bookpayback/shared/fault"
)

func TestAReasonAsAFaultNamesItsArgumentsAsTextsDo(t *testing.T) {
	f := bad("isbn").Fault(fault.Invalid)
	if f.Code != fault.Invalid || f.Key != "payback.bad_field" || f.Args["Field"] != "isbn" {
		t.Errorf("got %+v", f)
	}
}
