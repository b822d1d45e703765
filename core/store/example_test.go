package store_test

import (
	"context"
	"fmt"
	"time"

	"github.com/authkeel/authkeel/core/store"
)

// A one-time token is accepted once.
func ExampleStore_replay() {
	var s store.Store = store.NewMemory(store.MemoryOptions{})
	for range 2 {
		_, first, err := s.Swap(context.Background(), "nonce:b1c5", "", "seen", 10*time.Minute)
		fmt.Println(first, err)
	}
	// Output:
	// true <nil>
	// false <nil>
}

// Ten requests a minute, three of them at once.
func ExampleStore_rateLimit() {
	var s store.Store = store.NewMemory(store.MemoryOptions{})
	const each = time.Minute / 10
	for range 4 {
		ahead, ok, err := s.Advance(context.Background(), "client:192.0.2.1", each, 3*each)
		if err != nil {
			fmt.Println(err)
			return
		}
		wait := ahead + each - 3*each
		fmt.Println(ok, max(0, wait).Round(time.Second))
	}
	// Output:
	// true 0s
	// true 0s
	// true 6s
	// false 6s
}

// A session is revoked until the last of its tokens has expired.
func ExampleStore_revocation() {
	var s store.Store = store.NewMemory(store.MemoryOptions{})
	ctx := context.Background()
	if err := s.Set(ctx, "revoked:sid:sess_1", "1", time.Hour); err != nil {
		fmt.Println(err)
	}
	found, err := s.Get(ctx, "revoked:sub:user_1", "revoked:sid:sess_1")
	fmt.Printf("%q %v\n", found, err)
	// Output:
	// ["" "1"] <nil>
}
