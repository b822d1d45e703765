package devissuer

import "slices"

// Key is the key that signs with alg now. It panics when the issuer was not
// started with that algorithm.
func (i *Issuer) Key(alg string) *Key {
	i.mu.Lock()
	defer i.mu.Unlock()
	k := i.locked(alg)
	delete(i.unshared, k)
	return k
}

// PublicKeyPEM is the public key of alg as PEM, see [Key.PEM]. It is that of the
// moment: [Issuer.Rotate] makes another. It panics as Key does.
func (i *Issuer) PublicKeyPEM(alg string) []byte { return i.unseen(alg).PEM() }

// unseen is Key for the package itself, which does not hand the key out.
func (i *Issuer) unseen(alg string) *Key {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.locked(alg)
}

func (i *Issuer) locked(alg string) *Key {
	k := i.current[alg]
	if k == nil {
		panic("devissuer: the issuer has no key for " + alg + "; see Options.Algorithms")
	}
	return k
}

// Rotate makes a new key for alg, which signs from now on, and returns it. The
// JWKS has both, the old one first, until [Issuer.Retire].
func (i *Issuer) Rotate(alg string) *Key {
	k := newKey(i.newID(alg), alg, takeRSA)
	i.AddSigningKey(k)
	return k
}

// AddSigningKey is [Issuer.Rotate] to a given key: it signs for its algorithm from now on
// and is the last of the real keys in the JWKS. Its id may be one that is
// already published, for a set with a duplicate kid; after Retire of that id it
// is the same kid with new material.
func (i *Issuer) AddSigningKey(k *Key) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.current[k.Algorithm] = k
	if !slices.Contains(i.published, k) {
		i.published = append(i.published, k)
	}
}

// Retire removes every key with this id from the JWKS, published odd ones too:
// what it signed must stop verifying. A current key keeps signing.
func (i *Issuer) Retire(kid string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.published = slices.DeleteFunc(i.published, func(k *Key) bool { return k.ID == kid })
	i.extra = slices.DeleteFunc(i.extra, func(jwk map[string]any) bool { return jwk["kid"] == kid })
}

// Publish adds keys to the JWKS after the real ones, whatever they are.
func (i *Issuer) Publish(jwk ...map[string]any) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, j := range jwk {
		i.extra = append(i.extra, With(j, nil))
	}
}

// ServeJWKS serves exactly these bytes as the JWKS from now on, with status 200;
// nil serves the real set again. [Issuer.JWKS] is a start for editing.
func (i *Issuer) ServeJWKS(raw []byte) {
	if raw != nil {
		raw = append([]byte{}, raw...) // empty is not nil
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.rawJWKS = raw
}

// JWKS is the real set as it is served now, unless [Issuer.ServeJWKS] or a
// fault replaces it.
func (i *Issuer) JWKS() []byte {
	i.mu.Lock()
	defer i.mu.Unlock()
	keys := make([]map[string]any, 0, len(i.published)+len(i.extra))
	for _, k := range i.published {
		keys = append(keys, k.JWK())
	}
	return mustMarshal(map[string]any{"keys": append(keys, i.extra...)})
}
