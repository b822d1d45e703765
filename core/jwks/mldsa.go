//go:build go1.27 && authkeel_mldsa

package jwks

import "crypto/mldsa"

// The parameter sets of ML-DSA that are accepted (RFC 9964 section 3).
var mldsaParameters = map[string]func() mldsa.Parameters{"ML-DSA-44": mldsa.MLDSA44, "ML-DSA-65": mldsa.MLDSA65}

func init() {
	parseAKP = func(alg, pub64 string) (any, string) {
		parameters := mldsaParameters[alg]
		if parameters == nil {
			return nil, "algorithm"
		}
		pub, ok := decode(pub64)
		if !ok {
			return nil, "malformed"
		}
		key, err := mldsa.NewPublicKey(parameters(), pub)
		if err != nil {
			return nil, "point"
		}
		return &akpKey{algorithm: alg, encoded: pub, public: key}, ""
	}
}
