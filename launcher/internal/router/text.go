package router

import (
	"bytes"
	_ "embed"
	"fmt"
	"hash/fnv"
	"net/netip"
	"os/exec"
	"strconv"
	"strings"
)

//go:embed rules.nft
var routerRules string

//go:embed host.nft
var hostRules string

const tableName = "omnirun"

// rules are what nft is told, and a name that other rules do not have.
type rules struct {
	text    string
	version string
}

func routerText(config Config) rules {
	text := filled(routerRules, append(services(config.Plan),
		"%BANDWIDTH%", strconv.FormatInt(config.BytesPerSecond, 10)+" bytes/second",
		"%FLOWS%", strconv.Itoa(config.Flows),
		"%NETWORK%", config.Plan.network().String(),
		"%EXCEPT%", elements(merged(config.Except)),
		"%TOLD%", lineIf(config.told),
		"%EACH%", rate(toldOfEach, toldOfEachAtOnce), "%ALL%", rate(toldOfAll, toldOfAll), "%GROUP%", strconv.Itoa(logGroup))...)
	hash := fnv.New64a()
	hash.Write([]byte(text)) // never fails
	version := fmt.Sprintf("version_%016x", hash.Sum64())
	return rules{text: filled(text, "%VERSION%", version), version: version}
}

// hostText replaces what is there of it.
func hostText(config Config) string {
	return emptied(hostTable(config.Instance)) + filled(hostRules, append(services(config.Plan),
		"%TABLE%", hostTable(config.Instance),
		"%UPLINK%", hostDevice(config.Instance),
		"%GUESTS%", config.Plan.Guests().String(),
		"%ROUTER%", config.Plan.Router().String())...)
}

// lineIf begins a line that is there or not.
func lineIf(there bool) string {
	if there {
		return ""
	}
	return "# "
}

// rate writes how much there may be in a second, and how much at once after a time without.
func rate(perSecond, atOnce int) string {
	return fmt.Sprintf("%d/second burst %d packets", perSecond, atOnce)
}

// services are the pairs that name the server's services.
func services(plan Plan) []string {
	return []string{
		"%HOST%", plan.Host().String(), "%RESOLVER%", Resolver.String(), "%DNS%", strconv.Itoa(DNSPort), "%TLS%", strconv.Itoa(TLSPort), "%HTTP%", strconv.Itoa(HTTPPort),
	}
}

// elements writes networks as what a set holds from the start.
func elements(networks []netip.Prefix) string {
	if len(networks) == 0 {
		return ""
	}
	var texts []string
	for _, each := range networks {
		texts = append(texts, each.String())
	}
	return "elements = { " + strings.Join(texts, ", ") + " }"
}

// emptied makes a table be there and then removes it: what is not there cannot be removed.
func emptied(table string) string {
	return filled("table inet %TABLE%\ndelete table inet %TABLE%\n", "%TABLE%", table)
}

// filled replaces %NAMES% in a text by what follows them in the pairs.
func filled(text string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(text) }

// load gives rules to the calling thread's namespace, in one transaction.
func load(text string) error {
	command := exec.Command("nft", "-f", "-")
	command.Stdin = strings.NewReader(text)
	var problem bytes.Buffer
	command.Stderr = &problem
	if err := command.Run(); err != nil {
		return fmt.Errorf("nft: %w: %s", err, problem.String())
	}
	return nil
}
