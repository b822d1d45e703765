package blog

import (
	"context"
	"sync"
)

// feedBuffer is how many posts wait for a reader before it misses some.
const feedBuffer = 16

// feed hands posts to those who are there to read them, in this process.
type feed struct {
	mu      sync.Mutex
	readers map[chan Post]struct{}
}

func newFeed() *feed { return &feed{readers: make(map[chan Post]struct{})} }

func (f *feed) publish(p Post) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for reader := range f.readers {
		select {
		case reader <- p:
		default: // too slow: nobody waits for it
		}
	}
}

// subscribe returns a channel that is closed when ctx ends.
func (f *feed) subscribe(ctx context.Context) <-chan Post {
	reader := make(chan Post, feedBuffer)
	f.mu.Lock()
	f.readers[reader] = struct{}{}
	f.mu.Unlock()
	context.AfterFunc(ctx, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.readers, reader)
		close(reader)
	})
	return reader
}
