package api

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/shared/syncproto"
	"github.com/bookpayback/bookpayback/syncserver/db"
)

// statusEvery is how often a device's status is written at most.
const statusEvery = 10 * time.Second

// DeviceStatus is what the server knows of a device at work, kept as JSON in the
// setting named by [StatusName].
type DeviceStatus struct {
	Seen   int64            `json:"seen"` // UTC ms of its last exchange
	V      int              `json:"v"`    // version of the protocol that it spoke
	Status syncproto.Status `json:"status"`
}

// StatusName is the name of the setting that holds a device's status.
func StatusName(d payback.DistrictID, id payback.DeviceID) string {
	return "device_status/" + string(d) + "/" + string(id)
}

// LastSeen returns when a device last had an exchange, UTC ms; 0 for never.
func LastSeen(ctx context.Context, s db.Settings, d payback.DistrictID, id payback.DeviceID) (int64, error) {
	value, err := s.Setting(ctx, StatusName(d, id))
	if err != nil || value == "" {
		return 0, fault.Wrap("api.LastSeen", err)
	}
	var st DeviceStatus
	if err := json.Unmarshal([]byte(value), &st); err != nil {
		return 0, nil // what can't be read is as good as nothing heard
	}
	return st.Seen, nil
}

// statuses remembers when each device's status was last written.
type statuses struct {
	mu sync.Mutex
	at map[payback.DeviceID]time.Time // of known devices only
}

func newStatuses() *statuses { return &statuses{at: map[payback.DeviceID]time.Time{}} }

// due says whether a device's status is to be written now.
func (s *statuses) due(id payback.DeviceID, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	last, known := s.at[id]
	if known && now.Sub(last) < statusEvery {
		return false
	}
	s.at[id] = now
	return true
}

// seen keeps a device's status. The exchange is done by then: a failure is only
// reported.
func (s *Server) seen(ctx context.Context, c *call, v int, st syncproto.Status) {
	if !s.statuses.due(c.device.ID, s.mono()) {
		return
	}
	st.Program, st.Face = clip(st.Program, 64), clip(st.Face, 16)
	value, err := json.Marshal(DeviceStatus{Seen: c.received, V: v, Status: st})
	if err == nil {
		err = s.o.DB.SetSetting(ctx, StatusName(c.device.District, c.device.ID), string(value))
	}
	if err != nil {
		s.o.Log.Warn("device status not kept", "device", c.device.ID, "error", err)
	}
}

func clip(text string, limit int) string {
	if len(text) > limit {
		text = text[:limit]
	}
	return strings.ToValidUTF8(text, "")
}
