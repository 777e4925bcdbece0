package counter_test

import (
	"testing"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/client/counter"
)

func TestANoticeWaitsForTheEndOfAQuestion(t *testing.T) {
	w := newWorld(t, "ko")
	w.do(counter.Event{Notice: "프린터가 응답하지 않습니다."})
	w.says(assets.StateLook, "프린터가 응답하지 않습니다.")
	w.key("Ctrl+Q")
	question := w.last.Band.Title
	w.do(counter.Event{Notice: "스캐너와 연결이 끊겼습니다."})
	if w.last.Band.Title != question || question == "" {
		t.Errorf("the question %q is gone: %+v", question, w.last.Band)
	}
	w.key("Esc")
	w.says(assets.StateLook, "스캐너와 연결이 끊겼습니다.")
}
