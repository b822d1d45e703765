package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/authkeel/authkeel/core/devissuer"
)

// rawCheck is what no verifier can do without: the hash and the standard
// library's check of a signature that is decoded already.
func rawCheck(key *devissuer.Key, token string) (func() error, error) {
	dot := strings.LastIndexByte(token, '.')
	signed := []byte(token[:dot])
	signature, err := base64.RawURLEncoding.DecodeString(token[dot+1:])
	if err != nil {
		return nil, err
	}
	switch public := key.Private.Public().(type) {
	case *rsa.PublicKey:
		return func() error {
			digest := sha256.Sum256(signed)
			return rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature)
		}, nil
	case *ecdsa.PublicKey:
		r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
		return func() error {
			digest := sha256.Sum256(signed)
			return unless(ecdsa.Verify(public, digest[:], r, s))
		}, nil
	case ed25519.PublicKey:
		return func() error { return unless(ed25519.Verify(public, signed, signature)) }, nil
	}
	return nil, fmt.Errorf("no raw check for %T", key.Private.Public())
}

func unless(good bool) error {
	if good {
		return nil
	}
	return errRawCheck
}

var errRawCheck = errors.New("raw check failed")
