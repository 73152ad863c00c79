// Package router keeps the network namespace that stands between the guests and everything else. A machine's own namespace has no uplink;
// plugging in makes a pair of interfaces, one end in it and one here. All rules are here, so that a VMM that has been taken over meets
// the same ones as its guest. The rules are a fixed text (rules.nft); what differs from guest to guest are elements of its sets.
//
// Addresses: of the /17 that the launcher is given, the lower /18 is the guests', four addresses for each uid slot (base+1 the gateway,
// base+2 the guest), the first /30 of the upper half is the link to the host (host+1, router+2).
package router
