//go:build !race

package main

// poolNoise is how many allocations more a request may show on average.
const poolNoise = 0
