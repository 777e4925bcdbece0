package console_test

import (
	"testing"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/query"
	"github.com/bookpayback/bookpayback/syncserver/web/webtest"
)

func TestEveryTextOfTheSiteIsInBothLanguages(t *testing.T) {
	webtest.Templates(t, "templates")
	webtest.Families(t, "console.stage.", query.StageLooking, query.StageSilent, query.StageOrdered, query.StageFetch, query.StageDeclined,
		query.StageReturn, query.StageLate, query.StageLeft, query.StageRefund, query.StageDone, query.StageRefused, query.StageKept, query.StageGivenUp, query.StageEnded)
	webtest.Families(t, "console.health.", query.PCSilent, query.PCLate, query.PCFine, query.PCClosed, query.PCNew, query.PCRevoked)
	webtest.Families(t, "console.match.", query.InBox, query.Again, query.Strayed, query.Extra)
	webtest.Families(t, "payback.case.", payback.CaseOverCap, payback.CaseWalkIn, payback.CaseSecondSale, payback.CaseAmount, payback.CaseRefund,
		payback.CaseOverride, payback.CaseLateReturn, payback.CaseKeptReturn, payback.CaseReturn, payback.CaseBox, payback.CaseShort, payback.CaseHeld, payback.CasePoison)
	webtest.Families(t, "payback.choice.", payback.ChooseCover, payback.ChoosePlain, payback.ChooseNoted)
	webtest.Families(t, "word.", payback.RoleOfficer, payback.RoleLibrarian)
	webtest.Families(t, "payback.pay.", payback.ByCard, payback.ByCash, payback.ByLocal)
}
