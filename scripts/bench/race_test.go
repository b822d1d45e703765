//go:build race

package main

// poolNoise is how many allocations more a request may show on average: under the
// race detector sync.Pool drops a quarter of what it is given.
const poolNoise = 1
