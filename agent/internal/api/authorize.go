package api

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"time"

	"omnirun/agent/internal/identity"
	"omnirun/agent/internal/problem"
)

const (
	healthPath  = "/health"
	filesPath   = "/files"
	tokenHeader = "X-Access-Token"

	unauthorized  = "unauthorized access, please provide a valid access token or method signing if supported"
	tokenMismatch = "access token present in header but does not match"
)

// authorize lets through who has the token, who asks for the health, and whoever has a signed link to a file. While
// no token is set the channel is open: only the host's server can dial it.
func authorize(store *identity.Store, tokenAlways bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		if refusal := refusalOf(request, store.Load().AccessToken, tokenAlways); refusal != "" {
			problem.Write(response, http.StatusUnauthorized, refusal)
			return
		}
		next.ServeHTTP(response, request)
	})
}

// refusalOf says why a request may not pass, or nothing.
func refusalOf(request *http.Request, token string, tokenAlways bool) string {
	isRead := request.Method == http.MethodGet || request.Method == http.MethodHead
	if request.URL.Path == healthPath && isRead {
		return ""
	}
	if token == "" {
		if tokenAlways {
			return unauthorized
		}
		return ""
	}
	presented := request.Header.Get(tokenHeader)
	switch {
	case sameText(presented, token):
		return ""
	case request.URL.Path != filesPath:
		return unauthorized
	case presented != "":
		return tokenMismatch
	case isRead:
		return signatureRefusal(request.URL.Query(), operationRead, token, time.Now())
	case request.Method == http.MethodPost:
		return signatureRefusal(request.URL.Query(), operationWrite, token, time.Now())
	}
	return unauthorized
}

// sameText compares in a time that tells nothing about the texts, their lengths included.
func sameText(one, other string) bool {
	oneSum, otherSum := sha256.Sum256([]byte(one)), sha256.Sum256([]byte(other))
	return subtle.ConstantTimeCompare(oneSum[:], otherSum[:]) == 1
}
