package simtest

import (
	"net/http"

	"github.com/bookpayback/bookpayback/syncserver/db"
)

// Sabotage is a fault in our own code, switched on to see that it is noticed.
type Sabotage string

// The sabotages.
const (
	None   Sabotage = ""
	NoSync Sabotage = "no_sync" // counters do not sync what they say is saved
)

func (b Sabotage) database(s *Sim, d db.DB) db.DB { return nil }

func (b Sabotage) reply(p *pc, r *http.Request, body []byte) *http.Response { return nil }

func (b Sabotage) answered(p *pc, r *http.Request, a *http.Response) *http.Response { return a }

func (b Sabotage) exchanged(p *pc, err error) {}
