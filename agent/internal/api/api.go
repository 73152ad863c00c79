// Package api puts the agent's services behind one HTTP handler, the one of port 49983 and of the
// host's own port, and decides who may call them.
package api

import (
	"encoding/json"
	"log"
	"net/http"
	"time"

	"connectrpc.com/connect"

	"omnirun/agent/gen/filesystem/filesystemconnect"
	"omnirun/agent/gen/process/processconnect"
	"omnirun/agent/internal/ending"
	"omnirun/agent/internal/files"
	"omnirun/agent/internal/filesystem"
	"omnirun/agent/internal/identity"
	"omnirun/agent/internal/metrics"
	"omnirun/agent/internal/problem"
	"omnirun/agent/internal/process"
	"omnirun/agent/internal/users"
)

// MaxMessageBytes bounds one message of a call, which is held in memory as a whole. Files go another way.
const MaxMessageBytes = 4 << 20

// Parts are what the API serves.
type Parts struct {
	Users     *users.Database
	Identity  *identity.Store
	Processes *process.Manager
}

// New returns the handlers of the API: one for the host's channel, one for the socket that the guest's own processes
// can reach. They differ only in that the socket wants the access token also while none has been set.
func New(parts Parts) (channel, socket http.Handler) {
	mux := http.NewServeMux()
	limits := connect.WithReadMaxBytes(MaxMessageBytes)
	path, processes := processconnect.NewProcessHandler(process.NewService(parts.Processes, parts.Users), limits)
	mux.Handle(path, ending.Handler(processes))
	mux.Handle(filesystemconnect.NewFilesystemHandler(filesystem.NewService(parts.Users), limits))
	mux.Handle(filesPath, files.NewHandler(parts.Users))
	mux.HandleFunc("GET "+healthPath, serveHealth)
	mux.HandleFunc("GET /metrics", serveMetrics(metrics.NewSampler()))
	mux.HandleFunc("GET /envs", serveEnvironment(parts.Identity))
	mux.HandleFunc("/", func(response http.ResponseWriter, _ *http.Request) {
		problem.Write(response, http.StatusNotFound, "not found")
	})
	return allowOrigins(authorize(parts.Identity, false, mux)), allowOrigins(authorize(parts.Identity, true, mux))
}

func serveHealth(response http.ResponseWriter, _ *http.Request) {
	response.WriteHeader(http.StatusNoContent)
}

// usage is a measurement in E2B's shape.
type usage struct {
	Timestamp      int64   `json:"ts"`
	CPUCount       int     `json:"cpu_count"`
	CPUUsedPercent float64 `json:"cpu_used_pct"`
	MemoryTotal    uint64  `json:"mem_total"`
	MemoryUsed     uint64  `json:"mem_used"`
	MemoryCache    uint64  `json:"mem_cache"`
	MemoryTotalMib uint64  `json:"mem_total_mib"`
	MemoryUsedMib  uint64  `json:"mem_used_mib"`
	DiskUsed       uint64  `json:"disk_used"`
	DiskTotal      uint64  `json:"disk_total"`
}

func serveMetrics(sampler *metrics.Sampler) http.HandlerFunc {
	return func(response http.ResponseWriter, _ *http.Request) {
		sample, err := sampler.Sample()
		if err != nil {
			problem.Write(response, http.StatusInternalServerError, err.Error())
			return
		}
		writeJSON(response, usage{
			Timestamp: sample.Time.Unix(), CPUCount: sample.CPUCount, CPUUsedPercent: sample.CPUUsedPercent,
			MemoryTotal: sample.MemoryTotal, MemoryUsed: sample.MemoryUsed, MemoryCache: sample.MemoryCache,
			MemoryTotalMib: sample.MemoryTotal >> 20, MemoryUsedMib: sample.MemoryUsed >> 20,
			DiskUsed: sample.DiskUsed, DiskTotal: sample.DiskTotal,
		})
	}
}

func serveEnvironment(store *identity.Store) http.HandlerFunc {
	return func(response http.ResponseWriter, _ *http.Request) {
		writeJSON(response, store.Load().Variables())
	}
}

func writeJSON(response http.ResponseWriter, value any) {
	response.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(response).Encode(value); err != nil {
		log.Printf("answer a request: %v", err)
	}
}

// allowOrigins lets browsers of any origin call: the access token decides, which no browser sends by itself.
func allowOrigins(next http.Handler) http.Handler {
	return http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		header := response.Header()
		header.Set("Access-Control-Allow-Origin", "*")
		header.Set("Access-Control-Expose-Headers", "*")
		if request.Method != http.MethodOptions {
			next.ServeHTTP(response, request)
			return
		}
		header.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")
		// Not "*", which would leave out Authorization.
		header.Set("Access-Control-Allow-Headers", request.Header.Get("Access-Control-Request-Headers"))
		header.Set("Access-Control-Max-Age", "7200")
		response.WriteHeader(http.StatusNoContent)
	})
}

const (
	// maxHeaderBytes bounds the head of a request: metadata and a signature fit many times.
	maxHeaderBytes = 64 << 10
	// headerTimeout is how long a process of the guest may take for the head of a request.
	headerTimeout = 10 * time.Second
)

// NewChannelServer returns a server for the host's streams. It has no time-outs: the host keeps connections for later
// use, and a guest may be paused meanwhile.
func NewChannelServer(handler http.Handler) *http.Server {
	return &http.Server{Handler: handler, MaxHeaderBytes: maxHeaderBytes}
}

// NewSocketServer returns a server for the guest's own processes.
func NewSocketServer(handler http.Handler) *http.Server {
	return &http.Server{Handler: handler, MaxHeaderBytes: maxHeaderBytes, ReadHeaderTimeout: headerTimeout, IdleTimeout: time.Minute}
}
