package jwks

// parseAKP reads an algorithm key pair (RFC 9964 section 3): the members alg and
// pub. It is nil unless the program was built with Go 1.27 or later and the tag
// authkeel_mldsa.
var parseAKP func(alg, pub string) (public any, reason string)

// akpKey is a public key that is for one algorithm by its nature.
type akpKey struct {
	algorithm string
	encoded   []byte
	public    any
}
