package api

import (
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strconv"
	"time"
)

const (
	operationRead  = "read"
	operationWrite = "write"

	signatureVersion = "v1_"
)

// signatureRefusal says why a signed link to a file does not hold, or nothing. Whether it fits is decided before
// whether it has expired, so that an expiry says something only to who was given the link.
func signatureRefusal(query url.Values, operation, token string, now time.Time) string {
	presented := query.Get("signature")
	if presented == "" {
		return "missing signature query parameter"
	}
	expiration := query.Get("signature_expiration")
	expected := sign(query.Get("path"), operation, query.Get("username"), token, expiration)
	if !sameText(presented, expected) {
		return "invalid signature"
	}
	if expiration == "" {
		return ""
	}
	seconds, err := strconv.ParseInt(expiration, 10, 64)
	if err != nil {
		return "invalid signature"
	}
	if now.Unix() > seconds {
		return "signature is already expired"
	}
	return ""
}

// sign computes E2B's signature: the base64 of a SHA-256 without its padding. The path is the query's value, not
// resolved.
func sign(path, operation, username, token, expiration string) string {
	text := path + ":" + operation + ":" + username + ":" + token
	if expiration != "" {
		text += ":" + expiration
	}
	sum := sha256.Sum256([]byte(text))
	return signatureVersion + base64.RawStdEncoding.EncodeToString(sum[:])
}
