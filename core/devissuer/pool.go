package devissuer

import (
	"crypto/rand"
	"crypto/rsa"
	"sync"
)

// RSA keys of closed issuers, for the next ones. Only keys that nobody outside
// the package has seen come here, so a test that holds a key holds it alone.
var pool struct {
	sync.Mutex
	keys []*rsa.PrivateKey
}

// takeRSA returns a key of 2048 bits that nobody uses.
func takeRSA() *rsa.PrivateKey {
	pool.Lock()
	if n := len(pool.keys); n > 0 {
		k := pool.keys[n-1]
		pool.keys = pool.keys[:n-1]
		pool.Unlock()
		return k
	}
	pool.Unlock()
	return generateRSA()
}

func giveRSA(k *Key) {
	if p, ok := k.Private.(*rsa.PrivateKey); ok {
		pool.Lock()
		defer pool.Unlock()
		pool.keys = append(pool.keys, p)
	}
}

func generateRSA() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic("devissuer: " + err.Error())
	}
	return k
}
