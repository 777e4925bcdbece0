package command

import (
	"regexp"
	"strconv"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
)

// ClockVariable is the variable of the environment that shifts a program's clock in
// a district made for demonstration.
const ClockVariable = "BOOKPAYBACK_CLOCK"

// shiftForm is a shifted clock: a sign, whole days, and a duration of hours,
// minutes and seconds.
var shiftForm = regexp.MustCompile(`^([+-])(?:(\d{1,5})d)?((?:\d{1,6}h)?(?:\d{1,6}m)?(?:\d{1,6}s)?)$`)

// ClockShift reads a shift, as of ClockVariable: "+22d3h", "-1h", "" for none. Up to
// 99,999 days; anything else is invalid, main.bad_clock.
func ClockShift(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	bad := fault.New(fault.Invalid, "main.bad_clock", "Text", text)
	parts := shiftForm.FindStringSubmatch(text)
	if parts == nil || parts[2]+parts[3] == "" {
		return 0, bad
	}
	var shift time.Duration
	if parts[2] != "" {
		days, err := strconv.Atoi(parts[2])
		if err != nil {
			return 0, bad
		}
		shift = time.Duration(days) * 24 * time.Hour
	}
	if parts[3] != "" {
		rest, err := time.ParseDuration(parts[3])
		if err != nil {
			return 0, bad
		}
		shift += rest
	}
	if parts[1] == "-" {
		shift = -shift
	}
	return shift, nil
}
