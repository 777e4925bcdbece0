package portal_test

import (
	"testing"

	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/query"
	"github.com/bookpayback/bookpayback/syncserver/web/webtest"
)

func TestEveryTextOfTheSiteIsInBothLanguages(t *testing.T) {
	webtest.Templates(t, "templates")
	stages := []query.Stage{query.StageLooking, query.StageSilent, query.StageOrdered, query.StageFetch, query.StageDeclined, query.StageReturn,
		query.StageLate, query.StageLeft, query.StageRefund, query.StageDone, query.StageRefused, query.StageKept, query.StageGivenUp}
	webtest.Families(t, "portal.stage.", stages...)
	webtest.Families(t, "portal.more.", stages...)
	webtest.Families(t, "portal.ended.", payback.Cancelled, payback.Expired, payback.NoShow, "void")
	webtest.Families(t, "portal.step.", "request", "ready", "buy", "return", "refund")
	webtest.Families(t, "portal.closed.", "0", "1", "2", "3", "4", "5", "6")
	webtest.Families(t, "portal.item.back_by.", payback.ByCard, payback.ByCash, payback.ByLocal)
	webtest.Families(t, "portal.wait.", payback.Taken, payback.Ended)
	webtest.Families(t, "portal.confirm.", "cancel", "cancel.more", "keep", "keep.more")
	webtest.Families(t, "payback.decline.", payback.DeclineReasons()...)
}
