package ratelimit

import (
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/authkeel/authkeel/core/store"
)

// The names of the header fields, as net/http spells them: any other spelling costs
// it an allocation.
const (
	policyName = "Ratelimit-Policy"
	fieldName  = "Ratelimit"
)

// state is where a key stands with a limit.
type state struct {
	limit     *limit
	remaining int           // requests that may come now
	reset     time.Duration // until one more may
}

// at returns the state of a clock that is this far ahead.
func (l *limit) at(ahead time.Duration) state {
	// A limit that was lowered may find a clock further ahead than it admits.
	remaining := max(0, (l.most-ahead)/l.each)
	return state{l, int(remaining), ahead + (remaining+1)*l.each - l.most}
}

// seconds rounds up, so that who waits so long does not come too early.
func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }

// field returns the RateLimit field of
// draft-ietf-httpapi-ratelimit-headers-11.
func (s state) field() [2]string {
	value := make([]byte, 0, len(s.limit.name)+40)
	value = append(append(append(value, '"'), s.limit.name...), `";r=`...)
	value = append(strconv.AppendInt(value, int64(s.remaining), 10), ";t="...)
	return [2]string{fieldName, string(strconv.AppendInt(value, seconds(s.reset), 10))}
}

// header returns both fields. The result is shared: nobody may change it.
func (s state) header(policy [2]string) [][2]string {
	place := s.limit.fields.place(s)
	if place == nil {
		return [][2]string{policy, s.field()}
	}
	if known := place.Load(); known != nil {
		return *known
	}
	made := [][2]string{policy, s.field()}
	place.Store(&made)
	return made
}

// policyField returns the RateLimit-Policy field, in the order of the
// configuration.
func policyField(limits []*limit, given []Limit) [2]string {
	items := make([]string, len(limits))
	for i, l := range limits {
		items[i] = `"` + l.name + `";q=` + strconv.Itoa(given[i].Requests)
		if given[i].Per%time.Second == 0 { // the field knows whole seconds alone
			items[i] += ";w=" + strconv.FormatInt(int64(given[i].Per/time.Second), 10)
		}
	}
	return [2]string{policyName, strings.Join(items, ", ")}
}

// Bounds of a fieldCache.
const (
	maxCachedRemaining = 1000
	maxCachedSeconds   = 5
)

// fieldCache remembers the header of the states that are common, so that it is not
// written for every request. A state beyond its bounds has no place in it.
type fieldCache struct {
	remaining, seconds int // how many of each
	places             []atomic.Pointer[[][2]string]
}

func (c *fieldCache) prepare(l *limit) {
	c.remaining = int(min(l.most/l.each, maxCachedRemaining))
	c.seconds = int(min(seconds(l.each)+1, maxCachedSeconds))
	c.places = make([]atomic.Pointer[[][2]string], c.remaining*c.seconds)
}

func (c *fieldCache) place(s state) *atomic.Pointer[[][2]string] {
	t := seconds(s.reset)
	if s.remaining >= c.remaining || t >= int64(c.seconds) {
		return nil
	}
	return &c.places[s.remaining*c.seconds+int(t)]
}

// shortDuration is d.String without the units that are zero: 1h, not 1h0m0s.
func shortDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// nameFor checks the name that separates the counts of limits.
func nameFor(field, name, byDefault string, shared store.Store) (string, error) {
	if name == "" {
		if shared != nil {
			return "", configError(field, "is empty: with a Store, give every limit a name of its own, or they count together")
		}
		return byDefault, nil
	}
	if len(name) > 64 || strings.ContainsFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-", r))
	}) {
		return "", configError(field, "is %.80q: use 1 to 64 letters, digits, dots, dashes and underscores", name)
	}
	return name, nil
}
