// Package problem answers plain HTTP requests that failed, in the shape E2B's clients read: {"code": <status>,
// "message": "<text>"}.
package problem

import (
	"encoding/json"
	"log"
	"net/http"
)

// Write answers with a status and a text for the caller.
func Write(response http.ResponseWriter, status int, message string) {
	body, err := json.Marshal(struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}{status, message})
	if err != nil {
		panic(err) // A number and a string can always be encoded.
	}
	response.Header().Set("Content-Type", "application/json")
	response.WriteHeader(status)
	if _, err := response.Write(body); err != nil {
		log.Printf("answer a request: %v", err)
	}
}
