//go:build race

package adaptertest

// poolNoise is how many allocations more a check may show on average: under the
// race detector sync.Pool drops a quarter of what it is given.
const poolNoise = 0.5
