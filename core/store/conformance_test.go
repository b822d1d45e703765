package store_test

import (
	"sync"
	"testing"
	"time"

	"github.com/authkeel/authkeel/core/store"
	"github.com/authkeel/authkeel/core/store/storetest"
)

func TestMemoryConforms(t *testing.T) {
	storetest.Run(t, func(*testing.T) storetest.Fixture {
		var mu sync.Mutex
		now := time.Unix(1_700_000_000, 0)
		return storetest.Fixture{
			Store: store.NewMemory(store.MemoryOptions{Now: func() time.Time {
				mu.Lock()
				defer mu.Unlock()
				return now
			}}),
			Elapse: func(d time.Duration) {
				mu.Lock()
				defer mu.Unlock()
				now = now.Add(d)
			},
		}
	})
}
