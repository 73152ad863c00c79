// Package wire is the launcher's protocol as bytes: one JSON document per line, of bounded length, decoded strictly.
//
// The peer is the less privileged server, so nothing here trusts a line: a field nobody declared, a field named twice, a null, a
// number where a text belongs or a byte that is not UTF-8 refuses the whole request. The contract is api/launcher.md.
package wire
