package core

// DefaultCacheSize lets the tests outside the package fill the cache.
const DefaultCacheSize = defaultCacheSize
