//go:build !race

package adaptertest

// poolNoise is how many allocations more a check may show on average, because
// sync.Pool drops memory now and then.
const poolNoise = 0.17
