package clerkapi

import "time"

// Timestamp is a time as Clerk sends it, 0 when it is not set. Most are
// milliseconds since 1970; the expiration of OAuth access tokens is in seconds
// since @clerk/backend 3.19. [Timestamp.Time] reads both.
type Timestamp int64

// secondsBelow is where seconds end and milliseconds begin: as seconds it is the
// year 5138, as milliseconds 1973, before any of Clerk's times.
const secondsBelow = 100_000_000_000

// Time returns the time, and the zero Time for 0.
func (t Timestamp) Time() time.Time {
	switch {
	case t == 0:
		return time.Time{}
	case t > -secondsBelow && t < secondsBelow:
		return time.Unix(int64(t), 0)
	}
	return time.UnixMilli(int64(t))
}
