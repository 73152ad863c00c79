package users

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
)

// DefaultName is who a caller acts as that names nobody.
const DefaultName = "user"

// OfRequest finds the user a request is made as: the explicitly named one, else the user of its Basic authorization
// (whose password means nothing), else the default one. The error is an UnknownError, or says what is wrong with the
// header or the tables.
func (d *Database) OfRequest(explicit string, header http.Header) (User, error) {
	if explicit != "" {
		return d.Lookup(explicit)
	}
	name, err := basicUser(header.Get("Authorization"))
	if err != nil {
		return User{}, err
	}
	if name == "" {
		name = DefaultName
	}
	return d.Lookup(name)
}

// basicUser returns "" when the header is absent, is of another scheme or names nobody.
func basicUser(authorization string) (string, error) {
	scheme, encoded, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Basic") {
		return "", nil
	}
	decoded, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	if err != nil {
		return "", fmt.Errorf("invalid Basic authorization: %w", err)
	}
	name, _, _ := strings.Cut(string(decoded), ":")
	return name, nil
}
